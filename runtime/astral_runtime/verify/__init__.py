"""Tier 3: exact verifiers are the authority (§4.3)."""
