"""Between an editor's line and character and our byte offsets. The native snapshot counts; this clamps and converts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from astral_runtime.holes import Span

if TYPE_CHECKING:
    from astral_native import Encoding, Snapshot

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
MAX_UNIT = 2**31 - 1
"""LSP's largest uinteger."""


def choose_encoding(offered: Sequence[str] | None) -> Encoding:
    """The client's first of utf-8, utf-16 and utf-32; utf-16 for a client that offers none of them."""
    for name in offered or ():
        for encoding in ENCODINGS:
            if name == encoding:
                return encoding
    return "utf-16"


def clamp(unit: int) -> int:
    """A line or character number that fits LSP's uinteger."""
    return min(max(unit, 0), MAX_UNIT)


def to_offset(native: Snapshot, position: types.Position, encoding: Encoding) -> int:
    """Byte offset of a position; past the end of a line means its end, past the last line the end of the text."""
    return native.offset(clamp(position.line), clamp(position.character), encoding)


def to_span(native: Snapshot, range: types.Range, encoding: Encoding) -> Span:
    """Byte span of a range. A reversed range is the same range."""
    first, last = to_offset(native, range.start, encoding), to_offset(native, range.end, encoding)
    return Span(min(first, last), max(first, last))


def to_position(native: Snapshot, offset: int, encoding: Encoding) -> types.Position:
    """Position of a byte offset."""
    line, character = native.position(offset, encoding)
    return types.Position(line, character)


def to_range(native: Snapshot, span: Span, encoding: Encoding) -> types.Range:
    """Range of a byte span."""
    return types.Range(to_position(native, span.start, encoding), to_position(native, span.end, encoding))


def on_one_line(native: Snapshot, span: Span) -> bool:
    """Whether a span begins and ends on the same line, as LSP wants of what a completion replaces."""
    return native.position(span.start, "utf-8")[0] == native.position(span.end, "utf-8")[0]
