"""didOpen, didChange, didSave, didClose. Plain functions: they change state in order of arrival and wait for nothing."""

from __future__ import annotations

import logging
from typing import Any

from lsprotocol import types

from astral_lsp.documents import SyncError, read_changes, whole
from astral_lsp.features import diagnostics
from astral_lsp.session import Session

log = logging.getLogger(__name__)


def did_open(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    """A document opens. Its text is the editor's from now on, whatever the disk says."""
    item = params.text_document
    session.changed(item.uri)
    document = session.documents.open(item.uri, str(item.language_id), item.version, whole(item.text))
    if document.python:
        session.analysis.begin(document)


def did_change(session: Session, params: Any) -> None:
    """A document changes. Raw JSON: even a change that cannot be read must name the document that it puts out of step."""
    uri, version = _identity(params)
    if uri is None:
        return _complain(session, "a change that names no document")
    before = session.documents.get(uri)
    if before is None:
        return _complain(session, f"a change of {uri}, which is not open")
    session.changed(uri)
    try:
        document = session.documents.change(
            uri, before.version + 1 if version is None else version, read_changes(params.get("contentChanges"))
        )
    except SyncError as error:
        _forget(session, uri)
        return _complain(session, f"{error}; {uri} is out of step with the editor until it is opened again")
    if version is None or version <= before.version:
        log.warning("the version of %s went from %d to %s", uri, before.version, version)
    if document.python:
        session.analysis.begin(document)
    return None


def did_save(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    """A document is on disk now: others may import it."""
    session.analysis.renew(except_uri=params.text_document.uri)


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """A document closes; the disk's text counts again."""
    uri = params.text_document.uri
    document = session.documents.get(uri)
    if document is None:
        return _complain(session, f"a close of {uri}, which is not open")
    session.changed(uri)
    _forget(session, uri)
    session.protocol.background(session.engines.forget(document), "closing a document")
    return None


def _forget(session: Session, uri: str) -> None:
    session.documents.close(uri)
    session.analysis.end(uri)
    diagnostics.clear(session, uri)


def _identity(params: Any) -> tuple[str | None, int | None]:
    identifier = params.get("textDocument") if isinstance(params, dict) else None
    if not isinstance(identifier, dict) or not isinstance(identifier.get("uri"), str):
        return None, None
    version = identifier.get("version")
    return identifier["uri"], version if isinstance(version, int) and abs(version) < 2**31 else None


def _complain(session: Session, what: str) -> None:
    log.warning("%s", what)
    session.log_message(f"astral: ignored {what}")
