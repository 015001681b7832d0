"""textDocument/inlayHint: the expected type after each hole, and what the names hold there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types

from astral_lsp.documents import OpenDocument
from astral_lsp.positions import to_position, to_span
from astral_lsp.seen import WIDTH, line, origin
from astral_lsp.session import Session
from astral_runtime.holes import Hole, HoleContext
from astral_runtime.values.observation import Seen


async def inlay_hints(session: Session, params: types.InlayHintParams) -> list[types.InlayHint]:
    """Hints of the holes in the range, as far as they are known; those still being computed come with a refresh."""
    document = await session.searched(params.text_document.uri)
    asked = to_span(document.snapshot.native, params.range, document.encoding)
    holes = [hole for hole in document.holes if asked.start <= hole.span.end and hole.span.start <= asked.end]
    typed = await _types(session, document, holes) if session.settings.inlay_hints.enabled and holes else []
    session.require_current(document)
    shows_values = session.settings.inlay_hints.values and session.effective_settings.trusted
    return [*typed, *(_values(session, document, holes) if shows_values else ())]


async def _types(session: Session, document: OpenDocument, holes: Sequence[Hole]) -> list[types.InlayHint]:
    settled = await session.analysis.wait_for_contexts(document)
    if settled.contexts is None:
        session.unfinished(document, "inlay_hint_refresh")
        return []
    limit = session.settings.inlay_hints.max_characters
    contexts = [context for hole in holes if (context := settled.contexts.get(hole.id)) is not None]
    return [_type(document, each, each.expected_type, limit) for each in contexts if each.expected_type]


def _values(session: Session, document: OpenDocument, holes: Sequence[Hole]) -> Iterator[types.InlayHint]:
    limit = session.settings.inlay_hints.max_characters
    for hole in holes:
        seen = session.analysis.look_for_values(document, hole).values.get(hole.id)
        if seen is None:
            session.unfinished(document, "inlay_hint_refresh")
        elif seen.observations:
            yield _value(document, hole, seen, limit)


def _type(document: OpenDocument, context: HoleContext, expected: str, limit: int) -> types.InlayHint:
    shown = expected if len(expected) <= limit else expected[: limit - 1] + "…"
    return types.InlayHint(
        position=to_position(document.snapshot.native, context.hole.span.end, document.encoding),
        label=f": {shown}",
        kind=types.InlayHintKind.Type,
        tooltip=f"{expected} · {context.expected_because}",
        padding_left=False,
        padding_right=True,
    )


def _value(document: OpenDocument, hole: Hole, seen: Seen, limit: int) -> types.InlayHint:
    every = [f"{line(each, WIDTH)} ({origin(seen, each)})" for each in seen.observations]
    return types.InlayHint(
        position=to_position(document.snapshot.native, hole.span.end, document.encoding),
        label=line(seen.observations[0], limit),
        tooltip="\n".join(every),
        padding_left=True,
        padding_right=True,
    )
