"""A proposal held against the whole document: the fault is gone, and no error appears anywhere that was not there before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Edit, Fill, FillOptions
from astral_runtime.holes import Fit, Hole, Span
from astral_runtime.imports import import_edits
from astral_runtime.pipeline import Pipeline
from astral_runtime.repair.diagnosis import Diagnosis, syntax_faults
from astral_runtime.repair.values import Proposal
from astral_runtime.types.client import Unavailable
from astral_runtime.verify.faults import added
from astral_runtime.verify.spec import Fault, Verdict
from astral_runtime.verify.syntax import check_syntax

ATTEMPTS = 3
"""How often mypy is asked again when another request for the same document came between."""

NOT_RUN = (
    Verdict("tests", "skipped", "a repair runs no tests"),
    Verdict("spec", "skipped", "a repair checks no contracts"),
)
"""Domains that a repair is not held against."""


class Verifiers(Protocol):
    """What repair needs of the runtime; every call blocks."""

    def diagnostics(self, document: DocumentSnapshot, deadline_ms: int) -> tuple[Fault, ...] | Unavailable: ...
    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]: ...
    def fill(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken) -> Fill: ...


@dataclass(frozen=True, slots=True)
class PipelineVerifiers:
    """Verifiers over a pipeline and its oracle."""

    pipeline: Pipeline

    def diagnostics(self, document: DocumentSnapshot, deadline_ms: int) -> tuple[Fault, ...] | Unavailable:
        """Every error of mypy."""
        return self.pipeline.oracle.diagnostics(document, deadline_ms)

    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]:
        """One verdict per fit, cheaply: against the document with `span` as Any."""
        return self.pipeline.oracle.check(document, span, fits, deadline_ms)

    def fill(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken) -> Fill:
        """Fills of a remasked region."""
        return self.pipeline.fill(document, hole, options, cancel, lambda progress: None)


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdicts on a proposal, syntax and types; `left` is how many errors of mypy the document has with it."""

    verdicts: tuple[Verdict, ...]
    left: int = 0


def edits_of(document: DocumentSnapshot, proposal: Proposal) -> tuple[Edit, ...]:
    """Everything that a proposal changes, in document order; the imports apart from its own span."""
    own = () if proposal.span.start == proposal.span.end and not proposal.text else (Edit(proposal.span, proposal.text),)
    return tuple(sorted((*own, *import_edits(document, proposal.imports)), key=lambda edit: edit.span))


def verdicts(
    verifiers: Verifiers, diagnosis: Diagnosis, target: Fault, proposal: Proposal, deadline_ms: int, cancel: CancelToken
) -> Judged:
    """What syntax and types say of the whole document with the proposal in it. Raises Cancelled."""
    document = diagnosis.document
    edits = edits_of(document, proposal)
    if not edits or any(later.span.start < earlier.span.end for earlier, later in pairwise(edits)):
        return Judged((Verdict("syntax", "fail", "its edits overlap"), Verdict("types", "skipped", "its edits overlap")))
    changed = replace(document, native=document.native.replaced([(*edit.span, edit.new_text) for edit in edits]))
    syntax = _syntax(diagnosis, target, proposal, changed)
    if syntax.outcome != "pass":
        return Judged((syntax, Verdict("types", "skipped", "it does not parse")))
    found = _diagnostics(verifiers, changed, deadline_ms, cancel)
    if isinstance(found, Unavailable):
        return Judged((syntax, Verdict("types", "skipped", found.why)))
    if diagnosis.unchecked and target.code != "syntax":
        return Judged((syntax, Verdict("types", "skipped", diagnosis.unchecked)))
    left = [fault for fault in found if fault.code != "syntax"]
    new = added(_renamed(diagnosis, target, proposal), target, left, edits)
    types = Verdict("types", "fail", new[0].message, tuple(new)) if new else Verdict("types", "pass")
    return Judged((syntax, types), len(left))


def _renamed(diagnosis: Diagnosis, target: Fault, proposal: Proposal) -> tuple[Fault, ...]:
    """The errors of before; those at the target's own place speak of a name by its new spelling if that is what changes."""
    old = diagnosis.document.slice(proposal.span)
    if not (old.isidentifier() and proposal.text.isidentifier()) or target.span is None:
        return diagnosis.types
    start, wrong, right = target.span.start, f'"{old}"', f'"{proposal.text}"'
    also = [
        replace(each, message=each.message.replace(wrong, right)) for each in diagnosis.types if _starts_at(each, start) and each != target
    ]
    return (*diagnosis.types, *also)


def _starts_at(fault: Fault, offset: int) -> bool:
    return fault.span is not None and fault.span.start == offset


def _diagnostics(
    verifiers: Verifiers, document: DocumentSnapshot, deadline_ms: int, cancel: CancelToken
) -> tuple[Fault, ...] | Unavailable:
    for _ in range(ATTEMPTS):
        cancel.check()
        found = verifiers.diagnostics(document, deadline_ms)
        if not isinstance(found, Unavailable) or "meanwhile" not in found.why:
            break
    return found


def _syntax(diagnosis: Diagnosis, target: Fault, proposal: Proposal, changed: DocumentSnapshot) -> Verdict:
    """For an error of types, what the syntax verifier of fills says; for one of syntax, that it is gone and no other has come."""
    if target.code != "syntax":
        return check_syntax(diagnosis.document.native, proposal.span, proposal.text)
    left = syntax_faults(changed)
    if not left:
        return Verdict("syntax", "pass")
    before, after = diagnosis.document.native.faults(), changed.native.faults()
    further = _offset_after(left[0], proposal) > proposal.span.end
    if further and len(after) < max(1, len(before)) and left[0].message != target.message:
        return Verdict("syntax", "pass", f"another place does not parse: {left[0].message}")
    return Verdict("syntax", "fail", left[0].message, left)


def _offset_after(fault: Fault, proposal: Proposal) -> int:
    """Where an error of the changed text lies in the old one."""
    start = fault.span.start if fault.span is not None else 0
    grown = len(proposal.text.encode()) - (proposal.span.end - proposal.span.start)
    return start if start <= proposal.span.start else start - grown
