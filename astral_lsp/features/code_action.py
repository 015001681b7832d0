"""textDocument/codeAction and its resolve: candidates of the holes in the range, Fill, Fill all, repairs; reasons instead of silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lsprotocol import types

from astral_lsp.badges import is_verified, title
from astral_lsp.capabilities import asks_for
from astral_lsp.commands import FILL, FILL_ALL
from astral_lsp.documents import OpenDocument
from astral_lsp.edits import candidate_edit
from astral_lsp.features import repair
from astral_lsp.positions import to_span
from astral_lsp.protocol import Stale
from astral_lsp.session import Session
from astral_runtime.fill import Fill
from astral_runtime.holes import Hole

KIND = "refactor.rewrite.fillHole"

Actions = list[types.CodeAction | types.Command]


async def code_actions(session: Session, params: types.CodeActionParams) -> Actions | None:
    """Actions for the range. Candidates come as soon as they are known; until then there is a command that computes them."""
    document = await session.searched(params.text_document.uri)
    if not document.python:
        return None
    fixes = await _repairs(session, document, params)
    if not asks_for(params.context.only, KIND):
        return fixes or None
    span = to_span(document.snapshot.native, params.range, document.encoding)
    touched = [hole for hole in document.holes if hole.span.start <= span.end and span.start <= hole.span.end]
    if not session.client.action_literals:
        return [_command(document, hole) for hole in touched]
    if touched:
        settled = await session.analysis.wait_for_fill(document, touched[0])
        session.require_current(document)
        actions = [action for hole in touched for action in _of_hole(session, document, hole, settled.fills.get(hole.id))]
        actions += _fill_all(document)
    else:
        actions = list(_elsewhere(document, params))
    return fixes + [action for action in actions if action.disabled is None or session.client.action_disabled]


async def resolve(session: Session, action: types.CodeAction) -> types.CodeAction:
    """The edit of a candidate, if the document is still the one it was offered for."""
    data: Any = action.data
    if repair.is_repair(data):
        return repair.resolve_repair(session, action, data)
    if not isinstance(data, dict) or not {"uri", "version", "hole", "candidate", "text"} <= data.keys():
        return action
    document = await session.searched(str(data["uri"]))
    hole = document.hole(str(data["hole"]))
    fill = session.analysis.of(document).fills.get(str(data["hole"]))
    index = data["candidate"]
    if hole is None or fill is None or not isinstance(index, int) or not 0 <= index < len(fill.candidates):
        raise Stale
    if data["version"] != document.version or data["text"] != fill.candidates[index].text:
        raise Stale  # the latter: computed again meanwhile, in another order
    action.edit = candidate_edit(document, hole, fill.candidates[index], session.client)
    return action


async def _repairs(session: Session, document: OpenDocument, params: types.CodeActionParams) -> Actions:
    if not session.client.action_literals or not asks_for(params.context.only, repair.KIND):
        return []
    return [*await repair.repair_actions(session, document, params)]


def _of_hole(session: Session, document: OpenDocument, hole: Hole, fill: Fill | None) -> Iterator[types.CodeAction]:
    place = f"Fill hole {hole.id}"
    if fill is None:
        running = session.settings.prefill.enabled
        yield _action(f"{place} (candidates are being computed)" if running else place, command=_command(document, hole))
        return
    if fill.status == "rejected" or not fill.candidates:
        yield _action(place, disabled=fill.why or "no candidate")
    for index, candidate in enumerate(fill.candidates):
        if all(verdict.outcome != "fail" for verdict in candidate.verdicts):
            yield _candidate(session, document, fill, index)
    yield _action(f"{place}: look for more", command=_command(document, hole))


def _candidate(session: Session, document: OpenDocument, fill: Fill, index: int) -> types.CodeAction:
    candidate = fill.candidates[index]
    action = _action(title(candidate))
    action.is_preferred = index == 0 and is_verified(candidate)
    if session.client.action_resolves_edit:
        at = {"uri": document.uri, "version": document.version}
        action.data = {**at, "hole": fill.hole.id, "candidate": index, "text": candidate.text}
    else:
        action.edit = candidate_edit(document, fill.hole, candidate, session.client)
    return action


def _fill_all(document: OpenDocument) -> Iterator[types.CodeAction]:
    if len(document.holes) > 1:
        argument = {"uri": document.uri, "version": document.version}
        name = f"Fill all holes ({len(document.holes)})"
        yield _action(name, command=types.Command(name, FILL_ALL, arguments=[argument]))


def _elsewhere(document: OpenDocument, params: types.CodeActionParams) -> Iterator[types.CodeAction]:
    """Off the holes: a selection can be rewritten; otherwise say why not, but only to someone who asked."""
    invoked = params.context.trigger_kind == types.CodeActionTriggerKind.Invoked
    if params.range.start != params.range.end and invoked:
        argument = {"uri": document.uri, "version": document.version, "range": params.range}
        yield _action("Rewrite selection", command=types.Command("Rewrite selection", FILL, arguments=[argument]))
    elif params.context.only and invoked:
        yield _action("Fill hole", disabled="no hole here" if document.holes else "no hole in this file")


def _command(document: OpenDocument, hole: Hole) -> types.Command:
    argument = {"uri": document.uri, "version": document.version, "hole": hole.id}
    return types.Command(f"Fill hole {hole.id}", FILL, arguments=[argument])


def _action(title: str, command: types.Command | None = None, disabled: str | None = None) -> types.CodeAction:
    reason = types.CodeActionDisabled(disabled) if disabled is not None else None
    return types.CodeAction(title, kind=KIND, command=command, disabled=reason)
