"""Where a language model writes: the text before and behind a hole, and what every fill of it begins and ends with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole
from astral_runtime.region import indent_of, readings

READINGS = 4
"""Indentations that are tried for lines that are gone; the model says which it finds likelier."""

_BEGUN = re.compile(r"(?:[ \t]+|\w{1,40})\Z")
"""Blanks or a word that a text breaks off in: the model's tokens may well go across its end."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What is written goes between `before` and `after`, and begins with `owed`, of which the first `standing` characters are in the file.

    `owed` is what tokens may cross: the last blanks or the begun word of the file, and a line's indentation. `end` is the line break
    that a fill of whole lines brings along; `after` begins with it. `one`: whether exactly one expression fills the hole.
    """

    before: str
    owed: str
    standing: int
    after: str
    end: str
    one: bool

    def fill(self, written: str) -> str:
        """The text for the hole's span, of what was written behind `before`."""
        return written[self.standing :] + self.end

    def written(self, fill: str) -> str | None:
        """What has to be written for a text of the hole's span; None where it does not begin and end as this gap's fills do."""
        text = self.owed[: self.standing] + fill
        if not text.startswith(self.owed) or not text.endswith(self.end):
            return None
        core = text[len(self.owed) : len(text) - len(self.end)]
        return self.owed + core if core.strip() == core and core else None


def gaps_of(document: DocumentSnapshot, hole: Hole, cancel: CancelToken | None = None) -> tuple[Gap, ...]:
    """One gap; for lines that are gone, one for each indentation that they may have, the likeliest first. All have the same `before`.

    Raises Cancelled.
    """
    data = document.text.encode()
    before, after = data[: hole.span.start].decode(), data[hole.span.end :].decode()
    edges = [(reading.lead, reading.end) for reading in readings(document, hole, cancel)[:READINGS]]
    if not edges and hole.kind == "region":
        edges = _lines_in_brackets(before, document.slice(hole.span), after)
    edges = edges or [("", "")]
    one = hole.kind in ("expression", "type", "implicit")
    return tuple(_gap(before, lead, end, after, one) for lead, end in edges)


def _lines_in_brackets(before: str, inside: str, after: str) -> list[tuple[str, str]]:
    """Edges of whole lines that no statement can stand for, since they are a part of one: the indentations above and below."""
    following = after.split("\n", 1)[0]
    if before[-1:] not in ("", "\n") or not (inside.endswith("\n") or (not inside and following.strip())):
        return []
    leads = [indent_of(line) for line in (following, *reversed(before.splitlines()[-2:])) if line.strip()]
    return [(lead, "\n") for lead in dict.fromkeys(leads)]


def _gap(before: str, lead: str, end: str, after: str, one: bool) -> Gap:
    begun = _BEGUN.search(before)
    kept = begun.start() if begun else len(before)
    return Gap(before[:kept], before[kept:] + lead, len(before) - kept, (end + after) or "\n", end, one)
