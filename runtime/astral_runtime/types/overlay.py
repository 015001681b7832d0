"""The file system as mypy is to see it: open buffers over what lies on disk."""

from __future__ import annotations

import os
import re
import stat

from mypy.fscache import FileSystemCache
from mypy.util import hash_digest

_CODING = re.compile(rb"^([ \t\f]*#.*?)coding([:=])", re.MULTILINE)


class Overlay(FileSystemCache):
    """Buffers are held as UTF-8, whatever a coding line in them says about the file on disk."""

    def __init__(self) -> None:
        super().__init__()
        self._buffers: dict[str, bytes] = {}

    def put(self, path: str, text: str) -> None:
        """Let `path` read as `text` from now on, whether or not there is such a file."""
        head, newline, rest = text.encode().partition(b"\n")
        second, newline2, tail = rest.partition(b"\n")
        self._buffers[path] = b"".join((_plain(head), newline, _plain(second), newline2, tail))

    def drop(self, path: str) -> None:
        """Let `path` read as it is on disk again."""
        self._buffers.pop(path, None)

    def holds(self, path: str) -> bool:
        """Whether a buffer lies over `path`."""
        return path in self._buffers

    def stat_or_none(self, path: str) -> os.stat_result | None:
        found = super().stat_or_none(path)
        if found is None and path in self._buffers:
            return os.stat_result((stat.S_IFREG | 0o644, 0, 0, 1, 0, 0, len(self._buffers[path]), 0, 0, 0))
        return found

    def exists(self, path: str, real_only: bool = False) -> bool:
        # mypy's native parser reads real files by itself; "not real" makes it ask us.
        if path in self._buffers:
            return not real_only
        return super().exists(path, real_only)

    def isfile_case(self, path: str, prefix: str) -> bool:
        return path in self._buffers or super().isfile_case(path, prefix)

    def listdir(self, path: str) -> list[str]:
        here = [os.path.basename(held) for held in self._buffers if os.path.dirname(held) == os.path.normpath(path)]
        try:
            names = super().listdir(path)
        except OSError:
            if here:
                return here
            raise
        return [*names, *(name for name in here if name not in names)]

    def read(self, path: str) -> bytes:
        held = self._buffers.get(path)
        return super().read(path) if held is None else held

    def hash_digest(self, path: str) -> str:
        held = self._buffers.get(path)
        return super().hash_digest(path) if held is None else hash_digest(held)


def _plain(line: bytes) -> bytes:
    return _CODING.sub(rb"\1c0ding\2", line)
