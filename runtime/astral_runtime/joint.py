"""Filling several holes so that the fills hold together: each is sought with the earlier ones standing (linear in their number).

The result is one set of edits of the document as it was, so that the editor applies and undoes it as one step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Candidate, Edit, Fill
from astral_runtime.holes import Hole, Span


@dataclass(slots=True)
class Patch:
    """Edits of one text, kept in its own coordinates while they are made in those of the text as edited so far."""

    edits: list[Edit] = field(default_factory=list)

    def forward(self, span: Span) -> Span:
        """Where a span that no edit touches lies now; an insertion at its very start lies before it."""
        by = sum(_growth(edit) for edit in self.edits if edit.span.end <= span.start)
        return Span(span.start + by, span.end + by)

    def add(self, edit: Edit) -> None:
        """Take an edit of the edited text. It must not overlap an earlier one, except by inserting into its new text."""
        by = 0
        for index, earlier in enumerate(self.edits):
            start = earlier.span.start + by
            end = start + len(earlier.new_text.encode())
            if edit.span.start < start or (edit.span.start == start and edit.span.end > start):
                break
            if edit.span.end <= end and edit.span.start == edit.span.end:
                self.edits[index] = Edit(earlier.span, _inserted(earlier.new_text, edit.span.start - start, edit.new_text))
                return
            by += _growth(earlier)
        span = Span(edit.span.start - by, edit.span.end - by)
        self.edits = sorted([*self.edits, Edit(span, edit.new_text)], key=lambda each: each.span)

    def apply(self, document: DocumentSnapshot) -> DocumentSnapshot:
        """The document with every edit made."""
        return replace(document, native=document.native.replaced([(e.span.start, e.span.end, e.new_text) for e in self.edits]))


def candidate_edits(hole: Hole, candidate: Candidate) -> tuple[Edit, ...]:
    """Everything a candidate changes, in document order: its text in the hole's place, and its imports."""
    return tuple(sorted((Edit(hole.span, candidate.text), *candidate.edits), key=lambda edit: edit.span))


@dataclass(frozen=True, slots=True)
class JointFill:
    """Edits that fill every hole that a verified candidate was found for, and the fills, one per hole in order."""

    edits: tuple[Edit, ...]
    fills: tuple[Fill, ...]

    @property
    def filled(self) -> int:
        """How many holes were filled."""
        return sum(fill.status == "accepted" for fill in self.fills)

    def apply(self, document: DocumentSnapshot) -> DocumentSnapshot:
        """The document with every hole filled that could be."""
        return Patch(list(self.edits)).apply(document)


def fill_jointly(document: DocumentSnapshot, holes: Sequence[Hole], fill: Callable[[DocumentSnapshot, Hole], Fill]) -> JointFill:
    """Fill `holes` of `document` one after the other; a hole without a verified candidate stays open."""
    patch, fills = Patch(), []
    current = document
    for hole in holes:
        found = fill(current, replace(hole, span=patch.forward(hole.span)))
        fills.append(found)
        if found.status == "accepted":
            for edit in reversed(candidate_edits(found.hole, found.candidates[0])):  # the last first: each leaves the others' places
                patch.add(edit)
            current = patch.apply(document)
    return JointFill(tuple(patch.edits), tuple(fills))


def _growth(edit: Edit) -> int:
    return len(edit.new_text.encode()) - (edit.span.end - edit.span.start)


def _inserted(text: str, at: int, new_text: str) -> str:
    data = text.encode()
    return (data[:at] + new_text.encode() + data[at:]).decode()
