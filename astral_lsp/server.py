"""The language server: which method goes to which feature, and how a session begins and ends.

initialize ─► didOpen/didChange ─► Documents ─► Analysis (settles) ─► hover, hints, lenses, actions, diagnostics
                                         └─► astral/fill, executeCommand ─► worker lane ─► versioned edit
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from astral_lsp import __version__, logs, messages
from astral_lsp.engine import EngineFactory
from astral_lsp.features import (
    code_action,
    code_lens,
    completion,
    configuration,
    diagnostics,
    execute_command,
    fill,
    holes,
    hover,
    inlay_hint,
    inline_completion,
    lifecycle,
    next_hole,
    semantic_tokens,
    text_sync,
    values,
    watched_files,
)
from astral_lsp.protocol import AstralProtocol
from astral_lsp.session import Session
from astral_lsp.transport import Reader, Sink, Source, Writer, claim_stdio


@dataclass(frozen=True, slots=True)
class Feature:
    """One method: its handler `(session, params) -> answer`, and the options it is advertised with."""

    method: str
    handler: Callable[[Session, Any], Any]
    options: Any = None


FEATURES: tuple[Feature, ...] = (
    Feature(types.INITIALIZE, lifecycle.initialize),
    Feature(types.INITIALIZED, lifecycle.initialized),
    Feature(types.SHUTDOWN, lifecycle.shutdown),
    Feature(types.SET_TRACE, lifecycle.set_trace),
    Feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL, lifecycle.work_done_progress_cancel),
    Feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, lifecycle.did_change_workspace_folders),
    Feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION, configuration.did_change_configuration),
    Feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched_files.did_change_watched_files),
    Feature(types.TEXT_DOCUMENT_DID_OPEN, text_sync.did_open),
    Feature(types.TEXT_DOCUMENT_DID_CHANGE, text_sync.did_change),
    Feature(types.TEXT_DOCUMENT_DID_SAVE, text_sync.did_save, types.SaveOptions(include_text=False)),
    Feature(types.TEXT_DOCUMENT_DID_CLOSE, text_sync.did_close),
    Feature(types.TEXT_DOCUMENT_HOVER, hover.hover),
    Feature(types.TEXT_DOCUMENT_COMPLETION, completion.completion, completion.OPTIONS),
    Feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, inline_completion.inline_completion, inline_completion.OPTIONS),
    Feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        code_action.code_actions,
        types.CodeActionOptions(code_action_kinds=[code_action.KIND], resolve_provider=True),
    ),
    Feature(types.CODE_ACTION_RESOLVE, code_action.resolve),
    Feature(types.TEXT_DOCUMENT_CODE_LENS, code_lens.code_lenses, types.CodeLensOptions(resolve_provider=False)),
    Feature(types.TEXT_DOCUMENT_INLAY_HINT, inlay_hint.inlay_hints, types.InlayHintOptions(resolve_provider=False)),
    Feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, semantic_tokens.semantic_tokens, semantic_tokens.LEGEND),
    Feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        diagnostics.pull,
        types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False, identifier="astral"),
    ),
    Feature(types.WORKSPACE_EXECUTE_COMMAND, execute_command.execute_command),
    Feature(messages.HOLES, holes.holes),
    Feature(messages.FILL, fill.fill),
    Feature(messages.EXPLAIN_FILL, fill.explain_fill),
    Feature(messages.VALUES, values.values),
    Feature(messages.NEXT_HOLE, next_hole.next_hole),
    Feature(messages.PREVIOUS_HOLE, next_hole.previous_hole),
)

CLOSE_S = 1.0
"""How long leaving may take: the last answers written, the oracles told."""

GIL_SWITCH_S = 0.0005
"""A fill in pure Python must not keep the event loop waiting for the 5 ms that are the default."""


def build(make_engine: EngineFactory) -> Session:
    """A session with every feature registered, not yet connected."""
    server = LanguageServer("astral-lsp", __version__, protocol_cls=AstralProtocol, converter_factory=messages.converter)
    protocol = server.protocol
    assert isinstance(protocol, AstralProtocol)
    session = Session(protocol, make_engine)
    session.analysis.listeners.append(partial(diagnostics.push, session))
    for feature in FEATURES:
        protocol.fm.feature(feature.method, feature.options)(partial(feature.handler, session))
    return session


def serve_stdio(make_engine: EngineFactory | None = None) -> NoReturn:
    """Serve one client on stdin and stdout until it leaves, then end the process: exit code 0 after `shutdown`, else 1."""
    source, sink = claim_stdio()
    _serve(source, sink, make_engine)


def serve_tcp(host: str, port: int, make_engine: EngineFactory | None = None) -> NoReturn:
    """The same for the first client that connects. Port 0 takes a free one; stderr says which."""
    with socket.create_server((host, port)) as listener:
        name, number = listener.getsockname()[:2]
        print(f"astral-lsp: listening on {name}:{number}", file=sys.stderr, flush=True)
        connection, _ = listener.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = _Stream(connection)
        _serve(stream, stream, make_engine)


@dataclass(frozen=True, slots=True)
class _Stream:
    """A socket as source and sink."""

    connection: socket.socket

    def read(self, size: int, /) -> bytes:
        return self.connection.recv(size)

    def write_all(self, data: bytes, /) -> None:
        self.connection.sendall(data)


def _serve(source: Source, sink: Sink, make_engine: EngineFactory | None) -> NoReturn:
    logs.start()
    sys.setswitchinterval(GIL_SWITCH_S)
    if make_engine is None:
        from astral_lsp.local_engine import LocalEngine
        from astral_runtime.bundled import Bundled
        from astral_runtime.proposers.local import Named

        make_engine = partial(LocalEngine, Bundled(), Named())
    code = asyncio.run(_run(build(make_engine), source, sink))
    sys.stderr.flush()
    os._exit(
        code
    )  # workers may be inside a call, the reader inside a read: waiting for them is not prompt, finalising under them not clean


async def _run(session: Session, source: Source, sink: Sink) -> int:
    """One connected session, from the first byte to the last."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    protocol = session.protocol

    def leave(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    protocol.on_exit = leave
    protocol.out = Writer(sink, lambda: leave(1))
    Reader(source, protocol.receive, lambda: leave(0 if protocol.is_shut_down else 1))
    code = await ended
    protocol.cancel_all()
    await session.close(CLOSE_S)
    protocol.out.close(CLOSE_S)
    return code
