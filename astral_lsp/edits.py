"""From runtime edits to a WorkspaceEdit that carries the version it was computed for."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from astral_lsp.badges import is_verified, reasons
from astral_lsp.capabilities import ClientFeatures
from astral_lsp.documents import OpenDocument
from astral_lsp.positions import to_range
from astral_runtime.fill import Candidate, Edit
from astral_runtime.holes import Hole
from astral_runtime.joint import candidate_edits

_UNVERIFIED = "astral.unverified"


def candidate_edit(document: OpenDocument, hole: Hole, candidate: Candidate, client: ClientFeatures) -> types.WorkspaceEdit:
    """The edit of one candidate; one that is not verified asks for confirmation where the client can."""
    doubt = "" if is_verified(candidate) else reasons(candidate) or "not verified"
    return workspace_edit(document, candidate_edits(hole, candidate), client, doubt)


def workspace_edit(document: OpenDocument, edits: Sequence[Edit], client: ClientFeatures, doubt: str = "") -> types.WorkspaceEdit:
    """Edits of one document version. `doubt`, if any, is what the user confirms.

    A client without documentChanges gets plain changes; it cannot check the version, so callers have checked it.
    """
    plain = [_text_edit(document, edit) for edit in edits]
    if not client.document_changes:
        return types.WorkspaceEdit(changes={document.uri: plain})
    annotate = bool(doubt) and client.change_annotations
    changes: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = [*plain]
    if annotate:
        changes = [types.AnnotatedTextEdit(_UNVERIFIED, edit.range, edit.new_text) for edit in plain]
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    annotation = types.ChangeAnnotation(label="Not verified", needs_confirmation=True, description=doubt)
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(identifier, changes)],
        change_annotations={_UNVERIFIED: annotation} if annotate else None,
    )


def _text_edit(document: OpenDocument, edit: Edit) -> types.TextEdit:
    native = document.snapshot.native
    return types.TextEdit(to_range(native, edit.span, document.encoding), in_line_breaks(edit.new_text, line_break(document)))


def line_break(document: OpenDocument) -> str:
    """The document's own line break: that of its first line."""
    native = document.snapshot.native
    if native.line_count < 2:
        return "\n"
    start = native.offset(1, 0, "utf-8")
    if native.slice(start - 1, start) == "\r":
        return "\r"
    return "\r\n" if start >= 2 and native.slice(start - 2, start) == "\r\n" else "\n"


def in_line_breaks(text: str, wanted: str) -> str:
    """`text` with every line break as `wanted`."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return unix if wanted == "\n" else unix.replace("\n", wanted)
