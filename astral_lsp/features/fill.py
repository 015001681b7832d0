"""astral/fill and astral/explainFill. The steps come as astral/fillProgress; the answer has every candidate with its edit."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from astral_lsp.documents import OpenDocument
from astral_lsp.filling import Watcher, describe, describe_steps, run_explanation, run_fill
from astral_lsp.jsonrpc import RequestError
from astral_lsp.messages import FillParams
from astral_lsp.positions import to_span
from astral_lsp.session import Session
from astral_runtime.fill import FillOptions
from astral_runtime.holes import Hole

MAX_CANDIDATES = 50
MAX_BUDGET_MS = 600_000


async def fill(session: Session, params: FillParams) -> dict[str, Any]:
    """Fill one hole or region. ContentModified when the document changes before the answer."""
    document = await session.searched(params.text_document.uri, params.text_document.version)
    hole = target(document, params.hole, params.range)
    async with session.progress.show(params.work_done_token, f"Filling {hole.id}") as report:
        watcher = Watcher(session, document, report, params.partial_result_token)
        found = await run_fill(session, document, hole, options(session, params.candidates, params.budget_ms), watcher)
    return describe(document, found, session.client)


async def explain_fill(session: Session, params: FillParams) -> dict[str, Any]:
    """A fill with every state that it went through: H(x_t) of Proposition 1, parsed and type-checked."""
    document = await session.searched(params.text_document.uri, params.text_document.version)
    hole = target(document, params.hole, params.range)
    async with session.progress.show(params.work_done_token, f"Explaining {hole.id}") as report:
        watcher = Watcher(session, document, report, params.partial_result_token)
        found = await run_explanation(session, document, hole, options(session, params.candidates, params.budget_ms), watcher)
    return {**describe(document, found.fill, session.client), "trace": describe_steps(found)}


def target(document: OpenDocument, hole_id: str | None, region: types.Range | None) -> Hole:
    """The hole of that id, or the region as a hole. Raises RequestError for neither, both, or an unknown id."""
    if (hole_id is None) == (region is None):
        raise RequestError(types.ErrorCodes.InvalidParams.value, "name a hole or a range")
    if region is not None:
        return Hole("r1", "region", to_span(document.snapshot.native, region, document.encoding))
    hole = document.hole(hole_id) if hole_id is not None else None
    if hole is None:
        raise RequestError(types.ErrorCodes.InvalidParams.value, f"no hole {hole_id!r} in version {document.version}")
    return hole


def options(session: Session, candidates: int | None = None, budget_ms: int | None = None) -> FillOptions:
    """The settings' options, as far as the request does not bring its own; those are kept within reason."""
    ours = session.settings.fill
    return FillOptions(
        candidates=min(max(1, candidates if candidates is not None else ours.candidates), MAX_CANDIDATES),
        budget_ms=min(max(1, budget_ms if budget_ms is not None else ours.budget_ms), MAX_BUDGET_MS),
        proposers=session.settings.proposers,
        constraints=session.settings.constraints.on,
    )
