"""A module's text in place of its file, however it is imported, and the code of its functions exchanged where they already exist."""

from __future__ import annotations

import functools
import gc
import os
import warnings
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType
from typing import Any

_OPTIMIZED = 0x1
"""CO_OPTIMIZED: of functions; the body of a class does not have it."""


class Served:
    """From now on every import of the file at `path` gets `text`. One at a time in a process."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = os.path.realpath(path), text
        self.codes: list[CodeType] = []
        self._functions: list[tuple[FunctionType, CodeType]] = []
        self._caches: list[Any] = []
        original = SourceFileLoader.get_code

        def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
            if os.path.realpath(loader.path) != self.path:
                return original(loader, fullname)
            self.codes.append(self.compiled(self.text))
            return self.codes[-1]

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]  # the one place that every import goes through

    def compiled(self, text: str) -> CodeType:
        """Raises SyntaxError and the like."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code: CodeType = compile(text, self.path, "exec", dont_inherit=True)
            return code

    def look(self) -> None:
        """Find the functions that were made of it so far; before gc.freeze, which hides them."""
        objects = gc.get_objects()
        mine = (each for each in objects if type(each) is FunctionType and each.__code__.co_filename == self.path)
        self._functions = [(each, each.__code__) for each in mine]
        self._caches = [each for each in objects if type(each) is functools._lru_cache_wrapper]

    def swap(self, text: str) -> bool:
        """Make those functions what they are in `text`, whatever was swapped before; False, and nothing is done, when more than bodies
        differ from the text that was served."""
        new = self.compiled(text)
        exchanged: dict[int, CodeType] = {}
        for old in self.codes:
            if not _paired(old, new, exchanged):
                return False
        mine = [(each, exchanged[id(code)]) for each, code in self._functions if id(code) in exchanged]
        if not self.codes or any(function.__code__.co_freevars != code.co_freevars for function, code in mine):
            return False
        for function, code in mine:
            function.__code__ = code
        for cache in self._caches:
            if getattr(getattr(cache, "__wrapped__", None), "__code__", None) in exchanged.values():
                cache.cache_clear()
        return True


def _paired(old: CodeType, new: CodeType, exchanged: dict[int, CodeType]) -> bool:
    """Whether two modules or classes differ in bodies of functions only; those are put down by the identity of the old ones."""
    about = [(code.co_code, code.co_names, code.co_varnames, len(code.co_consts)) for code in (old, new)]
    return about[0] == about[1] and all(_same(a, b, exchanged) for a, b in zip(old.co_consts, new.co_consts, strict=True))


def _same(old: object, new: object, exchanged: dict[int, CodeType]) -> bool:
    if not (isinstance(old, CodeType) and isinstance(new, CodeType)):
        return repr(old) == repr(new)  # 1, True and 1.0 are equal, and not the same
    if old.co_name != new.co_name or (old.co_flags ^ new.co_flags) & _OPTIMIZED:
        return False
    if not old.co_flags & _OPTIMIZED:
        return _paired(old, new, exchanged)
    exchanged[id(old)] = new
    return True
