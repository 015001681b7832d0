"""astral/values: what the names hold at a hole when the user's examples are run up to it."""

from __future__ import annotations

from typing import Any

from astral_lsp.features.fill import target
from astral_lsp.messages import ValuesParams
from astral_lsp.seen import values_json
from astral_lsp.session import Session
from astral_runtime.values.observation import Seen


async def values(session: Session, params: ValuesParams) -> dict[str, Any]:
    """The examples of a hole with the values at its first visit. ContentModified when the document changes before the answer."""
    document = await session.searched(params.text_document.uri, params.text_document.version)
    hole = target(document, params.hole, None)
    seen = await session.while_current(document, session.analysis.values_of(document, hole))
    described = values_json(seen or Seen(why="the examples are still running"))
    return {"version": document.version, "hole": hole.id, "settled": seen is not None, **described}
