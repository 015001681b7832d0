"""Names that look like another: what a misspelling was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise


def distance(left: str, right: str) -> int:
    """Least number of inserted, deleted, replaced or (neighbouring) exchanged characters that turn one into the other."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        earlier, before, row = before, row, [i] + [0] * len(right)
        for j, b in enumerate(right, start=1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]


def likeness(wrong: str, right: str) -> float:
    """From 0 (nothing in common) to 1 (the same but for case and underscores)."""
    a, b = _plain(wrong), _plain(right)
    if a == b:
        return 1.0
    return max(0.0, 1 - distance(a, b) / max(len(a), len(b), 1))


def looks_meant(wrong: str, right: str) -> bool:
    """Whether someone may have meant `right`: a slip or two of the fingers, another case, one word of several left out or added."""
    if wrong == right or not right:
        return False
    if _plain(wrong) == _plain(right):
        return True
    allowed = 1 if len(wrong) < 5 else 2 if len(wrong) < 10 else 3
    if abs(len(wrong) - len(right)) <= allowed and distance(wrong, right) <= allowed and _shares_letters(wrong, right):
        return True
    words, others = _words(wrong), _words(right)
    return min(len(words), len(others)) >= 1 and (words < others or others < words) and abs(len(words) - len(others)) == 1


def nearest(wrong: str, names: Iterable[str], limit: int = 5) -> list[tuple[str, float]]:
    """Names that may have been meant, the likeliest first, each with its likeness."""
    found = [(name, likeness(wrong, name)) for name in dict.fromkeys(names) if looks_meant(wrong, name)]
    return sorted(found, key=lambda each: -each[1])[:limit]


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _words(name: str) -> frozenset[str]:
    """Parts of a compound name of three or more letters."""
    cut = "".join(f"_{b}" if b.isupper() and a.islower() else b for a, b in pairwise(f"_{name}"))
    return frozenset(word for word in cut.lower().split("_") if len(word) >= 3)


def _shares_letters(wrong: str, right: str) -> bool:
    """Short names are all near each other: two of their letters have to agree."""
    return len(wrong) > 3 or len(set(wrong) & set(right)) >= 2 or sorted(wrong) == sorted(right)
