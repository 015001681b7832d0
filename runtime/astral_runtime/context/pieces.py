"""Tokens → lexemes: subwords put together to words, bytes and text pieces to literals. It never fails on any token sequence."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from astral_runtime.context.vocabulary import BYTES, COMMENT, COMMENT_END, ID, MARK, RAW, RAW_END

PieceKind = Literal[
    "word", "op", "keyword", "string", "fstart", "fmiddle", "fend", "comment", "raw", "newline", "indent", "dedent", "special"
]
LAYOUT: dict[str, PieceKind] = {"<NEWLINE>": "newline", "<INDENT>": "indent", "<DEDENT>": "dedent"}
BYTE_VALUES = {name: value for value, name in enumerate(BYTES)}


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
