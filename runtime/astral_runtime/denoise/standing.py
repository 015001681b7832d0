"""An expression where it stands: in parentheses where what is around it would take it apart (`▢ * 2` filled by `a + b`)."""

from __future__ import annotations

from astral_native import Snapshot
from astral_runtime.document import filled
from astral_runtime.holes import Span


def standing(native: Snapshot, span: Span, text: str) -> str:
    """The text of an expression for a hole's span, bracketed unless it is a node of the tree there. Does not judge it otherwise."""
    if len(text) < 2:
        return text  # a name or a digit
    end = span.start + len(text.encode())
    # The smallest node around all but the last character is the text itself, if that is a node.
    found = filled(native, span, text).dilate(span.start, end - len(text[-1].encode()))
    return text if found == (span.start, end) else f"({text})"
