"""Raw JSON-RPC over a child's pipes: framing, ids and replies written here again, so that no bug is shared with the server."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

Json = dict[str, Any]

REAL = (sys.executable, "-m", "astral_lsp")
SCRIPTED = (sys.executable, str(Path(__file__).with_name("scripted_server.py")))


class RawError(Exception):
    """An error answer."""

    def __init__(self, error: Json) -> None:
        self.code: int = error["code"]
        super().__init__(error["message"])


class RawClient:
    """One server process. `answered` counts answers per id; `close` demands one for each request."""

    def __init__(self, command: Sequence[str] = SCRIPTED, cwd: Path | None = None, timeout_s: float = 60.0, **environment: str) -> None:
        self.timeout_s = timeout_s
        self.notifications: list[Json] = []
        self.requests: list[Json] = []
        self.unaddressed: list[Json] = []
        self.answered: Counter[Any] = Counter()
        self.asked: list[Any] = []
        self.replies: dict[str, Callable[[Any], Any]] = {"workspace/configuration": lambda params: [None] * len(params["items"])}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **environment}, **pipes)  # type: ignore[call-overload]  # a dict of keywords
        self.stderr: list[bytes] = []
        self._answers: dict[Any, queue.SimpleQueue[Json]] = {}
        self._writing = threading.Lock()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._read_stderr)]
        for thread in self._threads:
            thread.start()

    def initialize(self, capabilities: Json, root: Path | None = None, options: Any = None) -> Json:
        """The handshake; the server's capabilities."""
        uri = root.as_uri() if root else None
        params = {"processId": os.getpid(), "rootUri": uri, "capabilities": capabilities, "initializationOptions": options}
        result: Json = self.request("initialize", params)
        self.notify("initialized", {})
        return result["capabilities"]  # type: ignore[no-any-return]  # JSON

    def request(self, method: str, params: Any = None, timeout_s: float | None = None) -> Any:
        """The result, RawError, or TimeoutError."""
        return self.wait(self.begin(method, params), timeout_s)

    def begin(self, method: str, params: Any = None) -> int:
        """Send a request; its id."""
        id_ = len(self.asked) + 1
        self.asked.append(id_)
        self._answers[id_] = queue.SimpleQueue()
        self.send({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})
        return id_

    def wait(self, id_: int, timeout_s: float | None = None) -> Any:
        """The answer of a request that was begun."""
        try:
            message = self._answers[id_].get(timeout=timeout_s or self.timeout_s)
        except queue.Empty:
            raise TimeoutError(f"no answer to {id_}; server: {self.process.poll()}") from None
        if "error" in message:
            raise RawError(message["error"])
        return message["result"]

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def cancel(self, id_: int) -> None:
        """`$/cancelRequest`."""
        self.notify("$/cancelRequest", {"id": id_})

    def send(self, message: Json) -> None:
        """One message, framed."""
        body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
        self.send_bytes(b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)

    def send_bytes(self, data: bytes) -> None:
        """Any bytes."""
        assert self.process.stdin is not None
        with self._writing:
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def seen(self, method: str, count: int = 1) -> list[Any]:
        """The params of the first `count` notifications or requests of a method, waiting for them."""
        deadline = time.monotonic() + self.timeout_s
        while len(found := [m["params"] for m in (*self.notifications, *self.requests) if m["method"] == method]) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method}: {len(found)} of {count}")
            time.sleep(0.005)
        return found

    def close(self, timeout_s: float = 10.0) -> int:
        """shutdown and exit; the exit code, after checking that every request was answered exactly once."""
        self.request("shutdown")
        self.notify("exit")
        code = self.process.wait(timeout_s)
        self.finish()
        assert self.answered == Counter(self.asked), "every request is answered exactly once"
        return code

    def finish(self) -> None:
        """Collect the process and its output, killing it if it runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(10)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                continue  # bytes that a dead server never took

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self.finish()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while (message := read_message(self.process.stdout)) is not None:
            if "method" not in message:
                self._take_answer(message)
            elif "id" in message:
                self.requests.append(message)
                self._reply(message)
            else:
                self.notifications.append(message)

    def _take_answer(self, message: Json) -> None:
        if message["id"] is None:
            self.unaddressed.append(message)
            return
        self.answered[message["id"]] += 1
        if (waiting := self._answers.get(message["id"])) is not None:
            waiting.put(message)

    def _reply(self, message: Json) -> None:
        reply = self.replies.get(message["method"])
        try:
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": reply(message["params"]) if reply else None})
        except (BrokenPipeError, ValueError):
            return  # the server has gone, or finish() has closed its stdin

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.stderr.append(line)


def read_message(stream: IO[bytes]) -> Json | None:
    """One message; None at the end. Anything else on stdout is a failure of the server."""
    length = None
    while (line := stream.readline()) != b"\r\n":
        if line == b"":
            return None
        name, _, value = line.partition(b": ")
        assert name == b"Content-Length", f"stdout carries only the protocol, not {line!r}"
        length = int(value)
    assert length is not None
    body = stream.read(length)
    parsed: Json | None = json.loads(body) if len(body) == length else None
    return parsed
