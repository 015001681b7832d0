"""textDocument/inlineCompletion: a verified fill as ghost text, at a hole and while somebody types along one.

By itself it shows only what is known already; who asks for it may wait for a fill. An item cannot carry imports: candidates that
need some are left to the light bulb.
"""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from astral_lsp.badges import is_verified
from astral_lsp.documents import OpenDocument
from astral_lsp.edits import in_line_breaks, line_break
from astral_lsp.features.fill import options
from astral_lsp.filling import Watcher, run_fill
from astral_lsp.positions import on_one_line, to_offset, to_range
from astral_lsp.session import Session
from astral_runtime.fill import Candidate
from astral_runtime.holes import Hole, Span

OPTIONS = types.InlineCompletionOptions()


async def inline_completion(session: Session, params: types.InlineCompletionParams) -> types.InlineCompletionList | None:
    """Items that replace the hole, or what was typed in its place."""
    document = await session.searched(params.text_document.uri)
    if not session.settings.inline_completion.enabled or not document.python:
        return None
    offset = to_offset(document.snapshot.native, params.position, document.encoding)
    if items := typed_along(session, document, offset):
        return types.InlineCompletionList(items)
    asked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    hole = document.hole_at(offset) or (document.gap_at(offset) if asked else None)
    if hole is None or not on_one_line(document.snapshot.native, hole.span):
        return None
    candidates = await _known(session, document, hole)
    if not candidates and asked:
        candidates = await _asked_for(session, document, hole, params.work_done_token)
    return types.InlineCompletionList([_item(document, hole.span, candidate.text) for candidate in candidates])


def typed_along(session: Session, document: OpenDocument, offset: int) -> list[types.InlineCompletionItem]:
    """The rest of the fills that begin with what was typed. An item stays on one line, so lines that are typed already are not in it."""
    for typed in session.analysis.kept.typed_at(document, offset):
        text = in_line_breaks(typed.text, "\n")
        lines_done = text.rfind("\n") + 1
        start = offset - len(text[lines_done:].encode())
        span = Span(typed.span.start if not lines_done else start, typed.span.end)
        going_on = [c for c in _offered(typed.fill.candidates) if c.text.startswith(text) and c.text != text]
        if going_on and on_one_line(document.snapshot.native, span):
            return [_item(document, span, candidate.text[lines_done:]) for candidate in going_on]
    return []


async def _known(session: Session, document: OpenDocument, hole: Hole) -> list[Candidate]:
    if document.hole(hole.id) != hole:
        return []
    settled = await session.analysis.wait_for_fill(document, hole)
    session.require_current(document)
    return _offered(settled.candidates(hole))


async def _asked_for(session: Session, document: OpenDocument, hole: Hole, token: types.ProgressToken | None) -> list[Candidate]:
    async with session.progress.show(token, f"Filling {hole.id}") as report:
        fill = await run_fill(session, document, hole, options(session), Watcher(session, document, report))
    return _offered(fill.candidates)


def _offered(candidates: Iterable[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if is_verified(candidate) and not candidate.edits]


def _item(document: OpenDocument, span: Span, text: str) -> types.InlineCompletionItem:
    range = to_range(document.snapshot.native, span, document.encoding)
    return types.InlineCompletionItem(in_line_breaks(text, line_break(document)), range=range)
