"""A client in the server's own process: messages go through the real protocol and the real features, without pipes."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from editor import CAPABILITIES, HOLE_IMPORT, Buffer, Json
from scripted import ScriptedEngine

from astral_lsp.framing import Frame, FrameParser
from astral_lsp.server import build
from astral_lsp.settings import Settings

ANSWER_S = 20.0
FAST: Json = {"settings": {"prefill": {"restMs": 0}}}
"""Options of a client that does not want to wait for filling ahead."""


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that the server does by itself."""
    async with asyncio.timeout(ANSWER_S):
        while not condition():  # noqa: ASYNC110  # what is awaited is the server's own state, which has no event to wait for
            await asyncio.sleep(0.002)


class ErrorAnswer(Exception):
    """The server answered with an error."""

    def __init__(self, error: Json) -> None:
        self.code: int = error["code"]
        self.data = error.get("data")
        super().__init__(error["message"])


class LocalClient:
    """Counts answers per id: each request has exactly one, or the client fails on close."""

    def __init__(self, **capabilities: Any) -> None:
        self.engines: list[ScriptedEngine] = []
        self.notifications: list[tuple[str, Any]] = []
        self.requests: list[tuple[str, Any]] = []
        self.replies: dict[str, Callable[[Any], Any]] = {}
        self.answered: Counter[Any] = Counter()
        self.buffers: dict[str, Buffer] = {}
        self.settings: Any = None
        self.capabilities = capabilities or CAPABILITIES
        self.prepare: Callable[[ScriptedEngine], None] = lambda engine: None
        self.session = build(self._engine)
        self.session.protocol.out = self  # type: ignore[assignment]  # it has write, which is all that is asked of it
        self.exit_codes: list[int] = []
        self.session.protocol.on_exit = self.exit_codes.append
        self._parser = FrameParser()
        self._ids = 0
        self._waiting: dict[Any, asyncio.Future[Any]] = {}

    @property
    def engine(self) -> ScriptedEngine:
        """The one engine."""
        assert len(self.engines) == 1
        return self.engines[0]

    async def start(self, options: Any = FAST, root: Path | None = None) -> Json:
        """initialize and initialized; the server's capabilities."""
        params = {"processId": None, "rootUri": root.as_uri() if root else None, "capabilities": self.capabilities}
        result = await self.request("initialize", {**params, "initializationOptions": options})
        self.notify("initialized", {})
        await asyncio.sleep(0)
        return result["capabilities"]  # type: ignore[no-any-return]  # JSON

    async def stop(self) -> None:
        """Leave, and check that every request was answered exactly once."""
        await self.request("shutdown")
        await self.session.close(1.0)
        assert set(self.answered.values()) <= {1}, self.answered
        assert not self._waiting

    def open(self, text: str, uri: str = "file:///w/a.py", language: str = "python") -> Buffer:
        """didOpen. Text that calls hole() gets its import, at the end so that no line moves."""
        if "hole(" in text and "astral_lsp" not in text:
            text += HOLE_IMPORT
        buffer = self.buffers[uri] = Buffer(uri, text)
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return buffer

    def change(self, buffer: Buffer, changes: list[Json]) -> None:
        """didChange with the buffer's version."""
        self.notify("textDocument/didChange", {"textDocument": {"uri": buffer.uri, "version": buffer.version}, "contentChanges": changes})

    async def request(self, method: str, params: Any = None) -> Any:
        """The result, or ErrorAnswer."""
        return await self.begin(method, params)[1]

    def begin(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[Any]]:
        """Send a request; its id and the future answer."""
        self._ids += 1
        future = asyncio.get_running_loop().create_future()
        self._waiting[self._ids] = future
        self.send({"id": self._ids, "method": method, "params": params})
        return self._ids, asyncio.ensure_future(asyncio.wait_for(future, ANSWER_S))

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self.send({"method": method, "params": params})

    def send(self, message: Json) -> None:
        """Hand one message to the server."""
        self.session.protocol.receive(Frame(json.dumps({"jsonrpc": "2.0", **message}).encode()))

    async def seen(self, method: str, count: int = 1) -> list[Any]:
        """The params of the first `count` messages of a method from the server, waiting for them."""

        def found() -> list[Any]:
            return [params for name, params in (*self.notifications, *self.requests) if name == method]

        await until(lambda: len(found()) >= count)
        return found()

    async def settled(self, buffer: Buffer) -> None:
        """Wait until everything is known of the buffer's version."""

        def done() -> bool:
            document = self.session.documents.get(buffer.uri)
            return document is not None and self.session.analysis.of(document).fills_ended

        await until(done)

    def at(self, buffer: Buffer, piece: str, nth: int = 0) -> Json:
        """Params that point into the nth occurrence of a piece of text."""
        return {"textDocument": {"uri": buffer.uri}, "position": buffer.range_of(piece, nth)["start"]}

    def over(self, buffer: Buffer, piece: str, **context: Any) -> Json:
        """Code action params over a piece of text."""
        asked = {"diagnostics": [], "triggerKind": 1, **context}
        return {"textDocument": {"uri": buffer.uri}, "range": buffer.range_of(piece), "context": asked}

    def write(self, data: bytes) -> None:
        """Bytes from the server."""
        for item in self._parser.feed(data):
            assert isinstance(item, Frame)
            self._take(json.loads(item.body))

    def _take(self, message: Json) -> None:
        if "method" not in message:
            self.answered[message["id"]] += 1
            future = self._waiting.pop(message["id"], None)
            if future is not None and not future.done():
                future.set_exception(ErrorAnswer(message["error"])) if "error" in message else future.set_result(message["result"])
        elif "id" in message:
            self.requests.append((message["method"], message["params"]))
            asyncio.get_running_loop().call_soon(self._reply, message)
        else:
            self.notifications.append((message["method"], message["params"]))

    def _reply(self, message: Json) -> None:
        answer = self.replies.get(message["method"], self._default)(message["params"])
        if message["method"] == "workspace/configuration":
            answer = [self.settings]
        if answer is not SILENT:
            self.send({"id": message["id"], "result": answer})

    def _default(self, params: Any) -> Any:
        return None

    def _engine(self, root: Path | None, settings: Settings) -> ScriptedEngine:
        engine = ScriptedEngine(root, settings)
        self.prepare(engine)
        self.engines.append(engine)
        return engine


SILENT = object()
"""The answer of a client that does not answer."""
