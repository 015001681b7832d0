"""The thousand-token vocabulary of the tiny model, and real files to cut holes from."""

from __future__ import annotations

import ast
import sys
import sysconfig
from pathlib import Path

import pytest
from admissible import Document

from astral_native import Snapshot
from astral_runtime.constraints.grammar import Grammar
from astral_runtime.context.tokenise import Tokenizer

TINY = Path(__file__).resolve().parents[1] / "denoise" / "tiny" / "tokenizer.json"
MODULES = ("bisect", "colorsys", "contextlib", "fnmatch", "graphlib", "heapq", "sched", "shlex", "string", "textwrap", "types", "weakref")
"""Of the standard library: decorators, generators, f-strings, async code, nested classes, comments in brackets."""


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """The bundled kind of vocabulary, small."""
    return Tokenizer(TINY.read_bytes())


@pytest.fixture(scope="session")
def grammar(tokenizer: Tokenizer) -> Grammar:
    """The grammar of the Python that runs the tests: `ast.parse` is the judge."""
    return Grammar(tokenizer.names, sys.version_info.minor)


@pytest.fixture(scope="session")
def documents(tokenizer: Tokenizer) -> list[Document]:
    """Modules of the standard library, as tokens."""
    texts = [(Path(sysconfig.get_paths()["stdlib"]) / f"{name}.py").read_text(encoding="utf-8") for name in MODULES]
    found = [Document(text, tokenizer.tokens(Snapshot(text))) for text in texts]
    for document in found:
        ast.parse(tokenizer.text(document.tokens.ids))
    return found
