"""textDocument/completion at a hole, or at a gap when it is asked for: candidates first, then the names that fit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from lsprotocol import types

from astral_lsp.badges import badge
from astral_lsp.documents import OpenDocument
from astral_lsp.edits import in_line_breaks, line_break
from astral_lsp.positions import on_one_line, to_offset, to_range
from astral_lsp.render import Markdown, Plain, candidate_text
from astral_lsp.session import Session
from astral_runtime.fill import Candidate
from astral_runtime.holes import Hole, HoleContext, ScopeEntry

OPTIONS = types.CompletionOptions(trigger_characters=["."])
"""The third dot of `...` makes a hole."""


async def completion(session: Session, params: types.CompletionParams) -> types.CompletionList | None:
    """Items that replace the whole hole. `isIncomplete` while types or candidates are being computed."""
    document = await session.searched(params.text_document.uri)
    if not session.settings.completion.enabled or not document.python:
        return None
    offset = to_offset(document.snapshot.native, params.position, document.encoding)
    hole = document.hole_at(offset)
    if hole is None:
        triggered = params.context is not None and params.context.trigger_kind == types.CompletionTriggerKind.TriggerCharacter
        return None if triggered else await _at_gap(session, document, offset)
    if not on_one_line(document.snapshot.native, hole.span):
        return None  # LSP: a completion's edit stays on the line of the cursor
    settled = await session.analysis.wait_for_fill(document, hole)
    session.require_current(document)
    context = settled.contexts.get(hole.id) if settled.contexts is not None else None
    candidates = [c for c in settled.candidates(hole) if all(verdict.outcome != "fail" for verdict in c.verdicts)]
    incomplete = context is None or (hole.id not in settled.fills and not settled.fills_ended)
    items = _items(session, document, context or _untyped(document, hole), candidates)
    return types.CompletionList(is_incomplete=incomplete, items=items)


async def _at_gap(session: Session, document: OpenDocument, offset: int) -> types.CompletionList | None:
    """Names for a value that is missing at the cursor: `x = `, `f(a, )`."""
    hole = document.gap_at(offset)
    if hole is None or not on_one_line(document.snapshot.native, hole.span):
        return None
    engine, limit_ms = session.engines.of(document), session.settings.limits.answer_within_ms
    work = session.fills.run(lambda _: engine.contexts(document.snapshot, (hole,), limit_ms))
    try:
        async with asyncio.timeout(limit_ms / 1000):
            (context,) = await session.while_current(document, work)
    except TimeoutError:
        context = _untyped(document, hole)
    return types.CompletionList(is_incomplete=context.expected_type is None, items=_items(session, document, context, []))


def _untyped(document: OpenDocument, hole: Hole) -> HoleContext:
    """Γ from the tree alone: names without types."""
    bindings = {binding.name: binding for binding in reversed(document.snapshot.native.scope(hole.span.start))}
    nearest_first = reversed(list(bindings.values()))
    scope = tuple(ScopeEntry(binding.name, binding.annotation, None, binding.kind) for binding in nearest_first)
    return HoleContext(hole, None, "the type is being computed", scope)


def _items(session: Session, document: OpenDocument, context: HoleContext, candidates: list[Candidate]) -> list[types.CompletionItem]:
    hole = context.hole
    range = to_range(document.snapshot.native, hole.span, document.encoding)
    replaced = document.snapshot.slice(hole.span)
    items = [_candidate(session, document, candidate) for candidate in candidates]
    offered = {candidate.text for candidate in candidates}
    items += [_name(entry) for entry in _usable(context) if entry.name not in offered]
    for rank, item in enumerate(items):
        item.sort_text = f"{rank:04d}"
        item.filter_text = f"{replaced}{item.label}" if replaced else None  # what stands in the hole must not filter its fill away
        item.text_edit = types.TextEdit(range, item.insert_text or item.label)
        item.insert_text = None
    return items


def _usable(context: HoleContext) -> Iterator[ScopeEntry]:
    """What fits, and what may; of the builtins only what fits."""
    for entry in context.scope:
        if entry.fits or (entry.fits is None and entry.origin != "builtin"):
            yield entry


def _candidate(session: Session, document: OpenDocument, candidate: Candidate) -> types.CompletionItem:
    text = candidate_text(candidate, Markdown() if session.client.completion_markdown else Plain())
    markdown = types.MarkupContent(types.MarkupKind.Markdown, text)
    breaks = line_break(document)
    native = document.snapshot.native
    imports = [
        types.TextEdit(to_range(native, edit.span, document.encoding), in_line_breaks(edit.new_text, breaks)) for edit in candidate.edits
    ]
    return types.CompletionItem(
        label=" ".join(candidate.text.split()),
        kind=types.CompletionItemKind.Snippet,
        detail=badge(candidate),
        documentation=markdown if session.client.completion_markdown else text,
        insert_text=in_line_breaks(candidate.text, breaks),
        additional_text_edits=imports or None,
    )


def _name(entry: ScopeEntry) -> types.CompletionItem:
    detail = f"{entry.type} · {entry.origin}" if entry.type else entry.origin
    return types.CompletionItem(label=entry.name, kind=types.CompletionItemKind.Variable, detail=detail)
