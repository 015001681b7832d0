"""From a hole's bytes to the tokens that the model fills, and from its tokens back to text that may stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.tokens import Tokens
from astral_runtime.context.vocabulary import EOS, ID
from astral_runtime.holes import Hole

NEWLINE, INDENT, DEDENT = ID["<NEWLINE>"], ID["<INDENT>"], ID["<DEDENT>"]
LAYOUT_TOKENS = (NEWLINE, INDENT, DEDENT)
DEPTHS = {ID[f"<kw>{mark}"]: 1 for mark in "([{"} | {ID[f"<kw>{mark}"]: -1 for mark in ")]}"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The tokens [first, last) of a hole, the kind the model knows it by, and how its text joins what stands around it.

    `head` and `tail` are bytes of the outermost tokens that the hole's span leaves out: a fill has to spell them too.
    `base`: indentation of the hole's line, `unit`: of one block in this file.
    """

    first: int
    last: int
    kind: str
    hole: Hole
    head: str
    tail: str
    base: str
    unit: str


def bounds(tokens: Tokens, hole: Hole) -> Bounds:
    """Where a hole lies among the tokens of its document."""
    data, (start, end) = tokens.lexed.data, hole.span
    first, last = tokens.at(start, end)
    kind = _kind(tokens, first, hole)
    if kind == "block":
        first, last = _statements(tokens, *_in_deepest_block(tokens, first, last, hole))
    head = data[int(tokens.start[first]) : start] if first < last and tokens.start[first] < start else b""
    tail = data[end : int(tokens.end[last - 1])] if first < last and tokens.start[last - 1] < end < tokens.end[last - 1] else b""
    unit = _unit(tokens)
    return Bounds(first, last, kind, hole, _text(head), _text(tail), _base(data, start, tokens, first, unit), unit)


def _kind(tokens: Tokens, first: int, hole: Hole) -> str:
    """A region of whole lines is a run of statements, unless brackets are open around it; a gap is an expression."""
    if hole.kind != "region":
        return "expression" if hole.kind == "implicit" else hole.kind
    return "block" if _whole_lines(tokens.lexed.data, hole) and not bracketed(tokens, first) else "region"


def _whole_lines(data: bytes, hole: Hole) -> bool:
    start, end = hole.span
    begins_line = not data[data.rfind(b"\n", 0, start) + 1 : start].strip()
    return begins_line and (_takes_line_end(data, hole) or not _rest_of_line(data, end))


def bracketed(tokens: Tokens, first: int) -> bool:
    """Whether the logical line has opened more brackets than it has closed in front of a token."""
    return sum(DEPTHS.get(token, 0) for token in tokens.ids[line_of(tokens, first) : first].tolist()) > 0


def line_of(tokens: Tokens, first: int) -> int:
    """Where the logical line that a token belongs to begins."""
    while first > 1 and tokens.ids[first - 1] not in LAYOUT_TOKENS:
        first -= 1
    return first


def _takes_line_end(data: bytes, hole: Hole) -> bool:
    """Whether the fill must end its line itself: the span holds the line's end, or it is what is left of a line that is gone."""
    start, end = hole.span
    if end > start:
        return data[end - 1 : end] == b"\n"
    begins_line = start == 0 or data[start - 1 : start] == b"\n"
    return begins_line and (end == len(data) or bool(_rest_of_line(data, end)))


def _rest_of_line(data: bytes, end: int) -> bytes:
    """What stands between the hole and the end of its line, blanks aside."""
    return data[end:].split(b"\n", 1)[0].strip()


def _statements(tokens: Tokens, first: int, last: int) -> tuple[int, int]:
    """As in training: from behind the INDENT or DEDENT to behind the NEWLINE."""
    while tokens.ids[first] == INDENT or (first < last and tokens.ids[first] == DEDENT):
        first += 1
    last = max(first, last)
    if last < len(tokens) - 1 and tokens.ids[last] == NEWLINE and (first == last or tokens.ids[last - 1] != NEWLINE):
        last += 1
    return first, last


def _in_deepest_block(tokens: Tokens, first: int, last: int, hole: Hole) -> tuple[int, int]:
    """A line that is gone belonged to the block of the line above it, unless a blank line stands between."""
    start, end = hole.span
    if start < end or tokens.lexed.data[:start].endswith((b"\n\n", b"\n\r\n")):
        return first, last
    while first > 1 and tokens.ids[first - 1] == DEDENT and tokens.start[first - 1] == start:
        first -= 1
    return first, first


def _base(data: bytes, start: int, tokens: Tokens, first: int, unit: str) -> str:
    """Whitespace in front of the hole's line; for a hole at the very start of a line, that of the block it stands in."""
    line = data.rfind(b"\n", 0, start) + 1
    before = data[line:start]
    if before:
        return _text(before[: len(before) - len(before.lstrip(b" \t\x0c"))])
    inside = tokens.ids[:first]
    return unit * max(0, int((inside == INDENT).sum() - (inside == DEDENT).sum()))


def _unit(tokens: Tokens) -> str:
    """What the file's first block is indented by; four spaces when it has none."""
    indents = (tokens.ids == INDENT).nonzero()[0]
    if not len(indents):
        return "    "
    text = tokens.lexed.data[int(tokens.start[indents[0]]) : int(tokens.end[indents[0]])]
    return _text(text) if text and not text.strip() else "    "


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def fill_text(ids: Sequence[int], where: Bounds, tokens: Tokens, tokenizer: Tokenizer) -> str | None:
    """Text that replaces the hole's span; None when these tokens cannot stand there (they spell nothing, or not `head` and `tail`)."""
    words = [token for token in ids if token != EOS]
    text = _joined(words, where, tokens, tokenizer) if where.kind == "region" else tokenizer.text(words, where.base, where.unit)
    if where.kind == "block":
        text = _as_lines(text, where, tokens)
    elif where.kind == "region" and _whole_lines(tokens.lexed.data, where.hole):
        text = _as_item(text, where, tokens)
    if not text.strip() or not text.startswith(where.head) or not text.endswith(where.tail):
        return None
    return text[len(where.head) : len(text) - len(where.tail)]


def _joined(words: list[int], where: Bounds, tokens: Tokens, tokenizer: Tokenizer) -> str:
    """Part of a line: spaced as the canonical text of the whole line would be, less the spaces that already stand there."""
    data, (start, end) = tokens.lexed.data, where.hole.span
    line = line_of(tokens, where.first)
    left = tokens.ids[line : where.first].tolist()
    right = [token for token in tokens.ids[where.last : where.last + 1].tolist() if token not in (*LAYOUT_TOKENS, EOS)]
    before, text = (tokenizer.text(part, where.base, where.unit) for part in (left, left + words))
    after = tokenizer.text(left + words + right, where.base, where.unit)
    fill = text[len(before) :] if text.startswith(before) else text.strip()
    if not left or data[max(0, start - 1) : start].isspace():
        fill = fill.lstrip(" ")
    spaced = after.startswith(text) and after[len(text) :].startswith(" ")
    return fill + " " if spaced and not data[end : end + 1].isspace() and not where.tail else fill


def _as_lines(text: str, where: Bounds, tokens: Tokens) -> str:
    """Whole statements: indented where the hole begins its line, on lines of their own behind a colon, ended as the hole was."""
    data, start = tokens.lexed.data, where.hole.span.start
    body = text.rstrip("\n")
    line = data[data.rfind(b"\n", 0, start) + 1 : start]
    if line.strip() and "\n" in body:
        lines = body.replace("\n" + where.base, "\n" + where.base + where.unit)
        body = "\n" + where.base + where.unit + lines
    elif not line:
        body = where.base + body
    return body + "\n" if _takes_line_end(data, where.hole) else body


def _as_item(text: str, where: Bounds, tokens: Tokens) -> str:
    """A line between brackets: indented as what it replaces, where the hole begins its line, and ended as the hole was."""
    data, (start, end) = tokens.lexed.data, where.hole.span
    held = data[start:end].split(b"\n", 1)[0]
    lead = _text(held[: len(held) - len(held.lstrip())]) if data[start - 1 : start] == b"\n" else ""
    return lead + text.strip() + ("\n" if _takes_line_end(data, where.hole) else "")
