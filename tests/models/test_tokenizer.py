"""Tokens never cross a lexeme, cover the text, and come back as the same program."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_models.corpus.clean import parsed
from astral_models.paths import WEIGHTS
from astral_models.tokenizer import encode, load_tokenizer
from astral_native import LEXEME_KINDS, Snapshot
from astral_runtime.context.layout import detokenise
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import FIXED, ID

MODULES = ("abc", "bisect", "calendar", "csv", "dataclasses", "fractions", "heapq", "inspect", "shutil", "statistics", "textwrap", "typing")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """The shipped vocabulary."""
    return load_tokenizer(WEIGHTS / "nano" / "tokenizer.json")


def source(module: str) -> str:
    """Text of a module of the standard library."""
    return (Path(sysconfig.get_path("stdlib")) / f"{module}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", MODULES)
def test_detokenised_code_has_the_same_tree(tokenizer: Tokenizer, module: str) -> None:
    """detokenise(tokenise(code)) is AST-equal on real files."""
    text = source(module)
    again = detokenise(encode(tokenizer, text).ids.tolist(), tokenizer.names)
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(again))


@pytest.mark.parametrize(
    ("code", "canonical"),
    [
        ("x=1", "x = 1\n"),
        ("f( a , b = 1 )", "f(a, b=1)\n"),
        ("def f(a:int=1)->int: return - a", "def f(a: int = 1) -> int: return -a\n"),
        ("x [1 :- 1]", "x[1:-1]\n"),
        ("x = [ * a, * b ]", "x = [*a, *b]\n"),
        ("from . import a", "from . import a\n"),
        ("from ..b import a", "from ..b import a\n"),
        ("1 .real", "1 .real\n"),
        ("if not(a):\n  b\n  c", "if not (a):\n    b\n    c\n"),
        ("f'{a!r:>{w}} {{b}}'", "f'{a!r:>{w}} {{b}}'\n"),
        ("f'{x: .{p:d}f}{y}'", "f'{x: .{p:d}f}{y}'\n"),
        ("f'{ {1: 2}[1] }'", "f'{ {1: 2}[1]}'\n"),
        ("f'{ a = }'", "f'{ a = }'\n"),
        ("R'\\d' Rb'' U'é'", "r'\\d' rb'' u'é'\n"),
        ("a = (1, # one\n 2)", "a = (1,  # one\n    2)\n"),
        ("@ d\nclass A : pass", "@d\nclass A: pass\n"),
        ("x = '▁ a'", "x = '▁ a'\n"),
        ("lambda * a , ** k : a @ k", "lambda *a, **k: a @ k\n"),
    ],
)
def test_canonical_spacing(tokenizer: Tokenizer, code: str, canonical: str) -> None:
    """Spacing comes from the detokeniser: PEP 8 where it matters to the eye, always where it matters to the parser."""
    assert detokenise(encode(tokenizer, code).ids.tolist(), tokenizer.names) == canonical


@pytest.mark.parametrize("module", MODULES[:4])
def test_tokens_stay_inside_their_lexemes(tokenizer: Tokenizer, module: str) -> None:
    """Every token lies in the byte span of its lexeme, tokens follow each other, and keywords and operators are one token each."""
    text = source(module)
    encoding, lexemes = encode(tokenizer, text), Snapshot(text).lexemes()
    starts, ends = np.frombuffer(lexemes.starts(), np.uint32), np.frombuffer(lexemes.ends(), np.uint32)
    assert (encoding.start >= starts[encoding.lexeme]).all()
    assert (encoding.end <= ends[encoding.lexeme]).all()
    assert (np.diff(encoding.start) >= 0).all()
    words = [i for i, kind in enumerate(lexemes.kinds()) if kind >= LEXEME_KINDS.index("False")]
    assert (np.bincount(encoding.lexeme, minlength=len(starts))[words] == 1).all()


@given(st.text(max_size=200))
def test_any_text_is_encodable(tokenizer: Tokenizer, text: str) -> None:
    """No text fails to encode or to decode; every id is in the vocabulary."""
    encoding = encode(tokenizer, text)
    assert all(0 <= token < tokenizer.size for token in encoding.ids)
    assert isinstance(detokenise(encoding.ids.tolist(), tokenizer.names), str)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=60).filter(lambda text: parsed(repr(text)) is not None))
def test_string_contents_survive(tokenizer: Tokenizer, text: str) -> None:
    """A literal's value is untouched, whatever characters it holds."""
    code = f"x = {text!r}\n"
    again = detokenise(encode(tokenizer, code).ids.tolist(), tokenizer.names)
    assert ast.literal_eval(again.removeprefix("x = ")) == text


@given(st.lists(st.integers(0, 8191), max_size=60))
def test_any_tokens_are_decodable(tokenizer: Tokenizer, ids: list[int]) -> None:
    """Whatever a model emits becomes text, not an exception."""
    assert isinstance(detokenise(ids, tokenizer.names), str)


def test_the_fixed_vocabulary_is_frozen(tokenizer: Tokenizer) -> None:
    """Weights index it: 8,192 tokens, the fixed ones first and in order, none twice."""
    assert tokenizer.size == 8192
    assert tokenizer.names[: len(FIXED)] == FIXED
    assert len(set(tokenizer.names)) == 8192
    assert (ID["[PAD]"], ID["[M]"], ID["[EXPAND]"], ID["[DELETE]"]) == (0, 1, 2, 3)


@pytest.mark.parametrize("content", ["", "{}", '{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}'])
def test_a_broken_vocabulary_is_refused(tmp_path: Path, content: str) -> None:
    """A truncated or foreign tokenizer.json raises ValueError instead of giving other ids."""
    path = tmp_path / "tokenizer.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="tokenizer"):
        load_tokenizer(path)
