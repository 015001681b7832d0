"""textDocument/semanticTokens/full: holes as tokens of their own type, so that a theme can mark them."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from astral_lsp.documents import OpenDocument
from astral_lsp.session import Session
from astral_runtime.holes import Span

KINDS = ("expression", "block", "type")
"""Token modifiers, bit n for KINDS[n]."""

LEGEND = types.SemanticTokensLegend(token_types=["hole"], token_modifiers=list(KINDS))


async def semantic_tokens(session: Session, params: types.SemanticTokensParams) -> types.SemanticTokens:
    """Five numbers a token: line and character from the token before, length, type, modifiers."""
    document = await session.searched(params.text_document.uri)
    data: list[int] = []
    line = character = 0
    for hole in document.holes:
        modifiers = 1 << KINDS.index(hole.kind) if hole.kind in KINDS else 0
        for at_line, at_character, length in _pieces(document, hole.span):
            delta = at_line - line
            data += [delta, at_character if delta else at_character - character, length, 0, modifiers]
            line, character = at_line, at_character
    return types.SemanticTokens(data)


def _pieces(document: OpenDocument, span: Span) -> Iterator[tuple[int, int, int]]:
    """(line, character, length) of the span on each of its lines: few clients take a token of several lines."""
    native, encoding = document.snapshot.native, document.encoding
    (first, start), (last, end) = native.position(span.start, encoding), native.position(span.end, encoding)
    for line in range(first, last + 1):
        begin = start if line == first else 0
        stop = end if line == last else native.position(native.offset(line, 2**31 - 1, encoding), encoding)[1]
        if stop > begin:
            yield line, begin, stop - begin
