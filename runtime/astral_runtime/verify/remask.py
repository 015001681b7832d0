"""Localized repair within a fill (§6.2): a candidate that a verifier refutes becomes a hole again where it is blamed, and only there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from astral_native import lex
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Candidate
from astral_runtime.holes import Hole, Span
from astral_runtime.verify.contract import accepted, refuted
from astral_runtime.verify.ir import EXACT

CYCLES = 2
"""k_max within a fill: how often what is left of the blame is remasked, a syntactic parent wider each time."""

LEAST_MS = 400
"""A cycle with less time than this left is not begun: what it proposes has to be verified, too."""


@dataclass(frozen=True, slots=True)
class Remasked:
    """A refuted candidate, standing in the document, whose blamed part is the region `hole` of that document."""

    document: DocumentSnapshot
    hole: Hole
    before: str
    after: str

    def text(self, fill: str) -> str:
        """The candidate with something else in its blamed part."""
        return self.before + fill + self.after


def wants_repair(candidates: Sequence[Candidate]) -> bool:
    """Whether the verifiers refuted the best candidates and accepted none: only then is there something to mend, and time well spent."""
    return any(refuted(each.verdicts) for each in candidates) and not any(
        accepted(each.verdicts, EXACT.required) and not refuted(each.verdicts) for each in candidates
    )


def remasked(document: DocumentSnapshot, hole: Hole, candidate: Candidate, cycle: int) -> Remasked | None:
    """Localise, dilate by `cycle` syntactic parents (from 1), remask. None when all of the candidate is to blame: that is a new fill."""
    blamed = EXACT.blamed(candidate.text, candidate.verdicts)
    if not blamed:
        return None
    first, last = min(blamed, key=lambda tokens: tokens[1] - tokens[0])
    start, end = (hole.span.start + each for each in lex(candidate.text).span(first, last))
    filled = replace(document, native=document.native.replaced([(*hole.span, candidate.text)]))
    whole = Span(hole.span.start, hole.span.start + len(candidate.text.encode()))
    for _ in range(cycle - 1):
        start, end = filled.native.dilate(start, end)
    start, end = max(start, whole.start), min(end, whole.end)
    if (start, end) == whole or not filled.slice(Span(start, end)).strip():
        return None
    data = candidate.text.encode()
    before, after = data[: start - whole.start], data[end - whole.start :]
    return Remasked(filled, Hole(hole.id, "region", Span(start, end)), before.decode(), after.decode())
