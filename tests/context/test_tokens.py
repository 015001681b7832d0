"""Tokens of documents: the trainer's, wherever they are read from."""

from __future__ import annotations

import argparse
import ast
import inspect
import random
import textwrap
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astral_native import Snapshot
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.tokens import Tokens
from astral_runtime.context.vocabulary import ID, MASK

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = ROOT / "models" / "astral_models" / "weights" / "nano" / "tokenizer.json"
SOURCES = sorted((ROOT / "runtime").rglob("*.py")) + [Path(inspect.getsourcefile(module) or "") for module in (argparse, textwrap, ast)]
PIECES = [
    "x",
    "foo_bar",
    " ",
    "\n",
    "\n    ",
    "    ",
    '"',
    "'''",
    "f'{a!r:>{w}}'",
    "f'{",
    "}",
    "=",
    "(",
    ")",
    "#",
    "é",
    "▁",
    "\t",
    "\\",
    "0x1F",
    ":",
    "",
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """The shipped vocabulary."""
    return Tokenizer(VOCABULARY.read_bytes())


def columns_equal(a: Tokens, b: Tokens) -> bool:
    """Whether all columns agree."""
    return all(np.array_equal(getattr(a, field.name), getattr(b, field.name)) for field in fields(Tokens) if field.name != "lexed")


def test_spans_never_go_back_and_lie_in_the_text(tokenizer: Tokenizer) -> None:
    """`at` searches them by bisection."""
    for path in SOURCES:
        data = path.read_bytes()
        tokens = tokenizer.tokens(Snapshot(data.decode()))
        assert (np.diff(tokens.start) >= 0).all()
        assert (np.diff(tokens.end) >= 0).all()
        assert (tokens.start <= tokens.end).all()
        assert tokens.end[-1] == len(data)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_tokens_of_an_edited_text_are_those_of_the_text(data: st.DataObject) -> None:
    """Reading only the changed lines gives what reading everything gives, whatever the edit breaks."""
    tokenizer = shipped()
    text = data.draw(st.sampled_from([path.read_text(encoding="utf-8") for path in SOURCES[:6]]))[:3000]
    before = tokenizer.tokens(Snapshot(text))
    for _ in range(4):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.sampled_from([0, 0, 1, 7, 200])))
        text = text[:start] + "".join(data.draw(st.lists(st.sampled_from(PIECES), max_size=4))) + text[end:]
        before = tokenizer.tokens(Snapshot(text), before)
        assert columns_equal(before, tokenizer.tokens(Snapshot(text)))


def shipped() -> Tokenizer:
    """The shipped vocabulary, for properties that take no fixture."""
    if not hasattr(shipped, "kept"):
        shipped.kept = Tokenizer(VOCABULARY.read_bytes())  # type: ignore[attr-defined]  # kept across examples
    return shipped.kept  # type: ignore[attr-defined,no-any-return]  # as above


AT = [
    ("x = 1\n", "1", ["▁1"]),
    ("x = (a + b)\n", "a + b", ["▁a", "<kw>+", "▁b"]),
    ("def f():\n    return 1\n", "return 1\n", ["<kw>return", "▁1", "<NEWLINE>"]),
    ("if x:\n    y\nz\n", "z", ["▁z"]),
    ("x = f()\n", "", []),
]


@pytest.mark.parametrize(("text", "part", "names"), AT)
def test_a_span_is_the_tokens_it_overlaps(tokenizer: Tokenizer, text: str, part: str, names: list[str]) -> None:
    """Whole tokens inside the span, none of no width at its edges, none for an empty span."""
    tokens = tokenizer.tokens(Snapshot(text))
    start = text.rindex(part)
    first, last = tokens.at(start, start + len(part))
    assert [tokenizer.names[index] for index in tokens.ids[first:last]] == names


@pytest.mark.parametrize("broken", [b"", b"{}", b"[1, 2]", b"\xff\xfe", VOCABULARY.read_bytes().replace(b"<NEWLINE>", b"<NEWLINF>")])
def test_no_other_file_passes_for_the_vocabulary(broken: bytes) -> None:
    """Neither noise nor another fixed part."""
    with pytest.raises(ValueError, match=r"it is no tokenizer|it has another fixed vocabulary"):
        Tokenizer(broken)


def test_masks_and_any_other_tokens_have_text(tokenizer: Tokenizer) -> None:
    """Text of random tokens never fails."""
    chance = random.Random(5)
    for _ in range(200):
        assert isinstance(tokenizer.text([chance.randrange(tokenizer.size) for _ in range(20)], "  ", "\t"), str)
    assert tokenizer.text([ID["<kw>return"], MASK, ID["<kw>+"], *tokenizer.word("x")]) == "return [M] + x"


def test_lines_stand_in_the_indentation_of_their_place(tokenizer: Tokenizer) -> None:
    """The first line as it stands; further ones behind the base, blocks by the file's own unit."""
    ids = tokenizer.tokens(Snapshot("if x:\n    y\nz\n")).ids
    assert tokenizer.text(ids, "\t", "  ") == "if x:\n\t  y\n\tz\n"
