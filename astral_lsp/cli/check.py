"""`astral-lsp check FILE…`: a real server, asked for every feature at every hole and identifier; whatever fails is named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from astral_lsp.cli.rpc import Json, RpcError, ServerGone, ServerProcess
from astral_lsp.cli.session import open_document
from astral_native import LEXEME_KINDS
from astral_runtime.document import DocumentSnapshot

_NAME = LEXEME_KINDS.index("NAME")

CAPABILITIES: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {"workspaceEdit": {"documentChanges": True, "changeAnnotationSupport": {}}},
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
            "resolveSupport": {"properties": ["edit"]},
            "dataSupport": True,
            "disabledSupport": True,
        }
    },
}


@click.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """Ask a server for every feature at every hole and identifier of the files. Exit 1 on any failure."""
    documents = [(path, open_document(path)[1]) for path in paths]
    console = Console(highlight=False, soft_wrap=True)
    failures = 0
    for path, document in documents:
        asked, failed = _check_file(document)
        for failure in failed:
            console.print(f"{path}: {failure}", markup=False)
        console.print(f"{path}: {asked} requests, {len(failed)} failed", markup=False)
        failures += len(failed)
    if failures:
        raise click.exceptions.Exit(1)


def _check_file(document: DocumentSnapshot) -> tuple[int, list[str]]:
    """How many requests were made, and a line for each that failed."""
    asked, failed = 0, []
    with ServerProcess() as server:
        try:
            for ask in _questions(server, document):
                asked += 1
                try:
                    ask()
                except (RpcError, _WrongAnswer) as error:
                    failed.append(str(error))
        except ServerGone as error:
            failed.append(str(error))
    return asked, failed


class _WrongAnswer(Exception):
    """An answer came, and it is not what the feature promises."""


def _questions(server: ServerProcess, document: DocumentSnapshot) -> Iterator[Callable[[], None]]:
    uri = document.path.as_uri()
    root = (document.root or document.path.parent).as_uri()
    whole = _range(document, 0, document.native.byte_len)
    text_document = {"uri": uri}
    yield lambda: server.request(
        "initialize", {"processId": os.getpid(), "rootUri": root, "capabilities": CAPABILITIES, "workspaceFolders": None}
    )
    server.notify("initialized", {})
    server.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": document.text}})
    yield lambda: _same_holes(server.request("astral/holes", {"textDocument": text_document}), document)
    for method in ("inlayHint", "codeLens", "diagnostic", "semanticTokens/full"):
        yield lambda method=method: server.request(f"textDocument/{method}", {"textDocument": text_document, "range": whole})  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    for hole in document.holes():
        place = _range(document, hole.span.start, hole.span.end)
        at = {"textDocument": text_document, "position": place["start"]}
        for method in ("textDocument/hover", "textDocument/completion", "astral/nextHole"):
            yield lambda method=method, at=at, hole=hole: _answered(server.request(method, at), method, hole.id)  # type: ignore[misc]  # as above
        yield lambda place=place, hole=hole: _actions(server, text_document, place, hole.id)  # type: ignore[misc]  # as above
    for position in _identifiers(document):
        yield lambda position=position: server.request("textDocument/hover", {"textDocument": text_document, "position": position})  # type: ignore[misc]  # as above
    yield lambda: _exit_code(server.close())


def _actions(server: ServerProcess, text_document: Json, place: Json, hole_id: str) -> None:
    params = {"textDocument": text_document, "range": place, "context": {"diagnostics": [], "triggerKind": 1}}
    actions = _answered(server.request("textDocument/codeAction", params), "codeAction", hole_id)
    for action in actions:
        if "data" in action and "edit" not in action and "disabled" not in action and "command" not in action:
            resolved = server.request("codeAction/resolve", action)
            if "edit" not in resolved and "disabled" not in resolved:
                raise _WrongAnswer(f"codeAction/resolve: {action['title']!r} at {hole_id} has neither an edit nor a reason")


def _answered(result: Any, method: str, hole_id: str) -> Any:
    if not result:
        raise _WrongAnswer(f"{method}: no answer at {hole_id}")
    return result


def _same_holes(result: Json, document: DocumentSnapshot) -> None:
    served = [hole["id"] for hole in result["holes"]]
    expected = [hole.id for hole in document.holes()]
    if served != expected:
        raise _WrongAnswer(f"astral/holes: the server has {served}, the file has {expected}")


def _exit_code(code: int) -> None:
    if code:
        raise _WrongAnswer(f"exit: the server's exit code is {code}")


def _identifiers(document: DocumentSnapshot) -> Iterator[Json]:
    lexemes = document.native.lexemes()
    starts = memoryview(lexemes.starts()).cast("I")
    for index, kind in enumerate(lexemes.kinds()):
        if kind == _NAME:
            yield _position(document, starts[index])


def _range(document: DocumentSnapshot, start: int, end: int) -> Json:
    return {"start": _position(document, start), "end": _position(document, end)}


def _position(document: DocumentSnapshot, offset: int) -> Json:
    line, character = document.native.position(offset, "utf-16")
    return {"line": line, "character": character}
