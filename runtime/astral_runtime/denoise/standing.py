"""An expression where it stands: in parentheses where what is around it would take it apart (`▢ * 2` filled by `a + b`)."""

from __future__ import annotations

from astral_native import Snapshot
from astral_runtime.holes import Span


def standing(native: Snapshot, span: Span, text: str) -> str:
    """The text of an expression for a hole's span, bracketed unless it is a node of the tree there. Does not judge it otherwise."""
    size = len(text.encode())
    if size < 2:
        return text  # a single character is a name or a digit
    filled = native.replaced([(span.start, span.end, text)])
    found = filled.dilate(span.start, span.start + size - 1)
    return text if found == (span.start, span.start + size) else f"({text})"
