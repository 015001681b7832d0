"""Dynamic scope: what was observed fills in what annotations leave open in σ and Γ, marked as such, and never replaces a declared type."""

from __future__ import annotations

from dataclasses import replace

from astral_runtime.holes import HoleContext
from astral_runtime.values.observation import Seen

OPEN = (None, "Any")
"""Types that say nothing."""


def with_observed(context: HoleContext, seen: Seen) -> HoleContext:
    """The context with observed types beside the open ones."""
    types, wanted = seen.types, seen.wanted_types
    scope = tuple(replace(each, observed=types.get(each.name)) if each.type in OPEN else each for each in context.scope)
    result = next(iter(wanted)) if len(wanted) == 1 and context.expected_type in OPEN else None
    return replace(context, scope=scope, observed_type=result)
