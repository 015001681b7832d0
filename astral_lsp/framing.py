"""LSP's base protocol as a parser that survives any bytes and finds its way back to the next message.

It resynchronises on one fact: a raw line break cannot stand inside a JSON string. So `Content-Length: N` followed by a
line break, seen inside a body, proves that the body's declared length was wrong and that a new message begins there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BODY_BYTES = 256 * 1024 * 1024
"""A larger declared length is taken for damage, not for a message."""

MAX_HEADER_BYTES = 8192

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*(.*?)[ \t]*")
_START = re.compile(rb"content-length[ \t]*:[ \t]*[0-9]{1,18}[ \t]*\r?\n", re.IGNORECASE)
_CUT_START = re.compile(
    rb"(?:" + b"|".join(b"content-length"[:n] for n in range(1, 14)) + rb"|content-length[ \t]*(?::[ \t]*[0-9]{0,18}[ \t]*\r?)?)\Z",
    re.IGNORECASE,
)
"""A header cut off by the end of a body. No JSON ends like that: the body's declared length was a little too large."""

_START_BYTES = 64
"""No match of _START that matters is longer: what is kept of a damaged buffer, in case a header is arriving."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole message body, still bytes."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are no message; they were skipped."""

    why: str


class FrameParser:
    """Feed it what arrives; it gives every whole message and names what it had to skip. Memory is bounded by what arrived."""

    __slots__ = ("_buffer", "_expected", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._expected: int | None = None
        self._scanned = 0

    def feed(self, data: bytes) -> Iterator[Frame | Malformed]:
        """Everything that `data` completes, in order."""
        self._buffer += data
        while True:
            step = self._header() if self._expected is None else self._body(self._expected)
            if step is None:
                return
            if not isinstance(step, _Nothing):
                yield step

    def _header(self) -> Frame | Malformed | _Nothing | None:
        """Consume one header block. None when more bytes are needed."""
        end = _HEADER_END.search(self._buffer, max(0, self._scanned - 3))
        if end is None:
            self._scanned = len(self._buffer)
            return self._resync("header too long") if self._scanned > MAX_HEADER_BYTES else None
        length = _content_length(bytes(self._buffer[: end.start()]))
        if isinstance(length, Malformed):
            return self._resync(length.why, until=end.end())
        self._drop(end.end())
        self._expected = length
        return _NOTHING

    def _body(self, expected: int) -> Frame | Malformed | None:
        """Consume one body of `expected` bytes. None when more bytes are needed."""
        have = min(expected, len(self._buffer))
        misframed = self._start_within(max(0, self._scanned - _START_BYTES), have)
        if misframed is not None:
            self._drop(misframed)
            return Malformed("body shorter than its Content-Length")
        self._scanned = have
        if have < expected:
            return None
        cut = _CUT_START.search(self._buffer, max(0, expected - _START_BYTES), expected)
        if cut is not None:
            self._drop(cut.start())
            return Malformed("body shorter than its Content-Length")
        body = bytes(self._buffer[:expected])
        self._drop(expected)
        return Frame(body)

    def _start_within(self, start: int, end: int) -> int | None:
        """Where a header begins in the buffer's [start, end). The cheap search for a line break comes first: JSON rarely has one."""
        if self._buffer.find(b"\n", start, end) < 0:
            return None
        match = _START.search(self._buffer, start, end)
        return match.start() if match else None

    def _resync(self, why: str, until: int | None = None) -> Malformed:
        """Skip to the next header that begins after the first byte, else skip `until` (None: all that cannot begin one)."""
        limit = len(self._buffer) if until is None else until
        match = _START.search(self._buffer, 1, limit)
        if match is not None:
            self._drop(match.start())
        else:
            self._drop(limit if until is not None else max(0, limit - _START_BYTES))
        return Malformed(why)

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._scanned = 0
        self._expected = None


class _Nothing:
    """A step that consumed bytes and has nothing to say."""

    __slots__ = ()


_NOTHING = _Nothing()


def _content_length(block: bytes) -> int | Malformed:
    """The declared body length of a header block. Field names are case-insensitive; line breaks may be bare."""
    length: int | None = None
    for line in block.splitlines():
        field = _FIELD.fullmatch(line)
        if field is None:
            return Malformed("header line without a field name")
        if field[1].lower() != b"content-length":
            continue
        if length is not None:
            return Malformed("two Content-Length fields")
        if not re.fullmatch(rb"[0-9]{1,18}", field[2]):
            return Malformed("Content-Length is not a length")
        length = int(field[2])
    if length is None:
        return Malformed("header without Content-Length")
    if length > MAX_BODY_BYTES:
        return Malformed("Content-Length beyond the limit")
    return length


def frame(body: bytes) -> bytes:
    """`body` with its header, ready to be written."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
