"""Lexemes → text with canonical spacing, in the indentation of the place where it will stand.

The layout is chosen so that any valid token stream comes back as code with the same syntax tree: one logical line per line
(a comment inside brackets breaks it), PEP 8 spacing of operators.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from astral_runtime.context.pieces import Piece, pieces
from astral_runtime.context.vocabulary import EOS, PAD


def detokenise(ids: Iterable[int], names: Sequence[str], base: str = "", unit: str = "    ", level: int = 0) -> str:
    """Text of a token sequence, its first line not indented; see `layout` for the others."""
    return layout(pieces((token for token in ids if token not in (PAD, EOS)), names), base, unit, level)


@dataclass(slots=True)
class _Layout:
    """The line that is being laid out."""

    level: int
    base: str = ""
    unit: str = "    "
    out: list[str] = field(default_factory=list)
    brackets: list[str] = field(default_factory=list)
    fields: list[int] = field(default_factory=list)
    annotated: list[bool] = field(default_factory=list)
    previous: Piece | None = None
    unary: bool = False
    fresh: bool = False


OPERANDS = frozenset({"word", "string", "fend", "raw", "special"})
SINGLETONS = frozenset({"None", "True", "False"})
CLOSERS = frozenset({")", "]", "}"})
PREFIX_OPERATORS = frozenset({"-", "+", "~", "*", "**", "@"})
TIGHT_BEFORE = frozenset({",", ":", ";", ")", "]", "}", "!"})


def layout(lexemes: Iterable[Piece], base: str = "", unit: str = "    ", level: int = 0) -> str:
    """Canonical text of lexemes: every line but the first begins with `base` and one `unit` per open block, counted from `level`."""
    state = _Layout(level, base, unit)
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
        state.out.append(state.base + state.unit * (state.level + bool(state.brackets)))
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
