"""From a verifier's fault to the tokens it blames (§3.4: span-to-token mapping)."""

from __future__ import annotations

from astral_native import lex
from astral_runtime.verify.spec import Fault


def localise(text: str, fault: Fault) -> tuple[int, int] | None:
    """Half-open index range of the lexemes of `text` that `fault` blames; None when it lies outside the text."""
    if fault.span is None:
        return None
    first, last = lex(text).at(fault.span.start, max(fault.span.end, fault.span.start + 1))
    return (first, last) if first < last else None
