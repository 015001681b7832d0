"""Tokens → text with canonical spacing. `pieces` gives back the lexemes, `detokenise` lays them out.

The layout is chosen so that any valid token stream comes back as code with the same syntax tree: one logical line per line
(a comment inside brackets breaks it), four spaces a level, PEP 8 spacing of operators.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from astral_models.tokenizer.vocabulary import BYTES, COMMENT, COMMENT_END, EOS, ID, MARK, PAD, RAW, RAW_END

PieceKind = Literal[
    "word", "op", "keyword", "string", "fstart", "fmiddle", "fend", "comment", "raw", "newline", "indent", "dedent", "special"
]
LAYOUT: dict[str, PieceKind] = {"<NEWLINE>": "newline", "<INDENT>": "indent", "<DEDENT>": "dedent"}
BYTE_VALUES = {name: value for value, name in enumerate(BYTES)}
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Piece:
    """One lexeme of decoded text. For an f-string, its start, literal parts and end are pieces of their own."""

    kind: PieceKind
    text: str


def pieces(ids: Iterable[int], names: Sequence[str]) -> list[Piece]:
    """Lexemes that the tokens spell. Unfinished literals are closed as far as they go; subwords that continue nothing start a word."""
    reader = _Reader()
    for token in ids:
        reader.take(int(token), names[int(token)])
    return reader.finish()


def detokenise(ids: Iterable[int], names: Sequence[str], level: int = 0) -> str:
    """Text of a token sequence, its first line not indented, `level` blocks deep."""
    return layout(pieces((token for token in ids if token not in (PAD, EOS)), names), level)


class _Reader:
    """Puts subwords together: words in code, bytes and pieces in text. `frames` says where in nested f-strings it stands."""

    def __init__(self) -> None:
        self.out: list[Piece] = []
        self.word = bytearray()
        self.text = bytearray()
        self.opened: str | None = None
        self.frames: list[_Frame] = []

    def take(self, token: int, name: str) -> None:
        if self.opened is not None:
            self._in_text(name)
        elif self.frames and self.frames[-1].kind != "field" and not self._leaves(name):
            self.text += _spelled(name)
        else:
            self._in_code(token, name)

    def finish(self) -> list[Piece]:
        self._flush()
        if self.opened is not None:
            self._close_text(_closing(self.opened))
        return self.out

    def _leaves(self, name: str) -> bool:
        """Whether a token in literal text of an f-string is no text: a field begins, a specification or the string ends."""
        frame = self.frames[-1]
        return name == "<kw>{" or (name == "<kw>}" and frame.kind == "spec") or name == f"<close>{frame.quote}"

    def _in_text(self, name: str) -> None:
        closes = name.startswith("<close>") or name in (COMMENT_END, RAW_END)
        if closes and (self.opened == RAW or _closing(self.opened or "") == name):
            self._close_text(name)
        else:
            self.text += _spelled(name)

    def _close_text(self, name: str) -> None:
        text = self.text.decode("utf-8", "replace")
        opened = self.opened or ""
        if opened == COMMENT:
            self.out.append(Piece("comment", "#" + text))
        elif opened == RAW:
            self.out.append(Piece("raw", text))
        else:
            self.out.append(Piece("string", opened.removeprefix("<open>") + text + name.removeprefix("<close>")))
        self.opened, self.text = None, bytearray()

    def _in_code(self, token: int, name: str) -> None:
        if name.startswith(MARK):
            self._flush()
            self.word += name[1:].encode()
        elif token >= len(ID) or name in BYTE_VALUES:
            self.word += _spelled(name)
        else:
            self._flush()
            self._fixed(name)

    def _flush(self) -> None:
        if self.text and self.opened is None:
            self.out.append(Piece("fmiddle", self.text.decode("utf-8", "replace")))
            self.text = bytearray()
        if self.word:
            self.out.append(Piece("word", self.word.decode("utf-8", "replace")))
            self.word = bytearray()

    def _fixed(self, name: str) -> None:
        if name in LAYOUT:
            self.out.append(Piece(LAYOUT[name], ""))
        elif name in (COMMENT, RAW):
            self.opened = name
        elif name.startswith("<open>"):
            self._open(name)
        elif name.startswith("<close>"):
            self._close_fstring(name.removeprefix("<close>"))
        elif name.startswith("<kw>"):
            word = name.removeprefix("<kw>")
            self.out.append(Piece("keyword" if keyword.iskeyword(word) else "op", word))
            self._nest(word)
        elif name.startswith("["):
            self.out.append(Piece("special", name))

    def _open(self, name: str) -> None:
        opening = name.removeprefix("<open>")
        if "f" not in opening:
            self.opened = name
            return
        self.out.append(Piece("fstart", opening))
        self.frames.append(_Frame("literal", opening.lstrip("rf")))

    def _close_fstring(self, quote: str) -> None:
        depth = next(
            (i for i in reversed(range(len(self.frames))) if self.frames[i].kind == "literal" and self.frames[i].quote == quote), None
        )
        if depth is not None:
            del self.frames[depth:]
            self.out.append(Piece("fend", quote))

    def _nest(self, word: str) -> None:
        if not self.frames:
            return
        frame = self.frames[-1]
        if frame.kind != "field":
            if word == "{":
                self.frames.append(_Frame("field", frame.quote))
            else:
                del self.frames[-2:]  # the specification and its field
        elif word in ("(", "[", "{"):
            frame.brackets += 1
        elif word in (")", "]", "}") and frame.brackets:
            frame.brackets -= 1
        elif word == "}":
            self.frames.pop()
        elif word == ":" and not frame.brackets:
            self.frames.append(_Frame("spec", frame.quote))


@dataclass(slots=True)
class _Frame:
    """Literal text of an f-string, a replacement field in it, or the field's format specification."""

    kind: Literal["literal", "field", "spec"]
    quote: str
    brackets: int = 0


def _closing(opened: str) -> str:
    if opened == COMMENT:
        return COMMENT_END
    return RAW_END if opened == RAW else "<close>" + opened.removeprefix("<open>").lstrip("rbuf")


def _spelled(name: str) -> bytes:
    """The text that a token stands for inside a literal; fixed tokens other than bytes stand for none."""
    value = BYTE_VALUES.get(name)
    if value is not None:
        return bytes([value])
    return b"" if name in ID else name.replace(MARK, " ").encode("utf-8")


@dataclass(slots=True)
class _Layout:
    """The line that is being laid out."""

    level: int
    out: list[str] = field(default_factory=list)
    brackets: list[str] = field(default_factory=list)
    fields: list[int] = field(default_factory=list)
    annotated: list[bool] = field(default_factory=list)
    previous: Piece | None = None
    unary: bool = False
    fresh: bool = False


OPERANDS = frozenset({"word", "string", "fend", "raw"})
SINGLETONS = frozenset({"None", "True", "False"})
CLOSERS = frozenset({")", "]", "}"})
PREFIX_OPERATORS = frozenset({"-", "+", "~", "*", "**", "@"})
TIGHT_BEFORE = frozenset({",", ":", ";", ")", "]", "}", "!"})


def layout(lexemes: Sequence[Piece], level: int = 0) -> str:
    """Canonical text of lexemes: what `detokenise` returns."""
    state = _Layout(level)
    for piece in lexemes:
        if piece.kind == "newline":
            if not state.fresh:
                state.out.append("\n")
            _start_line(state)
        elif piece.kind in ("indent", "dedent"):
            state.level = max(0, state.level + (1 if piece.kind == "indent" else -1))
        else:
            _put(state, piece)
    return "".join(state.out)


def _start_line(state: _Layout) -> None:
    state.fresh, state.previous, state.unary = True, None, False
    state.brackets.clear()
    state.fields.clear()
    state.annotated.clear()


def _put(state: _Layout, piece: Piece) -> None:
    if state.fresh and state.out:
        state.out.append(INDENT * (state.level + bool(state.brackets)))
    elif _spaced(state, piece):
        state.out.append("  " if piece.kind == "comment" else " ")
    state.fresh = False
    state.out.append(piece.text)
    _remember(state, piece)
    if piece.kind == "comment":
        state.out.append("\n")
        state.fresh = True


def _remember(state: _Layout, piece: Piece) -> None:
    state.unary = piece.kind == "op" and piece.text in PREFIX_OPERATORS and not _ends_operand(state.previous)
    if piece.kind == "fstart":
        state.fields.append(len(state.brackets))
    elif piece.kind == "fend" and state.fields:
        state.fields.pop()
    elif piece.kind == "op" and piece.text in ("(", "[", "{"):
        state.brackets.append(piece.text)
        state.annotated.append(False)
    elif piece.kind == "op" and piece.text in CLOSERS and state.brackets:
        state.brackets.pop()
        state.annotated.pop()
    elif piece.kind == "op" and piece.text in (":", ",") and state.annotated:
        state.annotated[-1] = piece.text == ":"
    state.previous = piece


def _ends_operand(piece: Piece | None) -> bool:
    if piece is None:
        return False
    return piece.kind in OPERANDS or piece.text in CLOSERS or piece.text in SINGLETONS or piece.text == "..."


def _spaced(state: _Layout, piece: Piece) -> bool:
    previous = state.previous
    if previous is None or piece.kind in ("fmiddle", "fend") or previous.kind in ("fstart", "fmiddle"):
        return False
    if state.fields and piece.text == "{" and (previous.text == "}" or len(state.brackets) == state.fields[-1]):
        return False
    if state.fields and len(state.brackets) == state.fields[-1] + 1 and _field_edge(previous, piece):
        return previous.text == piece.text == "{"
    if piece.kind == "comment":
        return True
    if piece.kind == "op":
        return _before_operator(state, previous, piece.text)
    return _after(state, previous) or (piece.kind == "keyword" and previous.text == ".")


def _field_edge(previous: Piece, piece: Piece) -> bool:
    """Whether a replacement field of an f-string begins, ends, or turns into its specification between the two."""
    if previous.kind != "op" and piece.kind != "op":
        return False
    return (previous.kind == "op" and previous.text in ("{", "!", ":")) or (piece.kind == "op" and piece.text in ("!", ":"))


def _before_operator(state: _Layout, previous: Piece, text: str) -> bool:
    if text in TIGHT_BEFORE:
        return False
    if text in ("(", "["):
        return not (_ends_operand(previous) and previous.text not in SINGLETONS) and _after(state, previous)
    if text == ".":
        return _before_dot(previous)
    if text == "=" and state.brackets and state.brackets[-1] == "(" and not state.annotated[-1]:
        return False
    return _after(state, previous)


def _before_dot(previous: Piece) -> bool:
    number = previous.kind == "word" and previous.text[:1].isdigit()
    return number or (previous.kind == "keyword" and previous.text not in SINGLETONS)


def _after(state: _Layout, previous: Piece) -> bool:
    if previous.kind != "op":
        return True
    text = previous.text
    if text in ("(", "[", "{", ".") or state.unary:
        return False
    if text == ":":
        return not (state.brackets and state.brackets[-1] == "[")
    return not (text == "=" and state.brackets and state.brackets[-1] == "(" and not state.annotated[-1])
