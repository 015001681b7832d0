"""Running a fill for a client: on a worker, step by step visible, stopped by a cancel or by a change of the document."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from astral_lsp.badges import whys
from astral_lsp.capabilities import ClientFeatures
from astral_lsp.documents import OpenDocument
from astral_lsp.edits import candidate_edit, workspace_edit
from astral_lsp.messages import FILL_PROGRESS
from astral_lsp.positions import to_range
from astral_lsp.progress import Report
from astral_lsp.session import Session
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Candidate, Edit, Fill, FillOptions, OnProgress, Progress
from astral_runtime.holes import Hole
from astral_runtime.joint import JointFill, fill_jointly
from astral_runtime.types.client import Unavailable
from astral_runtime.verify.spec import Fault

if TYPE_CHECKING:  # the pipeline stays out of a server that has filled nothing yet
    from astral_runtime.trace import Explanation

CONFIRM_TIMEOUT_S = 600.0
APPLY = "Apply"


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who sees a fill form: `astral/fillProgress` always, the partial-result token if the client gave one, and a progress bar."""

    session: Session
    document: OpenDocument
    report: Report
    partial: types.ProgressToken | None = None
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def on_progress(self, cancel: CancelToken) -> OnProgress:
        """For the worker thread: each step goes to the event loop, none after the fill has been given up."""

        def step(progress: Progress) -> None:
            self.loop.call_soon_threadsafe(self._tell, cancel, progress)

        return step

    def _tell(self, cancel: CancelToken, progress: Progress) -> None:
        if cancel.cancelled:
            return
        said = {
            "textDocument": {"uri": self.document.uri, "version": self.document.version},
            "hole": progress.hole.id,
            "step": progress.step,
            "t": progress.t,
            "text": progress.text,
            "confidence": list(progress.confidence),
        }
        self.session.protocol.notify(FILL_PROGRESS, said)
        if self.partial is not None:
            self.session.protocol.notify(types.PROGRESS, types.ProgressParams(self.partial, said))
        self.report(f"{progress.hole.id}, step {progress.step}", round(100 * (1 - progress.t)))


async def run_fill(session: Session, document: OpenDocument, hole: Hole, options: FillOptions, watcher: Watcher) -> Fill:
    """One fill. Raises Stale when the document changes meanwhile."""
    engine = session.engines.of(document)

    def work(cancel: CancelToken) -> Fill:
        return engine.fill(document.snapshot, hole, options, cancel, watcher.on_progress(cancel))

    fill = await session.while_current(document, session.fills.run(work))
    session.tell_health()
    if fill.version == document.version:
        session.analysis.remember(document, fill)
    return fill


async def run_explanation(session: Session, document: OpenDocument, hole: Hole, options: FillOptions, watcher: Watcher) -> Explanation:
    """One fill with its states judged. Raises Stale when the document changes meanwhile."""
    engine = session.engines.of(document)

    def work(cancel: CancelToken) -> Explanation:
        return engine.explain(document.snapshot, hole, options, cancel, watcher.on_progress(cancel))

    explanation = await session.while_current(document, session.fills.run(work))
    session.tell_health()
    return explanation


async def run_joint_fill(session: Session, document: OpenDocument, options: FillOptions, watcher: Watcher) -> JointFill:
    """All holes of a document, so that the fills hold together. Raises Stale when the document changes meanwhile."""
    engine, deadline_ms = session.engines.of(document), session.settings.limits.oracle_deadline_ms

    def check(snapshot: DocumentSnapshot) -> tuple[Fault, ...] | Unavailable:
        report = engine.report(snapshot, deadline_ms)
        return Unavailable(report.unchecked) if report.unchecked else report.faults

    def work(cancel: CancelToken) -> JointFill:
        return fill_jointly(
            document.snapshot,
            document.holes,
            lambda snapshot, hole: engine.fill(snapshot, hole, options, cancel, watcher.on_progress(cancel)),
            check,
        )

    joint = await session.while_current(document, session.fills.run(work))
    session.tell_health()
    return joint


def describe(document: OpenDocument, fill: Fill, client: ClientFeatures) -> dict[str, Any]:
    """A fill as JSON, each candidate with the versioned edit that puts it in."""
    return {
        "version": document.version,
        "hole": fill.hole.id,
        "range": to_range(document.snapshot.native, fill.hole.span, document.encoding),
        "status": fill.status,
        "why": fill.why,
        "candidates": [_candidate(document, fill.hole, candidate, client) for candidate in fill.candidates],
        "timings_ms": fill.timings_ms,
        "steps": fill.steps,
    }


def describe_steps(explanation: Explanation) -> list[dict[str, Any]]:
    """The states of a forming fill as JSON."""
    return [
        {
            "step": step.step,
            "t": step.t,
            "text": step.text,
            "verdicts": {verdict.domain: verdict.outcome for verdict in (step.syntax, step.types)},
            "why": {verdict.domain: verdict.why for verdict in (step.syntax, step.types) if verdict.why},
        }
        for step in explanation.steps
    ]


async def apply(session: Session, document: OpenDocument, edits: Sequence[Edit], label: str, doubt: str = "") -> dict[str, Any]:
    """Have the client apply edits as one step. What is in doubt is confirmed: by annotation, else by asking."""
    if not session.client.apply_edit:
        return {"applied": False, "why": "the client cannot apply edits"}
    annotated = session.client.document_changes and session.client.change_annotations
    if doubt and not annotated and not await _confirmed(session, document, label, doubt):
        return {"applied": False, "why": "not confirmed"}
    session.require_current(document)
    params = types.ApplyWorkspaceEditParams(workspace_edit(document, edits, session.client, doubt), label)
    answer = await session.ask(types.WORKSPACE_APPLY_EDIT, params, CONFIRM_TIMEOUT_S)
    applied = isinstance(answer, dict) and answer.get("applied") is True
    return {"applied": applied, "why": "" if applied else _refusal(answer)}


async def _confirmed(session: Session, document: OpenDocument, label: str, doubt: str) -> bool:
    params = types.ShowMessageRequestParams(
        types.MessageType.Warning,
        f"{label}: {doubt}. Apply it all the same?",
        [types.MessageActionItem(APPLY), types.MessageActionItem("Cancel")],
    )
    asked = session.ask(types.WINDOW_SHOW_MESSAGE_REQUEST, params, CONFIRM_TIMEOUT_S)
    answer = await session.while_current(document, asked)
    return isinstance(answer, dict) and answer.get("title") == APPLY


def _refusal(answer: Any) -> str:
    reason = answer.get("failureReason") if isinstance(answer, dict) else None
    return str(reason) if reason else "the client did not apply the edit"


def _candidate(document: OpenDocument, hole: Hole, candidate: Candidate, client: ClientFeatures) -> dict[str, Any]:
    return {
        "text": candidate.text,
        "score": candidate.score,
        "source": candidate.source,
        "verdicts": {verdict.domain: verdict.outcome for verdict in candidate.verdicts},
        "why": whys(candidate.verdicts),
        "edit": candidate_edit(document, hole, candidate, client),
    }
