"""Constraints on fills while they are denoised (§4.1)."""
