"""One question over HTTP and its answer, which anybody may have written: JSON within a size, a time, and reach of a cancellation.

No proxy is asked and no redirection followed. Unless told otherwise, only this machine is spoken to, whatever a name resolves to.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from astral_runtime.bundled import NoModel
from astral_runtime.fill import Cancelled, CancelToken

CONNECT_S = 5.0
LARGEST_ANSWER = 8 << 20
"""Bytes. A completion of a few hundred tokens with log-probabilities takes some tens of kilobytes."""
LOOK_S = 0.02
"""How often a question under way looks whether it was cancelled."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens. `remote`: whether it may be another machine than this one."""

    scheme: str
    host: str
    port: int
    path: str
    remote: bool

    def __str__(self) -> str:
        """As it was named."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, its JSON (None where there is none), and where it sends us, if it does."""

    status: int
    data: Any
    location: str | None


def address_of(text: str, remote: bool) -> Address | NoModel:
    """Read `http://HOST:PORT`, with or without the `/v1` that other clients want; why not, where it cannot be used."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError as wrong:
        return NoModel(f"{text!r} is no address of a completion server: {wrong}")
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or parts.fragment or not text.isprintable():
        return NoModel(f"{text!r} is no address of a completion server: write http://127.0.0.1:8080")
    if not remote and not _this_machine(host):
        return NoModel(f"{text}: this is another machine, which your code would be sent to; set astral.lm.allowRemote to allow it")
    path = parts.path.rstrip("/").removesuffix("/v1")
    return Address(parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme], path, remote)


def exchange(address: Address, path: str, question: object | None, seconds: float, cancel: CancelToken) -> Reply | NoModel:
    """POST a question as JSON, or GET where there is none. NoModel says why no answer came. Raises Cancelled within a few hundredths."""
    cancel.check()
    ends = time.monotonic() + seconds
    request = _Request(address, path, question, seconds)
    request.start()
    while not request.done.wait(LOOK_S):
        late = time.monotonic() > ends
        if late or cancel.cancelled:
            request.abandon()
            if not late:
                raise Cancelled
            return NoModel(f"{address}: no answer within {seconds:g} seconds; it may be busy, or its model too large for this machine")
    return request.answer


class _Request(threading.Thread):
    """A question under way; `answer` is there when `done` is set."""

    def __init__(self, address: Address, path: str, question: object | None, seconds: float) -> None:
        super().__init__(daemon=True, name="astral-endpoint")
        self.done = threading.Event()
        self.answer: Reply | NoModel = NoModel(f"{address}: the question was given up")
        self._address, self._path = address, address.path + path
        self._body = None if question is None else json.dumps(question).encode()
        self._seconds = seconds
        self._abandoned = False
        self._socket: socket.socket | None = None

    def run(self) -> None:
        """Ask, and say what came of it."""
        try:
            self.answer = self._ask()
        except ConnectionRefusedError:
            self.answer = self._said("nobody listens there; start the server, or name its address in astral.lm.endpoint")
        except (OSError, http.client.HTTPException, ValueError) as wrong:
            self.answer = self._said(f"the connection failed: {' '.join(str(wrong).split())[:200] or type(wrong).__name__}")
        finally:
            self.done.set()

    def abandon(self) -> None:
        """Cut the connection: a server that notices stops its work."""
        self._abandoned = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _ask(self) -> Reply | NoModel:
        connection = self._connection()
        try:
            connection.connect()
            self._socket = connection.sock
            if not self._address.remote and not _this_machine(self._socket.getpeername()[0]):
                return self._said("this name leads to another machine; nothing was sent")
            if self._abandoned:
                return self.answer
            self._socket.settimeout(self._seconds)
            headers = {"Accept": "application/json", "Content-Type": "application/json", "Connection": "close"}
            connection.request("GET" if self._body is None else "POST", self._path, self._body, headers)
            return self._read(connection.getresponse())
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        patience = min(CONNECT_S, self._seconds)
        if self._address.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._address.host, self._address.port, timeout=patience, context=context)
        return http.client.HTTPConnection(self._address.host, self._address.port, timeout=patience)

    def _read(self, response: http.client.HTTPResponse) -> Reply | NoModel:
        with response:
            data = response.read(LARGEST_ANSWER + 1)
        if len(data) > LARGEST_ANSWER:
            return self._said(f"its answer is longer than {LARGEST_ANSWER >> 20} MiB and was not read")
        if response.length:
            return self._said(f"the connection failed: its answer broke off {response.length} bytes before its end")
        return Reply(response.status, _json(data), response.headers.get("Location"))

    def _said(self, why: str) -> NoModel:
        return NoModel(f"{self._address}: {why}")


def _json(data: bytes) -> Any:
    """The value; None where it is no JSON, or has numbers that are none."""
    try:
        return json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> None:
    raise ValueError(name)


def _this_machine(host: str) -> bool:
    """Whether a name or number is of this machine by its form; where `localhost` really leads is asked again once connected."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
