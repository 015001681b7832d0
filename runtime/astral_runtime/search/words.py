"""Identifiers as words, and how alike two of them are."""

from __future__ import annotations

import re
from functools import lru_cache

_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_SILENT = frozenset({"self", "cls", "the", "a", "an", "of", "to", "get", "is", "in", "for", "and", "or", "not"})


@lru_cache(maxsize=8192)
def words(name: str) -> frozenset[str]:
    """Stems of a snake_case or CamelCase identifier, or of a phrase: `total_prices` → total, price."""
    found = {_stem(piece.lower()) for piece in _PIECE.findall(name)}
    return frozenset(found - _SILENT) or frozenset(found)


@lru_cache(maxsize=8192)
def words_of(text: str) -> frozenset[str]:
    """Stems of every identifier of a source text or sentence, string contents included; `self` says nothing."""
    return frozenset().union(*(words(name) for name in _IDENTIFIER.findall(text) if name not in {"self", "cls"}))


@lru_cache(maxsize=16384)
def alike(left: frozenset[str], right: frozenset[str]) -> float:
    """Dice's overlap of two sets of stems, in [0, 1]."""
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
