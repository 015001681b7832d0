"""A document's text as the module that it is, wherever it is imported from; and what that needed."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any


class Serving(MetaPathFinder, Loader):
    """Serves one module from text in place of its file."""

    def __init__(self, path: str, module: str, text: str) -> None:
        self.path, self.module, self.text = path, module, text
        self.code: CodeType | None = None

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The document's spec under the document's name; None for every other."""
        if fullname != self.module:
            return None
        folder = [self.path.rpartition("/")[0]] if self.path.endswith("/__init__.py") else None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self, submodule_search_locations=folder)

    def exec_module(self, module: ModuleType) -> None:
        """Run the text."""
        self.code = compiled(self.text, self.path)
        exec(self.code, module.__dict__)


def load(serving: Serving) -> ModuleType:
    """The document as a fresh module. Raises whatever it raises."""
    sys.modules.pop(serving.module, None)
    sys.meta_path[:] = [serving, *(finder for finder in sys.meta_path if not isinstance(finder, Serving))]
    return importlib.import_module(serving.module)


def compiled(text: str, path: str, flags: int = 0) -> CodeType:
    """Code of a whole module. Raises SyntaxError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code: CodeType = compile(text, path, "exec", flags=flags, dont_inherit=True)
        return code


class Imports:
    """Watches imports while it is entered: who imports what."""

    def __init__(self) -> None:
        self._edges: dict[str, set[str]] = {}
        self._before = set(sys.modules)
        self._original = builtins.__import__

    def __enter__(self) -> Imports:
        builtins.__import__ = self._import
        return self

    def __exit__(self, *_: object) -> None:
        builtins.__import__ = self._original

    def independent(self, owner: str) -> list[str]:
        """What was imported and neither belongs to the top-level module `owner` nor imports from it, however indirectly."""
        stained = {owner}
        while more := {name for name, wants in self._edges.items() if wants & stained} - stained:
            stained |= more
        new = [name for name in sys.modules if name not in self._before]
        return [name for name in new if name not in stained and name.partition(".")[0] != owner]

    def _import(
        self, name: str, globals: Mapping[str, Any] | None = None, locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (), level: int = 0,
    ) -> ModuleType:  # fmt: skip
        module = self._original(name, globals, locals, fromlist or (), level)
        about = globals or {}
        base = importlib.util.resolve_name("." * level + name, about.get("__package__")) if level else name
        parts = base.split(".")
        wants = {".".join(parts[:length]) for length in range(1, len(parts) + 1)} | {f"{base}.{each}" for each in fromlist or ()}
        self._edges.setdefault(str(about.get("__name__", "")), set()).update(wants)
        return module
