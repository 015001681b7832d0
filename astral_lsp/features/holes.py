"""astral/holes: every hole with σ, Γ and constraints, as `astral-lsp holes --json` prints them."""

from __future__ import annotations

from typing import Any

from astral_lsp.documents import OpenDocument
from astral_lsp.messages import DocumentParams
from astral_lsp.positions import to_range
from astral_lsp.session import Session
from astral_runtime.holes import HoleContext


async def holes(session: Session, params: DocumentParams) -> dict[str, Any]:
    """The holes of the current version. `settled` is false while their types are being computed."""
    document = await session.searched(params.text_document.uri)
    if not document.holes:
        return {"version": document.version, "settled": True, "holes": []}
    settled = await session.analysis.wait_for_contexts(document)
    session.require_current(document)
    known = settled.contexts or {}
    computing = [known.get(hole.id) or HoleContext(hole, None, "the type is being computed") for hole in document.holes]
    described = [describe(document, context) for context in computing]
    return {"version": document.version, "settled": settled.contexts is not None, "holes": described}


def describe(document: OpenDocument, context: HoleContext) -> dict[str, Any]:
    """One hole as JSON; its range counts in the session's encoding."""
    hole = context.hole
    return {
        "id": hole.id,
        "kind": hole.kind,
        "range": to_range(document.snapshot.native, hole.span, document.encoding),
        "expected_type": context.expected_type,
        "expected_because": context.expected_because,
        "intent": hole.intent,
        "scope": [{"name": e.name, "type": e.type, "fits": e.fits, "origin": e.origin} for e in context.scope],
        "constraints": [{"domain": c.domain, "text": c.text} for c in context.constraints],
    }
