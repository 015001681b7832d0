"""A module's text served in place of its file, and its functions exchanged: only where nothing else differs."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from astral_runtime.verify.inside.served import Served

TEXT = """import functools

SIZE = 1


def one(a, b=2):
    return a + b


class Box:
    limit = 3

    def two(self):
        return [n for n in range(self.limit)]


@functools.lru_cache
def three(a):
    return a * 10


def four():
    def inner():
        return 4
    return inner()
"""

CHANGES = [
    ("return a + b", "return a - b", True),
    ("return a + b", "return True", True),
    ("range(self.limit)", "range(self.limit + 1)", True),
    ("return a * 10", "return a * 11", True),
    ("return 4", "return 5", True),
    ("def one(a, b=2)", "def one(a, b=3)", False),
    ("def one(a, b=2):\n    return a + b", "def one(a, c=2):\n    return a * c", True),
    ("SIZE = 1", "SIZE = True", False),
    ("limit = 3", "limit = 4", False),
    ("def four", "def five", False),
    ("class Box", "class Bag", False),
]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Served, ModuleType]:
    """A module that is served; its file holds something else. The loader is as it was afterwards."""
    monkeypatch.setattr(SourceFileLoader, "get_code", SourceFileLoader.get_code)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "served_subject.py").write_text("raise SystemExit('the file itself was run')\n")
    made = Served(str(tmp_path / "served_subject.py"), TEXT)
    monkeypatch.delitem(sys.modules, "served_subject", raising=False)
    module = importlib.import_module("served_subject")
    made.look()
    return made, module


def behaviour(module: Any) -> list[object]:
    return [module.one(5), module.Box().two(), module.three(2), module.four(), module.SIZE]


def loaded(text: str) -> Any:
    module = ModuleType("afresh")
    exec(text, module.__dict__)
    return module


@pytest.mark.parametrize(("old", "new", "swaps"), CHANGES)
def test_functions_are_exchanged(served: tuple[Served, ModuleType], old: str, new: str, swaps: bool) -> None:
    """A body that differs is put in, caches emptied, and behaves as if the module were loaded anew; anything else is refused untouched."""
    made, module = served
    before = behaviour(module)
    text = TEXT.replace(old, new)
    assert made.swap(text) is swaps
    assert behaviour(module) == (behaviour(loaded(text)) if swaps else before)


def test_swaps_follow_each_other(served: tuple[Served, ModuleType]) -> None:
    """Each is of the text that was served, not of the one before; lines may move."""
    made, module = served
    for old, new, swaps in CHANGES:
        text = "# moved\n" + TEXT.replace(old, new)
        if swaps:
            assert made.swap(text)
            assert behaviour(module) == behaviour(loaded(text))
    assert made.swap(TEXT)
    assert behaviour(module) == behaviour(loaded(TEXT))


def test_what_does_not_compile_is_not_swapped(served: tuple[Served, ModuleType]) -> None:
    """The error is the caller's; nothing has changed."""
    made, module = served
    with pytest.raises(SyntaxError):
        made.swap(TEXT.replace("return a + b", "return a +"))
    assert behaviour(module) == behaviour(loaded(TEXT))
