"""astral/nextHole and astral/previousHole: from hole to hole, around the ends of the file."""

from __future__ import annotations

from typing import Any

from astral_lsp.documents import OpenDocument
from astral_lsp.messages import NextHoleParams
from astral_lsp.positions import to_offset, to_range
from astral_lsp.session import Session
from astral_runtime.holes import Hole


async def next_hole(session: Session, params: NextHoleParams) -> dict[str, Any] | None:
    """The first hole that begins after the position, else the first of the file; None in a file without holes."""
    document = await session.searched(params.text_document.uri)
    offset = to_offset(document.snapshot.native, params.position, document.encoding)
    after = [hole for hole in document.holes if hole.span.start > offset]
    return _place(document, (after or document.holes or (None,))[0])


async def previous_hole(session: Session, params: NextHoleParams) -> dict[str, Any] | None:
    """The last hole that ends before the position, else the last of the file; None in a file without holes."""
    document = await session.searched(params.text_document.uri)
    offset = to_offset(document.snapshot.native, params.position, document.encoding)
    before = [hole for hole in document.holes if hole.span.end < offset]
    return _place(document, (before or document.holes or (None,))[-1])


def _place(document: OpenDocument, hole: Hole | None) -> dict[str, Any] | None:
    if hole is None:
        return None
    range = to_range(document.snapshot.native, hole.span, document.encoding)
    return {"id": hole.id, "kind": hole.kind, "intent": hole.intent, "range": range}
