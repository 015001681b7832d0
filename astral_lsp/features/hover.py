"""textDocument/hover on a hole: what it wants, what the names hold there, and the best known way to fill it."""

from __future__ import annotations

from lsprotocol import types

from astral_lsp.positions import to_offset, to_range
from astral_lsp.render import Markdown, Markup, Plain, computing_text, hover_text
from astral_lsp.seen import values_text
from astral_lsp.session import Session
from astral_lsp.settled import Settled
from astral_runtime.holes import Hole
from astral_runtime.values.scope import with_observed


async def hover(session: Session, params: types.HoverParams) -> types.Hover | None:
    """The hover of the hole under the cursor; None elsewhere."""
    document = await session.searched(params.text_document.uri)
    hole = document.hole_at(to_offset(document.snapshot.native, params.position, document.encoding))
    if hole is None:
        return None
    settled = session.analysis.look_at(document, hole)
    if _shows_values(session):
        session.analysis.look_for_values(document, hole)
    if not _is_known(session, settled, hole):
        await session.analysis.wait(settled, lambda: _is_known(session, settled, hole))
        session.require_current(document)
    return _kept(session, settled, hole)


def _shows_values(session: Session) -> bool:
    """Whether examples are run for a hover: they are code of the workspace."""
    return session.effective_settings.trusted and session.settings.hover.examples > 0


def _is_known(session: Session, settled: Settled, hole: Hole) -> bool:
    """Whether a hover has nothing left to wait for; fills are computed ahead, and shown when they are there."""
    return settled.contexts is not None and (hole.id in settled.values or not _shows_values(session))


def _kept(session: Session, settled: Settled, hole: Hole) -> types.Hover:
    """The hover, rendered once per stage of the analysis."""
    key = ("hover", hole.id)
    kept = settled.rendered.get(key)
    if not isinstance(kept, types.Hover):
        kept = settled.rendered[key] = _rendered(session, settled, hole)
    return kept


def _rendered(session: Session, settled: Settled, hole: Hole) -> types.Hover:
    markup = Markdown() if session.client.hover_markdown else Plain()
    context = settled.contexts.get(hole.id) if settled.contexts is not None else None
    if context is None:
        text = computing_text(hole.id, hole.kind, hole.intent, markup)
    else:
        computing = session.settings.prefill.enabled and not settled.fills_ended
        values, seen = _values(session, settled, hole, markup), settled.values.get(hole.id)
        context = with_observed(context, seen) if seen is not None else context
        text = hover_text(context, settled.fills.get(hole.id), session.settings.hover.names, computing, markup, values)
    kind = types.MarkupKind.Markdown if session.client.hover_markdown else types.MarkupKind.PlainText
    document = settled.document
    return types.Hover(types.MarkupContent(kind, text), to_range(document.snapshot.native, hole.span, document.encoding))


def _values(session: Session, settled: Settled, hole: Hole, markup: Markup) -> str:
    """What the names hold at the hole; that the examples are running, while they do."""
    if not _shows_values(session):
        return ""
    seen = settled.values.get(hole.id)
    return "The examples are being run." if seen is None else values_text(seen, session.settings.hover.examples, markup)
