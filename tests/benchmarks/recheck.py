"""A second opinion on fills: plain, whole-program mypy with nothing of the oracle in it."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from holes_cut import Cut
from mypy import build
from mypy.errors import CompileError
from mypy.fscache import FileSystemCache
from mypy.modulefinder import BuildSource
from mypy.options import Options

_LINE = re.compile(r":\d+(:\d+)?: ")


class _Replaced(FileSystemCache):
    """One file with another text."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__()
        self.path, self.text = str(path), text.encode()

    def stat_or_none(self, path: str) -> os.stat_result | None:
        found = super().stat_or_none(path)
        if path != self.path or found is None:
            return found
        return os.stat_result((*found[:6], len(self.text), found.st_atime, found.st_mtime + 1, found.st_ctime))

    def read(self, path: str) -> bytes:
        return self.text if path == self.path else super().read(path)

    def hash_digest(self, path: str) -> str:
        return hashlib.sha1(self.text).hexdigest() if path == self.path else super().hash_digest(path)


def new_errors(root: Path, files: Mapping[str, Path], fills: Mapping[int, tuple[Cut, str]]) -> dict[int, list[str]]:
    """Messages of mypy that each filled file has and that it lacks with the hole as Any."""
    found = {}
    with tempfile.TemporaryDirectory() as cache:
        whole = _check(root, files, None, "", cache)
        for number, (cut, text) in fills.items():
            added = _check(root, files, cut.path, text, cache) - whole
            found[number] = sorted((added - _check(root, files, cut.path, _holed(cut), cache)) if added else ())
    return found


def _holed(cut: Cut) -> str:
    data = cut.path.read_bytes()
    return (data[: cut.span[0]] + b"__any__()" + data[cut.span[1] :]).decode() + "\ndef __any__(): ...\n"


def _check(root: Path, files: Mapping[str, Path], path: Path | None, text: str, cache: str) -> Counter[str]:
    sources = [BuildSource(str(each), module) for module, each in files.items()]
    overlay = _Replaced(path, text) if path is not None else FileSystemCache()
    try:
        messages = build.build(sources, _options(root, cache), fscache=overlay).errors
    except CompileError as error:
        messages = error.messages
    return Counter(_LINE.sub(": ", message) for message in messages if ": error:" in message)


def _options(root: Path, cache: str) -> Options:
    options = Options()
    options.check_untyped_defs = True
    options.native_parser = False  # it reads files by itself, past the overlay
    options.mypy_path = [str(root)]
    options.cache_dir = cache
    options.sqlite_cache = False
    options.follow_imports = "silent"
    options.ignore_missing_imports = True
    return options
