"""Documents with their holes masked: the same lines, each hole a call `__hole__(n)` that mypy takes for Any (§2.3, □).

The masked text keeps every line break, so that lines agree with the document's. `n` counts the holes that start on one
line; line and `n` together find a hole again in mypy's tree.
"""

from __future__ import annotations

import ast
import bisect
import itertools
import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from astral_runtime.holes import Span

CALL = "__hole__"
TYPE = "__Hole__"
BOM = "\ufeff"

Form = Literal["expression", "block", "statement", "type"]
"""How a hole is masked: `__hole__(n)`, `return __hole__(n)`, `__hole__(n)` on its own line, or the alias `__Hole__`."""

_GOING_ON = (b"(", b"[", b"{", b",")
"""What no statement stands behind."""

_HEADER = re.compile(r"(if|elif|while|except)\b.*?(\s+as\s+\w+)?\s*:", re.DOTALL)
"""What opens a block and may have Any for its only expression."""

_BREAKS = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """One masked hole. `span` is in the document; the rest is in the masked text: the call itself from `start` to `end`, at
    the 1-based `line`, and from `first` to `last` all that stands for the span."""

    span: Span
    form: Form
    start: int
    end: int
    first: int
    last: int
    line: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked document. Offsets are UTF-8 bytes; `pieces` are in document order."""

    text: str
    pieces: tuple[Piece, ...]
    dropped: int
    originals: tuple[str, ...] = ()

    @property
    def holes(self) -> Iterator[Piece]:
        """The pieces that mypy meets: all but those that were left out."""
        return (piece for piece in self.pieces if piece.end > piece.start)

    def original(self, piece: Piece) -> str:
        """The document's own text of a hole."""
        return self.originals[self.pieces.index(piece)]

    def piece_at(self, span: Span) -> Piece | None:
        """The hole that covers a document span."""
        return next((each for each in self.pieces if each.span.start <= span.start and span.end <= each.span.end), None)

    def to_document(self, offset: int) -> int:
        """The document offset of a masked one; inside a piece, the start of its hole."""
        shift = self.dropped
        for piece in self.pieces:
            if offset < piece.first:
                break
            if offset < piece.last:
                return piece.span.start
            shift = piece.span.end - piece.last
        return offset + shift

    def to_masked(self, offset: int) -> int:
        """The masked offset of a document one; inside a hole, the start of its piece."""
        shift = -self.dropped
        for piece in self.pieces:
            if offset < piece.span.start:
                break
            if offset < piece.span.end:
                return piece.start
            shift = piece.last - piece.span.end
        return max(0, offset + shift)


@dataclass(frozen=True, slots=True)
class Mask:
    """A request to mask one span. `kind` is a hole's kind, or "line" for a line that does not parse, or
    "nothing" for one that is to be left out."""

    span: Span
    kind: str


def mask(text: str, masks: Iterable[Mask]) -> Masked:
    """Mask spans of a document; of nested ones only the outermost counts."""
    data = text.encode()
    dropped = len(BOM.encode()) if text.startswith(BOM) else 0
    out: list[bytes] = []
    pieces: list[Piece] = []
    position, length, line, ordinal = dropped, 0, 1, 0
    for request in outermost(masks):
        start, end = max(request.span.start, position), max(request.span.end, position)
        kept = data[position:start]
        breaks = _breaks(kept.decode())
        line, ordinal = (line + breaks, 1) if breaks else (line, ordinal + 1)
        form, text_in_place = _replacement(data, start, end, request.kind, ordinal)
        lead = max(0, text_in_place.find(next((word for word in ("return", CALL, TYPE) if word in text_in_place), "")))
        filler = text_in_place.encode()
        out += (kept, filler)
        length += len(kept)
        whole = (length, length + len(filler))
        at = line + _breaks(text_in_place[:lead])
        pieces.append(Piece(Span(start, end), form, length + lead, length + len(filler.rstrip()), *whole, at, ordinal))
        length += len(filler)
        line += _breaks(text_in_place)
        position = end
    out.append(data[position:])
    originals = tuple(data[piece.span.start : piece.span.end].decode() for piece in pieces)
    return Masked(b"".join(out).decode(), tuple(pieces), dropped, originals)


def outermost(masks: Iterable[Mask]) -> list[Mask]:
    """Masks in order of their start, without those that lie in another."""
    found: list[Mask] = []
    for request in sorted(masks, key=lambda each: (each.span.start, -each.span.end)):
        if found and request.span != found[-1].span and request.span.end <= found[-1].span.end and request.span.start < found[-1].span.end:
            continue
        if not found or request.span != found[-1].span:
            found.append(request)
    return found


def _breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _replacement(data: bytes, start: int, end: int, kind: str, ordinal: int) -> tuple[Form, str]:
    original = data[start:end].decode()
    breaks = "".join(_BREAKS.findall(original))
    if kind == "type":
        return "type", f"({TYPE}{breaks})" if breaks else TYPE
    if kind == "nothing":
        return "statement", breaks
    if kind == "block" and not _goes_on(data, start, end):
        return "block", f"return {CALL}({ordinal}{breaks})"
    if kind == "region":
        return _region(original, "expression" if data[:start].rstrip()[-1:] in _GOING_ON else region_form(original), ordinal)
    if kind == "line":
        indent = original[: len(original) - len(original.lstrip(" \t"))]
        return "statement", indent + (f"if {CALL}({ordinal}):" if _opens_block(data, end, indent) else f"{CALL}({ordinal})") + breaks
    glue = " " if start > 0 and _sticks(data[start - 1 : start]) else ""
    tail = " " if _sticks(data[end : end + 1]) else ""
    return "expression", f"{glue}{CALL}({ordinal}{breaks}){tail}"


def _goes_on(data: bytes, start: int, end: int) -> bool:
    """Whether more code of the same suite follows."""
    before = data[:start].rpartition(b"\n")[2]
    rest, _, below = data[end:].partition(b"\n")
    if rest.split(b"#")[0].strip():
        return True
    following = next((line for line in below.splitlines() if line.strip() and not line.lstrip().startswith(b"#")), b"")
    alone = not before.strip()
    return alone and bool(following) and len(following) - len(following.lstrip()) >= len(before)


def _opens_block(data: bytes, end: int, indent: str) -> bool:
    """Whether the code below a line is indented deeper than it."""
    below = next((line for line in data[end:].decode().splitlines() if line.strip()), "")
    return len(below) - len(below.lstrip()) > len(indent)


def _sticks(neighbour: bytes) -> bool:
    return neighbour.isalnum() or neighbour == b"_" or neighbour >= b"\x80"


def _region(original: str, form: Form, ordinal: int) -> tuple[Form, str]:
    """Keeps the whitespace around the code, so that indentation and the lines below stay as they are."""
    core = original.strip()
    lead = original[: len(original) - len(original.lstrip())]
    tail = original[len(original.rstrip()) :] if core else ""
    breaks = "".join(_BREAKS.findall(core))
    header = _HEADER.fullmatch(core)
    if header is not None:  # the code below belongs to it
        return "statement", f"{lead}{header[1]} {CALL}({ordinal}{breaks}){header[2] or ''}:{tail}"
    head, comma = _joint(core) if form == "expression" else ("", "")
    return form, f"{lead}{head}{CALL}({ordinal}{breaks}){comma}{tail}"


def _joint(core: str) -> tuple[str, str]:
    """What a selected part of an argument list, a display or a condition needs in front of the mask and behind it, to join the others."""
    comma = "," if core.endswith(",") else ""
    if _parses(f"(\n{core}\n)", "eval"):
        return "", comma
    if _parses(f"_(\n{core}\n)", "eval") or _parses(f"{{\n{core}\n}}", "eval"):
        return "**", comma  # keyword arguments, items of a dict
    word = core.partition(" ")[0]
    return (f"{word} ", "") if word in ("and", "or") and _parses(f"(_ {core}\n)", "eval") else ("", "")


def region_form(original: str) -> Form:
    """Whether a selected text is an expression or statements; expression when it is neither."""
    core = original.strip()
    if _parses(f"(\n{core}\n)", "eval"):
        return "expression"
    return "statement" if core and _parses(aligned(original), "exec") else "expression"


def aligned(original: str) -> str:
    """Selected statements without their common indentation. The first line may have been selected from its first code
    character on; then it is taken to be as deep as the shallowest of the others."""
    lines = original.splitlines(keepends=True)
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    shifted = [" " * min(indents, default=0) + line for line in lines[:1]]
    readings = (textwrap.dedent("".join(each)) for each in (lines, [*shifted, *lines[1:]]))
    return next((each for each in readings if _parses(each, "exec")), original)


def _parses(source: str, mode: Literal["eval", "exec"]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(f"def _():\n{textwrap.indent(source, ' ')}" if mode == "exec" else source, mode=mode)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


class Lines:
    """Where lines start, in UTF-8 bytes. Line numbers are 1-based, columns 0-based bytes, both as mypy counts them."""

    __slots__ = ("data", "lines", "starts")

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self.lines = self.data.splitlines(keepends=True)
        if not self.lines or self.data.endswith((b"\n", b"\r")):
            self.lines.append(b"")
        self.starts = [0, *itertools.accumulate(map(len, self.lines))]
        self.starts.pop()

    def offset(self, line: int, column: int) -> int:
        """Clamped to the line."""
        line = min(max(line, 1), len(self.starts))
        return min(self.starts[line - 1] + max(column, 0), self.end(line))

    def line(self, offset: int) -> int:
        """The line that holds an offset."""
        return bisect.bisect_right(self.starts, offset)

    def end(self, line: int) -> int:
        """Offset of a line's end, its break left out."""
        return self.starts[line - 1] + len(self.lines[line - 1].rstrip(b"\r\n"))

    def indent(self, line: int) -> int:
        """Bytes of white space that a line starts with."""
        text = self.lines[line - 1].rstrip(b"\r\n")
        return len(text) - len(text.lstrip())

    def slice(self, first: int, last: int) -> str:
        """Text of the lines first…last, without the last break."""
        return self.data[self.starts[first - 1] : self.end(last)].decode()
