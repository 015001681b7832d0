"""textDocument/inlayHint: the expected type after each hole."""

from __future__ import annotations

from lsprotocol import types

from astral_lsp.documents import OpenDocument
from astral_lsp.positions import to_position, to_span
from astral_lsp.session import Session
from astral_runtime.holes import HoleContext


async def inlay_hints(session: Session, params: types.InlayHintParams) -> list[types.InlayHint]:
    """Hints of the holes in the range whose type is known; those still being computed come with a refresh."""
    document = await session.searched(params.text_document.uri)
    if not session.settings.inlay_hints.enabled or not document.holes:
        return []
    settled = await session.analysis.wait_for_contexts(document)
    session.require_current(document)
    if settled.contexts is None:
        session.unfinished(document, "inlay_hint_refresh")
        return []
    asked = to_span(document.snapshot.native, params.range, document.encoding)
    seen = [c for c in settled.contexts.values() if asked.start <= c.hole.span.end and c.hole.span.start <= asked.end]
    return [_hint(document, c, c.expected_type, session.settings.inlay_hints.max_characters) for c in seen if c.expected_type]


def _hint(document: OpenDocument, context: HoleContext, expected: str, limit: int) -> types.InlayHint:
    shown = expected if len(expected) <= limit else expected[: limit - 1] + "…"
    return types.InlayHint(
        position=to_position(document.snapshot.native, context.hole.span.end, document.encoding),
        label=f": {shown}",
        kind=types.InlayHintKind.Type,
        tooltip=f"{expected} · {context.expected_because}",
        padding_left=False,
        padding_right=True,
    )
