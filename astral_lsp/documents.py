"""The open documents: what the editor shows, change by change, and never what is on disk.

Each document is a native rope with its tree, fed by the raw change events. A snapshot is one version of it; being the
current snapshot is what "not stale" means, because a client may repeat or skip version numbers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pygls.uris import to_fs_path

from astral_lsp.positions import clamp
from astral_native import Document
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Hole, Span

if TYPE_CHECKING:
    from astral_native import Change, Encoding

PYTHON_SUFFIXES = frozenset({".py", ".pyi", ".pyw"})

SHORT_BYTES = 32_768
"""The holes of a shorter document are found within the blink of an event loop."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class SyncError(Exception):
    """A text synchronisation message that cannot be obeyed. The message says which and why, without any text of the user."""


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """One open document at one version."""

    uri: str
    python: bool
    snapshot: DocumentSnapshot
    encoding: Encoding
    _holes: list[tuple[Hole, ...]] = field(default_factory=list, repr=False)

    @property
    def version(self) -> int:
        """The client's version number."""
        return self.snapshot.version

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes of the tree, looked for once; none in what is not Python, nor in a stub, where `...` is no hole.

        Takes milliseconds in a long file.
        """
        if not self._holes:
            may_have = self.python and self.snapshot.path.suffix != ".pyi"
            self._holes.append(self.snapshot.holes() if may_have else ())
        return self._holes[0]

    @property
    def is_searched(self) -> bool:
        """Whether `holes` costs nothing any more, or never did."""
        return bool(self._holes) or not self.python or self.snapshot.native.byte_len < SHORT_BYTES

    def hole(self, id: str) -> Hole | None:
        """The hole of that id, if this version has it."""
        return next((hole for hole in self.holes if hole.id == id), None)

    def hole_at(self, offset: int) -> Hole | None:
        """The hole that an offset touches; both ends count, since a cursor stands between characters."""
        return next((hole for hole in self.holes if hole.span.start <= offset <= hole.span.end), None)

    def gap_at(self, offset: int) -> Hole | None:
        """A value that is missing at an offset: `x = `, `f(a, )`."""
        raw = self.snapshot.native.implicit_hole(offset)
        return None if raw is None else Hole("i1", "implicit", Span(raw.start, raw.end), raw.intent)


class Documents:
    """Every open document by URI. Lives on the event loop."""

    def __init__(self) -> None:
        self.encoding: Encoding = "utf-16"
        self.roots: tuple[Path, ...] = ()
        self._native: dict[str, Document] = {}
        self._open: dict[str, OpenDocument] = {}

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter(self._open.values())

    def get(self, uri: str) -> OpenDocument | None:
        """The document as it is now; None if it is not open."""
        return self._open.get(uri)

    def is_current(self, document: OpenDocument) -> bool:
        """Whether nothing happened to the document since that version was taken."""
        return self._open.get(document.uri) is document

    def open(self, uri: str, language: str, version: int, text: str) -> OpenDocument:
        """didOpen. A second didOpen of the same URI replaces the first."""
        self._native[uri] = Document(whole(text), version, self.encoding)
        python = language == "python" or (not language and path_of(uri).suffix in PYTHON_SUFFIXES)
        return self._take(uri, python)

    def change(self, uri: str, version: int, changes: Sequence[Change]) -> OpenDocument:
        """didChange. Raises SyncError for a URI that is not open.

        The order of arrival is the truth: a version number that does not grow is taken as it comes, since dropping the
        change would tear our text from the editor's.
        """
        opened = self._open.get(uri)
        if opened is None:
            raise SyncError(f"change of {uri}, which is not open")
        self._native[uri].apply(list(changes), version)
        return self._take(uri, opened.python)

    def close(self, uri: str) -> None:
        """didClose. Raises SyncError for a URI that is not open."""
        if self._open.pop(uri, None) is None:
            raise SyncError(f"close of {uri}, which is not open")
        del self._native[uri]

    def _take(self, uri: str, python: bool) -> OpenDocument:
        path, native = path_of(uri), self._native[uri].snapshot()
        snapshot = DocumentSnapshot(path, native, native.version, self._root_of(path))
        taken = OpenDocument(uri, python, snapshot, self.encoding)
        self._open[uri] = taken
        return taken

    def _root_of(self, path: Path) -> Path | None:
        """The innermost workspace folder around a file."""
        around = [root for root in self.roots if path.is_relative_to(root)]
        return max(around, key=lambda root: len(root.parts), default=None)


def path_of(uri: str) -> Path:
    """A path that names the document for module resolution.

    A `file:` URI gives its path. Others (untitled:, notebook cells, git:) have none of their own: they get a name that no
    file has, next to the notebook where there is one, so that its imports resolve.
    """
    path = to_fs_path(uri)
    if uri.startswith("file:") and path:
        return Path(path)
    digest = hashlib.blake2b(uri.encode("utf-8", "replace"), digest_size=6).hexdigest()
    beside = _notebook_folder(uri)
    return (beside or Path.cwd()) / f"untitled_{digest}.py"


def _notebook_folder(uri: str) -> Path | None:
    scheme, _, rest = uri.partition(":")
    if scheme != "vscode-notebook-cell":
        return None
    path = to_fs_path("file:" + rest.split("#", 1)[0])
    return Path(path).parent if path else None


def whole(text: str) -> str:
    """`text` without lone surrogates, which are no text: each becomes U+FFFD, which is as long in every encoding."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def read_changes(raw: Any) -> list[Change]:
    """The `contentChanges` of a raw didChange. Raises SyncError for what is not one."""
    if not isinstance(raw, list):
        raise SyncError("contentChanges is not an array")
    return [_read_change(entry) for entry in raw]


def _read_change(entry: Any) -> Change:
    try:
        text, range = entry["text"], entry.get("range")
        if not isinstance(text, str):
            raise SyncError("a change without text")
        return (None if range is None else _read_range(range)), whole(text)
    except (TypeError, KeyError, AttributeError, ValueError, OverflowError) as error:
        raise SyncError(f"a change that cannot be read ({type(error).__name__})") from None


def _read_range(range: Any) -> tuple[int, int, int, int]:
    """A reversed range is the same range: what the client means to replace lies between its ends."""
    ends = sorted((clamp(int(end["line"])), clamp(int(end["character"]))) for end in (range["start"], range["end"]))
    return (*ends[0], *ends[1])
