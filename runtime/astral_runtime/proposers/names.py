"""Soft energy over names: a word of a fill that nothing in sight is called costs nats (§4.2), as the denoiser's `NamesInSight` says it.

It reads words, not a parse, and excludes nothing: mypy judges in the end. What it does is to keep branches alive that spell what exists.
"""

from __future__ import annotations

import builtins
import keyword
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

OPEN = 8.0
"""Nats that a hole left in a fill costs: files with holes make a model expect more of them."""

UNKNOWN = 3.0
"""Nats that an unknown word costs: λ of `NamesInSight`, whose strength is full where a text is nearly whole."""

_WORD = re.compile(r"[^\W\d]\w*")
_TEXT = re.compile(r"""("{3}|'{3}).*?(?:\1|\Z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\#[^\n]*""", re.DOTALL)
_MADE = re.compile(
    r"\bfor\s+([\w\s,()*]+?)\s+in\b|\b(?:as|def|class|import|global|nonlocal)\s+([\w.]+)|\blambda\s+([^:]*)|^\s*([\w\s,()*]+?)\s*[:+\-*/|&]?=(?!=)"
    r"|(\w+)\s*:?=(?!=)",
    re.MULTILINE,
)
_FREE = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})


@dataclass(frozen=True, slots=True)
class NamesInSight:
    """`known`: what has a name already, sorted."""

    known: tuple[str, ...]

    def energy(self, text: str, ends: bool) -> float:
        """Nats ≥ 0 for the words of a text. Where it does not end, its last word may go on to be a known one."""
        bare = _TEXT.sub(" ", text)
        words = [match for match in _WORD.finditer(bare) if bare[: match.start()].rstrip()[-1:] != "."]
        open_word = None if ends or not words or words[-1].end() != len(bare) else words[-1]
        unknown = {match[0] for match in words if match is not open_word and not self._has(match[0])}
        if open_word is not None and not self._begins(open_word[0]):
            unknown.add(open_word[0])
        return UNKNOWN * len(unknown - set(_made(bare))) + (OPEN if "..." in bare else 0.0)

    def _begins(self, start: str) -> bool:
        place = bisect_left(self.known, start)
        return place < len(self.known) and self.known[place].startswith(start)

    def _has(self, name: str) -> bool:
        place = bisect_left(self.known, name)
        return place < len(self.known) and self.known[place] == name


def names_in_sight(texts: Iterable[str], scope: Iterable[str]) -> NamesInSight:
    """Γ and every word of the file outside of the hole: names, keyword arguments and attributes among them."""
    found = {*_FREE, *(name.partition(".")[0] for name in scope)}
    for text in texts:
        found.update(_WORD.findall(text))
    return NamesInSight(tuple(sorted(found)))


def _made(bare: str) -> Iterable[str]:
    for match in _MADE.finditer(bare):
        yield from (name for group in match.groups() if group for name in _WORD.findall(group))
