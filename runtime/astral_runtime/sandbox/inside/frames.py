"""What travels between the server and its worker: JSON in frames, each led by its length (4 bytes, big-endian)."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

_LENGTH = struct.Struct(">I")

LARGEST = 64 * 1024 * 1024
"""A longer frame is taken for noise."""

STALE = 3
"""Exit status of a worker whose warm modules changed on disk: the server starts another."""

Message = dict[str, Any]


class Garbled(Exception):
    """The other side wrote something that is no frame."""


def encode(message: Message) -> bytes:
    """One frame. Text stays ASCII: lone surrogates of a workspace's strings survive as escapes."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    return _LENGTH.pack(len(body)) + body


def read(handle: int) -> Message | None:
    """The next message of a file descriptor; None at its end. Raises Garbled."""
    head = _exactly(handle, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LARGEST:
        raise Garbled(f"a frame of {length} bytes")
    body = _exactly(handle, length)
    return None if body is None else decode(body)


def decode(body: bytes) -> Message:
    """The message of a frame's body. Raises Garbled."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Garbled(str(error)) from error
    if not isinstance(message, dict):
        raise Garbled("a message that is no object")
    return message


def write(handle: int, message: Message) -> None:
    """Write one frame, whole. Raises OSError."""
    data = memoryview(encode(message))
    while data:
        data = data[os.write(handle, data) :]


def _exactly(handle: int, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        part = os.read(handle, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
