"""A client for one language server over its stdin and stdout, in a few lines and without pygls: `check` must not share its bugs."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from types import TracebackType
from typing import IO, Any

Json = dict[str, Any]


class ServerGone(Exception):
    """The server ended or did not answer in time."""


class RpcError(Exception):
    """The server answered a request with an error."""

    def __init__(self, method: str, error: Json) -> None:
        self.code = error.get("code")
        super().__init__(f"{method}: {error.get('message')} ({self.code})")


class ServerProcess:
    """`astral-lsp` as a child process. Requests from the server get an empty answer; notifications are kept in `notifications`."""

    def __init__(self, timeout_s: float = 30.0) -> None:
        self.timeout_s = timeout_s
        self.notifications: list[Json] = []
        self._process = subprocess.Popen([sys.executable, "-m", "astral_lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._replies: queue.Queue[Json | None] = queue.Queue()
        self._ids = 0
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def request(self, method: str, params: Json | None = None) -> Any:
        """The result of a request. Raises RpcError for an error answer and ServerGone when none comes."""
        self._ids += 1
        self._send({"id": self._ids, "method": method, "params": params})
        while True:
            try:
                message = self._replies.get(timeout=self.timeout_s)
            except queue.Empty:
                raise ServerGone(f"{method}: no answer in {self.timeout_s:.0f} s") from None
            if message is None:
                raise ServerGone(f"{method}: the server ended (exit code {self._process.wait()})")
            if message.get("id") == self._ids:
                if "error" in message:
                    raise RpcError(method, message["error"])
                return message.get("result")

    def notify(self, method: str, params: Json) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def close(self) -> int:
        """Shut the server down as LSP says; its exit code."""
        self.request("shutdown")
        self.notify("exit", {})
        try:
            return self._process.wait(self.timeout_s)
        except subprocess.TimeoutExpired:
            raise ServerGone("exit: the server did not end") from None

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise ServerGone(f"the server ended (exit code {self._process.wait()})") from None

    def _read(self) -> None:
        assert self._process.stdout is not None
        while (message := _read_message(self._process.stdout)) is not None:
            if "method" not in message:
                self._replies.put(message)
            elif "id" in message:
                self._send({"id": message["id"], "result": _answer(message)})
            else:
                self.notifications.append(message)
        self._replies.put(None)


def _answer(message: Json) -> Any:
    """What a client without a user interface says to the server's own requests."""
    if message["method"] == "workspace/configuration":
        return [None] * len(message["params"]["items"])
    if message["method"] == "workspace/applyEdit":
        return {"applied": False, "failureReason": "check applies nothing"}
    return None


def _read_message(stream: IO[bytes]) -> Json | None:
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = stream.read(length) if length else b""
    parsed: Json | None = json.loads(body) if body else None
    return parsed
