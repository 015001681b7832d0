"""Filling several holes so that the fills hold together: each is sought with the earlier ones standing (linear in their number).

The result is one set of edits of the document as it was, so that the editor applies and undoes it as one step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Candidate, Edit, Fill
from astral_runtime.holes import Hole, Span
from astral_runtime.imports import import_edits
from astral_runtime.morphisms import GONE, Change, Neighbourhood, Update, propagated
from astral_runtime.types.client import Unavailable
from astral_runtime.verify.faults import added
from astral_runtime.verify.spec import Fault


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


Check = Callable[[DocumentSnapshot], tuple[Fault, ...] | Unavailable]
"""Every error of a document, its open holes taken as Any."""


_NONE = Fault("no fault is the target of a joint fill")


def _unasked(document: DocumentSnapshot) -> tuple[Fault, ...] | Unavailable:
    return Unavailable("nobody looked at the regions together")


@dataclass(frozen=True, slots=True)
class JointFill:
    """Edits that fill every hole that a verified candidate was found for, and the fills, one per hole in order.

    `updates`: what fills told the holes that they affect. `conflicts`: errors that only all fills together have, with which the holes
    stay open that are reopened for them; `unchecked` says why nobody looked for such, empty when somebody did.
    """

    edits: tuple[Edit, ...]
    fills: tuple[Fill, ...]
    updates: tuple[Update, ...] = ()
    conflicts: tuple[Fault, ...] = ()
    unchecked: str = ""

    @property
    def filled(self) -> int:
        """How many holes were filled."""
        return sum(fill.status == "accepted" for fill in self.fills)

    def apply(self, document: DocumentSnapshot) -> DocumentSnapshot:
        """The document with every hole filled that could be."""
        return Patch(list(self.edits)).apply(document)


def fill_jointly(
    document: DocumentSnapshot, holes: Sequence[Hole], fill: Callable[[DocumentSnapshot, Hole], Fill], check: Check = _unasked
) -> JointFill:
    """Fill `holes` of `document` one after the other, each with the earlier ones standing; one without a verified candidate stays open.

    `check` then looks at all regions together. A fill that has part in an error which is new is sought once more with all others standing,
    and left open if that does not help: at most two fills for each hole, and two looks at the file for each that is reopened.
    """
    joint = _Joint(document, tuple(holes), fill)
    for hole in joint.holes:
        joint.add(hole)
    before = check(document)
    after = check(joint.document) if not isinstance(before, Unavailable) else before
    conflicts: list[Fault] = []
    for _ in holes:
        if isinstance(before, Unavailable) or isinstance(after, Unavailable):
            break
        new = added(before, _NONE, after, joint.edits)
        blamed = joint.parties(new)
        if not blamed:
            break
        conflicts.append(new[0])
        joint.reopen(blamed[-1], new[0])
        after = check(joint.document)
        if not isinstance(after, Unavailable) and len(added(before, _NONE, after, joint.edits)) >= len(new):
            joint.close(blamed[-1], new[0])
            after = check(joint.document)
    unchecked = next((found.why for found in (before, after) if isinstance(found, Unavailable)), "")
    return JointFill(joint.edits, tuple(joint.fills[hole.span] for hole in holes), tuple(joint.updates), tuple(conflicts), unchecked)


@dataclass(slots=True)
class _Joint:
    """A joint fill under way: what was found for each hole, and the text with it."""

    original: DocumentSnapshot
    holes: tuple[Hole, ...]
    fill: Callable[[DocumentSnapshot, Hole], Fill]
    patch: Patch = field(default_factory=Patch)
    fills: dict[Span, Fill] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    reopened: set[Span] = field(default_factory=set)
    around: Neighbourhood = field(init=False)

    def __post_init__(self) -> None:
        self.around = Neighbourhood(self.original, self.holes)

    @property
    def document(self) -> DocumentSnapshot:
        """The text as it is filled so far."""
        return self.patch.apply(self.original)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What leads there from the first text."""
        return tuple(self.patch.edits)

    def add(self, hole: Hole) -> None:
        """Fill one more hole, and tell those that it affects."""
        here = self._here(hole)
        if any(each.hole == hole.id and each.constraint.text == GONE for each in self.updates):
            self.fills[hole.span] = Fill(here, "rejected", (), self.original.version, f"it is {GONE}: another fill took it away")
            return
        found = self.fills[hole.span] = self.fill(self.document, here)
        if found.status == "accepted":
            self._put(candidate_edits(found.hole, found.candidates[0]))
            change = Change(self.document, found.candidates[0])
            self.updates += propagated(change, [self._here(each) for each in self.around.of(hole) if not self._is_filled(each)])

    def parties(self, faults: Sequence[Fault]) -> list[Hole]:
        """The filled holes that have part in an error of the filled text, and were not reopened yet, in document order."""
        filled = {hole.id for hole in self.holes if self._is_filled(hole) and hole.span not in self.reopened}
        places = [self._here(hole) for hole in self.holes]
        around = Neighbourhood(self.document, places)
        spans = [fault.span for fault in faults if fault.span is not None]
        found = {each.id for span in spans for each in around.of(Hole("", "region", span))}
        found |= {each.id for span in spans for each in places if each.span.start <= span.end and span.start <= each.span.end}
        return [hole for hole in self.holes if hole.id in filled & found]

    def reopen(self, hole: Hole, fault: Fault) -> None:
        """Take a fill out again and seek another one, all the others standing."""
        self.reopened.add(hole.span)
        self.close(hole, fault)
        self.add(hole)

    def close(self, hole: Hole, fault: Fault) -> None:
        """Leave a hole open that was filled: the others are put in anew."""
        self.fills[hole.span] = replace(self.fills[hole.span], status="rejected", why=f"it conflicts with another fill: {fault.message}")
        self.patch = Patch()
        for each in self.holes:
            if self._is_filled(each):
                best = self.fills[each.span].candidates[0]
                imports = [line for edit in best.edits for line in edit.new_text.splitlines() if line.strip()]
                self._put(candidate_edits(self._here(each), replace(best, edits=import_edits(self.document, imports))))

    def _is_filled(self, hole: Hole) -> bool:
        return hole.span in self.fills and self.fills[hole.span].status == "accepted"

    def _put(self, edits: Sequence[Edit]) -> None:
        for edit in reversed(edits):  # the last first: each leaves the others' places
            self.patch.add(edit)

    def _here(self, hole: Hole) -> Hole:
        """A hole where it lies now; a filled one is the text that fills it."""
        text = next((edit.new_text for edit in self.patch.edits if edit.span == hole.span), None)
        start = self.patch.forward(hole.span).start
        length = len(text.encode()) if text is not None else hole.span.end - hole.span.start
        return replace(hole, span=Span(start, start + length))


def _growth(edit: Edit) -> int:
    return len(edit.new_text.encode()) - (edit.span.end - edit.span.start)


def _inserted(text: str, at: int, new_text: str) -> str:
    data = text.encode()
    return (data[:at] + new_text.encode() + data[at:]).decode()
