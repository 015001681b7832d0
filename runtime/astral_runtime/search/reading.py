"""Source texts as trees and values."""

from __future__ import annotations

import ast
from functools import lru_cache

from astral_runtime.holes import SUBHOLE

SUBHOLE_NAME = "__open__"
"""What stands for ▢ while a text is parsed."""


@lru_cache(maxsize=8192)
def parsed(text: str) -> ast.expr | None:
    """Its tree, each ▢ a numbered name; None when it is no expression."""
    pieces = text.split(SUBHOLE)
    source = pieces[0] + "".join(f"{SUBHOLE_NAME}{n}{piece}" for n, piece in enumerate(pieces[1:]))
    try:
        return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError):
        return None


NO_VALUE = object()


@lru_cache(maxsize=8192)
def literal_value(text: str) -> object:
    """What a constant or display of constants means, NO_VALUE for any other source."""
    try:
        return ast.literal_eval(text)
    except ValueError:
        return NO_VALUE
