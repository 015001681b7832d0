"""Quick fixes for what mypy rejects or what does not parse: localized repairs, verified with the whole document before they are offered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

from lsprotocol import types

from astral_lsp.capabilities import REPAIR_KIND
from astral_lsp.documents import OpenDocument
from astral_lsp.edits import workspace_edit
from astral_lsp.engine import Engine, Report
from astral_lsp.positions import to_range, to_span
from astral_lsp.protocol import Stale
from astral_lsp.session import Session
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Cancelled, CancelToken, Fill, FillOptions
from astral_runtime.holes import Fit, Hole, Span
from astral_runtime.repair import Diagnosis, Repair, RepairOptions, repairs
from astral_runtime.repair.diagnosis import with_types
from astral_runtime.types.client import Unavailable
from astral_runtime.verify.spec import Fault, Verdict

KIND = REPAIR_KIND

log = logging.getLogger(__name__)

MOST_FAULTS = 3
"""Errors of one range that are repaired; more than that is no place for a cursor."""

CANDIDATES = 3
"""Repairs that are offered for one error."""


@dataclass(frozen=True, slots=True)
class EngineVerifiers:
    """What repair asks of the runtime, asked of an engine."""

    engine: Engine

    def diagnostics(self, document: DocumentSnapshot, deadline_ms: int) -> tuple[Fault, ...] | Unavailable:
        """What mypy rejects."""
        report = self.engine.report(document, deadline_ms)
        return Unavailable(report.unchecked) if report.unchecked else report.faults

    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]:
        """One verdict per fit."""
        return self.engine.check(document, span, fits, deadline_ms)

    def fill(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken) -> Fill:
        """Fills of a remasked region."""
        return self.engine.fill(document, hole, options, cancel, lambda progress: None)


@dataclass(slots=True)
class _Kept:
    """Repairs of one document version: those found, and those being sought; `diagnosis` is that of `report`.

    `cut_off` are faults whose search ran out of time with nothing found: no answer for someone who is willing to wait again.
    """

    document: OpenDocument
    report: Report | None = None
    diagnosis: Diagnosis | None = None
    found: dict[Fault, tuple[Repair, ...]] = field(default_factory=dict)
    cut_off: set[Fault] = field(default_factory=set)
    sought: dict[Fault, asyncio.Task[tuple[Repair, ...]]] = field(default_factory=dict)


_KEPT: WeakKeyDictionary[Session, dict[str, _Kept]] = WeakKeyDictionary()
"""By session and URI. Lives on the event loop."""


async def repair_actions(session: Session, document: OpenDocument, params: types.CodeActionParams) -> list[types.CodeAction]:
    """A quick fix for each verified repair of the errors in the range. Someone who only moves the cursor gets those that are known
    in time, the others when they ask again; someone who asks waits for them."""
    diagnosis = await _diagnosis(session, document)
    if diagnosis is None:
        return []
    span = to_span(document.snapshot.native, params.range, document.encoding)
    touched = [fault for fault in diagnosis.faults if fault.span is not None and _touches(fault.span, span)][:MOST_FAULTS]
    invoked = params.context.trigger_kind == types.CodeActionTriggerKind.Invoked
    actions: list[types.CodeAction] = []
    for fault in touched:
        found = await _repairs(session, document, diagnosis, fault, patient=invoked or bool(params.context.only))
        actions += _actions(session, document, params, fault, found)
    return [*{action.title: action for action in reversed(actions)}.values()][::-1]  # one repair may cure several errors


def resolve_repair(session: Session, action: types.CodeAction, data: dict[str, Any]) -> types.CodeAction:
    """The edit of a repair, if the document is still the one it was offered for. Raises Stale."""
    document = session.document(str(data["uri"]), data["version"])
    kept = _kept(session, document)
    repair = next((each for found in kept.found.values() for each in found if _mark(each) == data["repair"]), None)
    if repair is None:
        raise Stale
    action.edit = _edit(session, document, repair)
    return action


def is_repair(data: Any) -> bool:
    """Whether an action's data is of a repair."""
    return isinstance(data, dict) and {"uri", "version", "repair"} <= data.keys()


async def _diagnosis(session: Session, document: OpenDocument) -> Diagnosis | None:
    """What is wrong with the document; None while nobody knows, or when it is too large to be looked at."""
    if document.snapshot.native.byte_len > session.settings.limits.document_bytes:
        return None
    settled = session.analysis.of(document)
    await session.analysis.wait(settled, lambda: settled.report is not None)
    session.require_current(document)
    report, kept = settled.report, _kept(session, document)
    if report is None:
        return None
    if kept.diagnosis is None or kept.report is not report:  # the latter: something that the document imports has changed
        diagnosis = await session.while_current(document, session.searches.run(lambda _: _diagnosed(document, report)))
        kept.report, kept.diagnosis = report, diagnosis
        kept.found.clear()
        kept.cut_off.clear()
    return kept.diagnosis


def _diagnosed(document: OpenDocument, report: Report) -> Diagnosis:
    """Compiles the document: not for the event loop."""
    found = with_types(document.snapshot, report.faults)
    return replace(found, unchecked=report.unchecked)


async def _repairs(session: Session, document: OpenDocument, diagnosis: Diagnosis, fault: Fault, *, patient: bool) -> tuple[Repair, ...]:
    """The repairs of a fault, sought once per version; again for a patient caller if the search was cut off. A patient caller that is
    cancelled takes the search with it."""
    kept = _kept(session, document)
    task = kept.sought.get(fault)
    if task is None and fault in kept.found and not (patient and fault in kept.cut_off):
        return kept.found[fault]
    if task is None:
        task = asyncio.get_running_loop().create_task(_seek(session, document, diagnosis, fault, kept))
        kept.sought[fault] = task
        task.add_done_callback(lambda done: _ended(kept, fault, done))
    if patient:
        return await task
    await asyncio.wait({task}, timeout=session.settings.limits.answer_within_ms / 1000)
    session.require_current(document)
    return kept.found.get(fault, ())


async def _seek(session: Session, document: OpenDocument, diagnosis: Diagnosis, fault: Fault, kept: _Kept) -> tuple[Repair, ...]:
    verifiers = EngineVerifiers(session.engines.of(document))
    options = RepairOptions(candidates=CANDIDATES, budget_ms=session.settings.fill.budget_ms)

    def work(cancel: CancelToken) -> tuple[tuple[Repair, ...], bool]:
        begin = time.perf_counter()
        try:
            found = repairs(verifiers, diagnosis, fault, options, cancel)
            return found, not found and (time.perf_counter() - begin) * 1000 >= options.budget_ms
        finally:  # other documents must not see the last trial in this one's place
            verifiers.diagnostics(document.snapshot, session.settings.limits.oracle_deadline_ms)

    kept.found[fault], is_cut_off = await session.while_current(document, session.fills.run(work))
    (kept.cut_off.add if is_cut_off else kept.cut_off.discard)(fault)
    return kept.found[fault]


def _ended(kept: _Kept, fault: Fault, task: asyncio.Task[tuple[Repair, ...]]) -> None:
    """Nobody may be waiting any more: the outcome is taken here, so that asyncio does not complain of it."""
    kept.sought.pop(fault, None)
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, Stale | Cancelled):
        log.error("repair failed", exc_info=error)
        kept.found[fault] = ()


def _kept(session: Session, document: OpenDocument) -> _Kept:
    by_uri = _KEPT.setdefault(session, {})
    for closed in [uri for uri in by_uri if session.documents.get(uri) is None]:
        del by_uri[closed]
    kept = by_uri.get(document.uri)
    if kept is None or kept.document is not document:
        kept = by_uri[document.uri] = _Kept(document)
    return kept


def _actions(
    session: Session, document: OpenDocument, params: types.CodeActionParams, fault: Fault, found: Sequence[Repair]
) -> Iterator[types.CodeAction]:
    diagnostics = [each for each in params.context.diagnostics if _is_of(document, each, fault)]
    for number, repair in enumerate(found):
        action = types.CodeAction(f"Repair: {repair.title} ({_badge(repair)})", kind=KIND, diagnostics=diagnostics or None)
        action.is_preferred = number == 0 and all(verdict.outcome == "pass" for verdict in repair.verdicts)
        if session.client.action_resolves_edit:
            action.data = {"uri": document.uri, "version": document.version, "repair": _mark(repair)}
        else:
            action.edit = _edit(session, document, repair)
        yield action


def _edit(session: Session, document: OpenDocument, repair: Repair) -> types.WorkspaceEdit:
    """The versioned edit; what the verifiers could not look at is confirmed by the user."""
    doubt = "; ".join(f"{verdict.domain} not checked: {verdict.why}" for verdict in repair.verdicts if verdict.outcome != "pass")
    return workspace_edit(document, repair.all_edits, session.client, doubt)


def _badge(repair: Repair) -> str:
    """`types pass`; for a repair of syntax whose types nobody could check, that."""
    words = {"pass": "pass", "fail": "fail", "skipped": "not checked"}
    return ", ".join(f"{verdict.domain} {words[verdict.outcome]}" for verdict in repair.verdicts if verdict.domain == "types")


def _mark(repair: Repair) -> dict[str, Any]:
    """A repair as it comes back with a request to resolve it."""
    return {"start": repair.span.start, "end": repair.span.end, "text": repair.text, "imports": [edit.new_text for edit in repair.edits]}


def _is_of(document: OpenDocument, diagnostic: types.Diagnostic, fault: Fault) -> bool:
    """Whether a diagnostic of the editor's is the one that a fault was shown as."""
    assert fault.span is not None
    same_place = diagnostic.range.start == to_range(document.snapshot.native, fault.span, document.encoding).start
    return diagnostic.source in ("astral", "astral/mypy") and (
        diagnostic.message == fault.message or (same_place and fault.code == "syntax")
    )


def _touches(fault: Span, asked: Span) -> bool:
    return fault.start <= asked.end and asked.start <= fault.end
