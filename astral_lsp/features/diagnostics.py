"""Diagnostics, pushed or pulled: holes as information with data, code that does not parse, code that mypy rejects."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from astral_lsp.documents import OpenDocument
from astral_lsp.jsonrpc import RequestError
from astral_lsp.positions import to_range
from astral_lsp.session import Session
from astral_lsp.settings import DiagnosticSettings, Severity
from astral_lsp.settled import Settled, Stage
from astral_runtime.holes import Hole, HoleContext, Span
from astral_runtime.verify.spec import Fault

_SEVERITIES: dict[Severity, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
    "hint": types.DiagnosticSeverity.Hint,
}


async def pull(session: Session, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """textDocument/diagnostic. While mypy's part is being computed the client keeps what it shows and is asked to ask again;
    a client that cannot be asked gets what is known."""
    document = await session.searched(params.text_document.uri)
    if not document.python:
        return types.RelatedFullDocumentDiagnosticReport(items=[])
    settled = session.analysis.of(document)
    complete = await session.analysis.wait(settled, lambda: settled.report is not None)
    session.require_current(document)
    if not complete and session.client.diagnostic_refresh:
        session.unfinished(document, "diagnostic_refresh")
        raise RequestError(types.LSPErrorCodes.ServerCancelled.value, "being computed", {"retriggerRequest": False})
    items = diagnostics(settled, session.settings.diagnostics)
    result_id = f"{hash(repr(items)) & 0xFFFFFFFFFFFF:012x}"
    if params.previous_result_id == result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id)
    return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=result_id)


def push(session: Session, settled: Settled, stage: Stage) -> None:
    """Publish what a stage of the analysis brought, for clients that do not pull, or that cannot be asked to pull again when mypy is done.

    Holes alone are published only before mypy's first report: later they would make its errors blink at every keystroke.
    """
    document = settled.document
    early = stage == "contexts" and document.uri not in session.published
    if session.client.pulls or not (early or stage == "report") or not session.documents.is_current(document):
        return
    session.published.add(document.uri)
    found = diagnostics(settled, session.settings.diagnostics)
    params = types.PublishDiagnosticsParams(uri=document.uri, version=document.version, diagnostics=found)
    session.protocol.notify(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params)


def clear(session: Session, uri: str) -> None:
    """Take back what was pushed for a document that is closed."""
    if uri in session.published:
        session.published.discard(uri)
        session.protocol.notify(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))


def diagnostics(settled: Settled, settings: DiagnosticSettings) -> list[types.Diagnostic]:
    """Everything known of one version."""
    return [*_syntax(settled.document, settings.syntax), *_types(settled, settings.types), *_holes(settled, settings.holes)]


def _holes(settled: Settled, severity: Severity) -> Iterator[types.Diagnostic]:
    if severity == "off":
        return
    for hole in settled.document.holes:
        context = settled.contexts.get(hole.id) if settled.contexts is not None else None
        yield types.Diagnostic(
            range=_range(settled.document, hole.span),
            message=_hole_message(hole, context),
            severity=_SEVERITIES[severity],
            code="hole",
            source="astral",
            data={
                "hole": hole.id,
                "kind": hole.kind,
                "expected_type": context.expected_type if context else None,
                "intent": hole.intent,
            },
        )


def _hole_message(hole: Hole, context: HoleContext | None) -> str:
    if context is None:
        wanted = "hole"
    elif context.expected_type is None:
        wanted = f"hole, {context.expected_because}"
    else:
        wanted = f"hole of type {context.expected_type} ({context.expected_because})"
    return f"{wanted}: {hole.intent}" if hole.intent else wanted


def _syntax(document: OpenDocument, severity: Severity) -> Iterator[types.Diagnostic]:
    if severity == "off" or not document.python:
        return
    for fault in document.snapshot.native.faults():
        yield types.Diagnostic(
            range=_range(document, Span(fault.start, fault.end)),
            message=f"expected {fault.expected}" if fault.expected else "does not parse",
            severity=_SEVERITIES[severity],
            code="syntax",
            source="astral",
        )


def _types(settled: Settled, severity: Severity) -> Iterator[types.Diagnostic]:
    """mypy's faults. Without a place they stand at the head of the file; its own syntax errors are said once, by us."""
    if severity == "off" or settled.report is None:
        return
    for fault in settled.report.faults:
        if fault.code != "syntax":
            yield types.Diagnostic(
                range=_range(settled.document, fault.span or Span(0, 0)),
                message=fault.message,
                severity=_SEVERITIES[severity],
                code=_code(fault),
                source="astral/mypy",
            )


def _code(fault: Fault) -> str | None:
    return fault.code or None


def _range(document: OpenDocument, span: Span) -> types.Range:
    end = document.snapshot.native.byte_len
    return to_range(document.snapshot.native, Span(min(span.start, end), min(span.end, end)), document.encoding)
