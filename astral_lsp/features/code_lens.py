"""textDocument/codeLens: Fill above each line with a hole, Fill all above the first."""

from __future__ import annotations

from lsprotocol import types

from astral_lsp.commands import FILL, FILL_ALL
from astral_lsp.documents import OpenDocument
from astral_lsp.positions import to_range
from astral_lsp.session import Session
from astral_runtime.holes import Hole


async def code_lenses(session: Session, params: types.CodeLensParams) -> list[types.CodeLens]:
    """The lenses of a document. They need no types, so they are always ready."""
    document = await session.searched(params.text_document.uri)
    if not session.settings.code_lens.enabled or not document.holes:
        return []
    lenses = [_lens(document, hole, "Fill" if hole.intent is None else f"Fill: {hole.intent}", FILL) for hole in document.holes]
    if len(document.holes) > 1:
        lenses.insert(1, _lens(document, document.holes[0], f"Fill all ({len(document.holes)})", FILL_ALL))
    return lenses


def _lens(document: OpenDocument, hole: Hole, title: str, command: str) -> types.CodeLens:
    argument = {"uri": document.uri, "version": document.version}
    if command == FILL:
        argument["hole"] = hole.id
    range = to_range(document.snapshot.native, hole.span, document.encoding)
    return types.CodeLens(types.Range(range.start, range.start), types.Command(title, command, arguments=[argument]))
