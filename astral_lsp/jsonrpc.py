"""JSON-RPC 2.0 as values: bytes in, exactly one kind of message out. Parsing never raises; rejection is data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lsprotocol.types import ErrorCodes

MessageId = int | str
Params = dict[str, Any] | list[Any] | None


@dataclass(frozen=True, slots=True)
class Request:
    """A call that wants exactly one answer."""

    id: MessageId
    method: str
    params: Params


@dataclass(frozen=True, slots=True)
class Notification:
    """A call that wants no answer."""

    method: str
    params: Params


@dataclass(frozen=True, slots=True)
class Response:
    """The client's answer to a request of ours; never answered. `error` is None on success, `id` when it names none."""

    id: MessageId | None
    result: Any
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Not a message. The answer goes to `id`, or to null when the id is unknown too."""

    id: MessageId | None
    code: int
    why: str


class RequestError(Exception):
    """A request that is answered with an error. `code` is one of LSP's; `message` is for people, `data` for the client."""

    def __init__(self, code: int, message: str, data: dict[str, Any] | None = None) -> None:
        self.code = code
        self.message = message
        self.data = data
        super().__init__(message)


def decode(body: bytes) -> Request | Notification | Response | Rejected:
    """What `body` says."""
    try:
        data = json.loads(body)
    except RecursionError:
        return Rejected(None, ErrorCodes.ParseError.value, "nested too deeply")
    except ValueError as error:  # also bad UTF-8 and integers of thousands of digits
        return Rejected(None, ErrorCodes.ParseError.value, f"not JSON: {type(error).__name__}")
    if not isinstance(data, dict):
        return _invalid(None, "a message is one JSON object")
    return _classify(data)


def _classify(data: dict[str, Any]) -> Request | Notification | Response | Rejected:
    id = data.get("id")
    known = id if isinstance(id, (int, str)) and not isinstance(id, bool) else None
    if data.get("jsonrpc") != "2.0":
        return _invalid(known, "jsonrpc is not 2.0")
    method, params = data.get("method"), data.get("params")
    if method is None and ("result" in data or "error" in data):
        error = data.get("error")
        return Response(known, data.get("result"), error if isinstance(error, dict) else None)
    if "id" in data and known is None:
        return _invalid(None, "an id is an integer or a string")
    if not isinstance(method, str):
        return _invalid(known, "a method is a string")
    if params is not None and not isinstance(params, (dict, list)):
        return _invalid(known, "params are an object or an array")
    return Notification(method, params) if known is None else Request(known, method, params)


def _invalid(id: MessageId | None, why: str) -> Rejected:
    return Rejected(id, ErrorCodes.InvalidRequest.value, why)
