"""Definitions that a document can mean by a name: its own, and those of the workspace's files that it imports (§3.2, the symbol graph).

Files are read, never run, and only below the workspace's root. What was read is kept until the file changes; which files there are is
looked up again for every question.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot

LARGEST = 512 * 1024
"""Bytes of a file that is still read."""
MOST_FILES = 48
"""Imported files that are looked into for one document."""
KEPT_FILES = 256
KEPT_VERSIONS = 8
"""Versions of open documents whose definitions are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file of the workspace as it was at one time: its tree, where each name is defined in it, by first byte, and what it imports."""

    native: Snapshot
    defined: dict[str, tuple[int, ...]]
    imports: tuple[str, ...]

    @classmethod
    def of(cls, native: Snapshot) -> Source:
        """The definitions of a tree, methods and nested functions included; imports in their order, each once."""
        defined: dict[str, tuple[int, ...]] = {}
        for each in native.definitions():
            defined[each.name] = (*defined.get(each.name, ()), each.start)
        imports = dict.fromkeys(edge.target for edge in native.edges() if edge.kind == "import")
        return cls(native, defined, tuple(imports))


@lru_cache(KEPT_VERSIONS)
def version(native: Snapshot) -> Source:
    """A document's own definitions, read once for each version."""
    return Source.of(native)


def imported(own: Source, document: DocumentSnapshot) -> Iterator[Source]:
    """The workspace's files that the document imports, in the order of its imports; behind a package, what the package itself imports."""
    seen = {document.path.resolve()}
    todo = [(path, True) for path in _targets(own, document.path, document.root)]
    while todo and len(seen) <= MOST_FILES:
        path, near = todo.pop(0)
        if path in seen:
            continue
        seen.add(path)
        source = _read(path)
        if source is not None:
            yield source
            if near and path.name == "__init__.py":
                todo += [(each, False) for each in _targets(source, path, document.root)]


def _targets(source: Source, path: Path, root: Path | None) -> list[Path]:
    here = path.resolve().parent
    top = here if root is None else root.resolve()
    places = {dots: [(base, _entries(base)) for base in _bases(here, top, dots)] for dots in {_dots(name) for name in source.imports}}
    files = cache(partial(_file, top))
    found = ((files(place) for place in _places(name, places[_dots(name)])) for name in source.imports)
    return [file for each in found if (file := next(filter(None, each), None)) is not None]


def _dots(target: str) -> int:
    return len(target) - len(target.lstrip("."))


def _places(target: str, bases: Sequence[tuple[Path, frozenset[str]]]) -> Iterator[Path]:
    """Where the module that an import means may lie, less its suffix: `target` itself, or what holds its last name.

    `bases`: folders where it may begin, and what is in them. Most imports begin with a name that is in none.
    """
    names = [part for part in target[_dots(target) :].split(".") if part.isidentifier()]
    for base, entries in bases:
        for some in (names, names[:-1]):
            if some and (some[0] in entries or (len(some) == 1 and f"{some[0]}.py" in entries)):
                yield base.joinpath(*some)


def _file(top: Path, place: Path) -> Path | None:
    """The file of a module, if it lies below `top`."""
    found = next((each for each in (place.with_suffix(".py"), place / "__init__.py") if each.is_file()), None)
    return found.resolve() if found is not None and found.resolve().is_relative_to(top) else None


def _entries(folder: Path) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))
    except OSError:
        return frozenset()


def _bases(here: Path, top: Path, dots: int) -> Sequence[Path]:
    """Where an import of so many dots begins: the file's own package, or whatever may be on the path inside the workspace."""
    if dots:
        return [here.parents[dots - 2] if dots > 1 else here] if dots - 2 < len(here.parents) else []
    inside = [here, *(each for each in here.parents if each.is_relative_to(top))]
    return tuple(dict.fromkeys([*reversed(inside), top, top / "src"]))


def _read(path: Path) -> Source | None:
    try:
        found = path.stat()
        return _source(path, found.st_mtime_ns, found.st_size) if found.st_size <= LARGEST else None
    except (OSError, UnicodeError):
        return None


@lru_cache(KEPT_FILES)
def _source(path: Path, mtime_ns: int, size: int) -> Source:
    """A file as it was at that time."""
    return Source.of(Snapshot(path.read_text(encoding="utf-8")))
