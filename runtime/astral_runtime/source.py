"""Python source files on disk: read with their encoding, written back atomically and byte-faithfully."""

from __future__ import annotations

import codecs
import io
import os
import stat
import tempfile
import tokenize
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

MAX_BYTES = 16 * 1024 * 1024
"""Larger files are refused: they are data, and nobody fills holes in them by hand."""

SUFFIXES = frozenset({".py", ".pyi", ".pyw"})
ROOT_MARKERS = ("pyproject.toml", "setup.cfg", "setup.py", "mypy.ini", ".git")


class SourceError(Exception):
    """A file cannot be read or written as Python source. The message names the file and the reason, in one line."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path}: {why}")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The text of one file with what is needed to write it back: encoding, BOM, and a digest of the bytes read.

    `text` keeps its line breaks and has no BOM.
    """

    path: Path
    text: str
    encoding: str
    bom: bool
    digest: bytes

    @property
    def root(self) -> Path:
        """The nearest folder above that looks like a project, else the file's own folder."""
        folders = [self.path.absolute().parent, *self.path.absolute().parent.parents]
        return next((f for f in folders if any((f / m).exists() for m in ROOT_MARKERS)), folders[0])


def read_source(path: Path) -> SourceFile:
    """Read a Python file, its coding line obeyed. Raises SourceError for whatever is not one."""
    data = _read_bytes(path)
    if path.suffix not in SUFFIXES and not (data.startswith(b"#!") and b"python" in data.split(b"\n", 1)[0]):
        raise SourceError(path, f"not a Python file (expected {', '.join(sorted(SUFFIXES))} or a python #! line)")
    if b"\0" in data:
        raise SourceError(path, "not a Python file (it has null bytes)")
    bom = data.startswith(codecs.BOM_UTF8)
    body = data[len(codecs.BOM_UTF8) :] if bom else data
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        text = body.decode("utf-8" if bom else encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        why = error.msg if isinstance(error, SyntaxError) else str(error)
        raise SourceError(path, f"cannot be decoded: {why}; add a coding line or save it as UTF-8") from None
    return SourceFile(path, text, "utf-8" if bom else encoding, bom, _digest(data))


def write_source(source: SourceFile, text: str) -> None:
    """Replace the file's text atomically, keeping encoding, BOM, mode and links.

    Raises SourceError, with nothing written, when the file changed on disk since it was read or the text cannot be
    encoded in the file's own encoding.
    """
    target = source.path.resolve()
    if _digest(_read_bytes(target)) != source.digest:
        raise SourceError(source.path, "changed on disk since it was read; nothing was written, run the command again")
    try:
        data = (codecs.BOM_UTF8 if source.bom else b"") + text.encode(source.encoding)
    except UnicodeEncodeError as error:
        raise SourceError(source.path, f"the fill cannot be written in {source.encoding}: {error.reason}") from None
    try:
        _replace(target, data)
    except OSError as error:
        raise SourceError(source.path, f"cannot be written: {error.strerror}") from None


def _replace(target: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(path, "is a directory; name a file")
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(path, "is not a regular file")
        if status.st_size > MAX_BYTES:
            raise SourceError(path, f"is {status.st_size / 2**20:.0f} MB; files over {MAX_BYTES // 2**20} MB are not analysed")
        return path.read_bytes()
    except FileNotFoundError:
        raise SourceError(path, "no such file") from None
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
