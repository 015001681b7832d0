"""workspace/executeCommand. A cancelled command stops its work: the handler is the request's own task."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types

from astral_lsp import commands
from astral_lsp.badges import is_verified, reasons
from astral_lsp.commands import Target
from astral_lsp.documents import OpenDocument
from astral_lsp.features.fill import options, target
from astral_lsp.features.next_hole import next_hole, previous_hole
from astral_lsp.filling import Watcher, apply, run_fill, run_joint_fill
from astral_lsp.jsonrpc import RequestError
from astral_lsp.messages import NextHoleParams
from astral_lsp.session import Session
from astral_runtime.fill import Fill
from astral_runtime.joint import candidate_edits

Answer = dict[str, Any]


async def execute_command(session: Session, params: types.ExecuteCommandParams) -> Any:
    """Run one of our commands."""
    if params.command == commands.RESTART:
        session.restart_engines()
        return None
    handler = _ON_DOCUMENT.get(params.command)
    if handler is None:
        raise RequestError(types.ErrorCodes.InvalidParams.value, f"unknown command {params.command[:100]}")
    return await handler(session, _target(session, params.arguments), params.work_done_token)


async def _fill(session: Session, at: Target, token: types.ProgressToken | None) -> Answer:
    """Fill and apply the best candidate; without one, say why."""
    document = await session.searched(at.uri, at.version)
    hole = target(document, at.hole, at.range)
    async with session.progress.show(await _token(session, token), f"Filling {hole.id}") as report:
        fill = await run_fill(session, document, hole, options(session), Watcher(session, document, report))
    if not fill.candidates or fill.status == "rejected":
        why = fill.why or "no candidate"
        session.show_message(f"astral: {hole.id} stays open: {why}", types.MessageType.Info)
        return {"applied": False, "status": fill.status, "why": why}
    return {"status": fill.status, **await _apply_best(session, document, fill)}


async def _apply_best(session: Session, document: OpenDocument, fill: Fill) -> Answer:
    best = fill.candidates[0]
    doubt = "" if is_verified(best) else reasons(best) or fill.why or "not verified"
    return await apply(session, document, candidate_edits(fill.hole, best), f"Fill {fill.hole.id}", doubt)


async def _fill_all(session: Session, at: Target, token: types.ProgressToken | None) -> Answer:
    """Fill every hole that a verified candidate is found for, in one edit."""
    document = await session.searched(at.uri, at.version)
    async with session.progress.show(await _token(session, token), f"Filling {len(document.holes)} holes") as report:
        joint = await run_joint_fill(session, document, options(session), Watcher(session, document, report))
    still_open = [f"{fill.hole.id}: {fill.why or fill.status}" for fill in joint.fills if fill.status != "accepted"]
    if still_open:
        session.show_message(
            f"astral: {len(still_open)} of {len(joint.fills)} holes stay open. {'; '.join(still_open)}", types.MessageType.Info
        )
    answer = {"filled": joint.filled, "holes": len(joint.fills), "open": still_open, "unchecked": joint.unchecked}
    if not joint.edits:
        return {**answer, "applied": False, "why": "nothing was verified"}
    return {**answer, **await apply(session, document, joint.edits, f"Fill {joint.filled} holes")}


async def _next(session: Session, at: Target, token: types.ProgressToken | None) -> Any:
    return await _jump(session, at, next_hole)


async def _previous(session: Session, at: Target, token: types.ProgressToken | None) -> Any:
    return await _jump(session, at, previous_hole)


async def _jump(session: Session, at: Target, find: Callable[[Session, NextHoleParams], Awaitable[Answer | None]]) -> Any:
    """Find a hole and, where the client can, put the cursor on it."""
    start = at.position or types.Position(0, 0)
    place = await find(session, NextHoleParams(types.TextDocumentIdentifier(at.uri), start))
    if place is not None and session.client.show_document:
        await session.ask(types.WINDOW_SHOW_DOCUMENT, types.ShowDocumentParams(at.uri, take_focus=True, selection=place["range"]))
    return place


async def _token(session: Session, given: types.ProgressToken | None) -> types.ProgressToken | None:
    """The request's own progress token, else one of ours if the client shows progress."""
    if given is not None or not session.client.work_done_progress:
        return given
    return await session.progress.create()


def _target(session: Session, arguments: Any) -> Target:
    """The single argument. Raises RequestError for anything else."""
    if not isinstance(arguments, (list, tuple)) or len(arguments) != 1:
        raise RequestError(types.ErrorCodes.InvalidParams.value, "the command takes one argument, {uri, version?, hole? | range?}")
    return session.protocol.structure(arguments[0], Target, "the command's argument")


_ON_DOCUMENT: dict[str, Callable[[Session, Target, types.ProgressToken | None], Awaitable[Any]]] = {
    commands.FILL: _fill,
    commands.FILL_ALL: _fill_all,
    commands.NEXT_HOLE: _next,
    commands.PREVIOUS_HOLE: _previous,
}
