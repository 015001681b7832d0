"""Repairing a file: one fault after the other, each on the text that the repairs before it left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Edit
from astral_runtime.holes import Span
from astral_runtime.repair.diagnosis import Diagnosis, diagnose
from astral_runtime.repair.judge import Verifiers
from astral_runtime.repair.loop import repairs
from astral_runtime.repair.values import Repair, RepairOptions
from astral_runtime.verify.faults import shifted
from astral_runtime.verify.spec import Fault

MOST_REPAIRS = 200
"""Repairs of one run; a file with more is repaired by running again."""


@dataclass(frozen=True, slots=True)
class Mended:
    """One fault of a file and what became of it. `document` is the text that its spans refer to; `repairs` best first, the first
    of them taken, or none."""

    document: DocumentSnapshot
    fault: Fault
    repairs: tuple[Repair, ...]


OnMended = Callable[[Mended], None]


@dataclass(frozen=True, slots=True)
class FileRepair:
    """A repaired file. `before` and `after` are its diagnoses; `edits`, of the first text, turn it into the last."""

    before: Diagnosis
    after: Diagnosis
    mended: tuple[Mended, ...]
    edits: tuple[Edit, ...]

    @property
    def taken(self) -> tuple[Repair, ...]:
        """The repairs that were made, in order."""
        return tuple(each.repairs[0] for each in self.mended if each.repairs)


def repair_file(
    verifiers: Verifiers, document: DocumentSnapshot, options: RepairOptions, deadline_ms: int, cancel: CancelToken, on_mended: OnMended
) -> FileRepair:
    """Repair what can be repaired; what cannot is left as it is. `deadline_ms` is for each look at the whole file.

    Raises Cancelled. Changes nothing on disk.
    """
    before = diagnosis = diagnose(verifiers, document, deadline_ms)
    given_up: list[Fault] = []
    mended: list[Mended] = []
    edits: list[Edit] = []
    for _ in range(MOST_REPAIRS):
        cancel.check()
        fault = _next(diagnosis, given_up)
        if fault is None:
            break
        found = repairs(verifiers, diagnosis, fault, options, cancel)
        mended.append(Mended(diagnosis.document, fault, found))
        on_mended(mended[-1])
        if not found:
            given_up.append(fault)
            continue
        made = found[0].all_edits
        after = replace(diagnosis.document, native=diagnosis.document.native.replaced([(*edit.span, edit.new_text) for edit in made]))
        for edit in reversed(made):  # from the end, so that each is still where it says
            edits = composed(document, edits, edit)
        given_up = [moved for each in given_up if (moved := shifted(each, made)) is not None]
        diagnosis = diagnose(verifiers, after, deadline_ms)
    return FileRepair(before, diagnosis, tuple(mended), tuple(edits))


def composed(first: DocumentSnapshot, edits: Sequence[Edit], edit: Edit) -> list[Edit]:
    """`edits` of a first text, in order, followed by one of the text that they make: again edits of the first text."""
    before: list[Edit] = []
    touched: list[Edit] = []
    behind: list[Edit] = []
    grown = moved = 0
    for each in edits:
        length = len(each.new_text.encode())
        start, end = each.span.start + grown, each.span.start + grown + length
        if end < edit.span.start:
            before.append(each)
            moved = grown + length - (each.span.end - each.span.start)
        elif start > edit.span.end:
            behind.append(each)
        else:
            touched.append(each)
        grown += length - (each.span.end - each.span.start)
    inner = sum(len(each.new_text.encode()) - (each.span.end - each.span.start) for each in touched)
    start, end = edit.span.start - moved, edit.span.end - moved - inner
    if touched:
        start, end = min(start, touched[0].span.start), max(end, touched[-1].span.end)
    text = _between(first, Span(start, end), touched)
    lead = edit.span.start - moved - start
    size = edit.span.end - edit.span.start
    text = text[:lead] + edit.new_text.encode() + text[lead + size :]
    return [*before, Edit(Span(start, end), text.decode()), *behind]


def _between(first: DocumentSnapshot, span: Span, edits: Sequence[Edit]) -> bytes:
    """A span of the first text with edits inside of it made."""
    parts, position = [], span.start
    for edit in edits:
        parts += [first.native.slice(position, edit.span.start), edit.new_text]
        position = edit.span.end
    return "".join([*parts, first.native.slice(position, span.end)]).encode()


def _next(diagnosis: Diagnosis, given_up: Sequence[Fault]) -> Fault | None:
    """The fault to repair next: what does not parse, then line by line, since later errors often come from earlier ones."""
    left = [fault for fault in diagnosis.faults if fault.span is not None and not any(_same(fault, each) for each in given_up)]
    return min(left, key=lambda fault: (fault.code != "syntax", diagnosis.code.line_start(_start(fault)), _length(fault)), default=None)


def _same(left: Fault, right: Fault) -> bool:
    if left.span is None or right.span is None:
        return left == right
    return (left.code, left.message, left.span.start) == (right.code, right.message, right.span.start)


def _start(fault: Fault) -> int:
    return fault.span.start if fault.span is not None else 0


def _length(fault: Fault) -> int:
    return fault.span.end - fault.span.start if fault.span is not None else 0
