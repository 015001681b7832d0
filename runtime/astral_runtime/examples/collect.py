"""The examples of a hole: those of the functions and classes around it, of its callers, and of the workspace's tests."""

from __future__ import annotations

import ast
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from astral_native import Definition
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.asserts import Subject, asserted, plain_names
from astral_runtime.examples.doctests import Docstring, doctests
from astral_runtime.examples.example import Example
from astral_runtime.examples.plain import tree_of
from astral_runtime.examples.program import Program, program
from astral_runtime.examples.prose import prose
from astral_runtime.holes import Hole

MOST = 64
"""Examples that are kept for a hole, the nearest first."""

MOST_CALLERS = 8
"""Functions through which tests may come to the hole that are looked for in them."""

MOST_FILES = 400
"""Test files that are looked into."""

MOST_FOLDERS = 4000
"""Folders that are looked into: every hover asks, and a workspace may be a whole disk."""

MOST_READ = 24
"""Test files that are read for examples."""

LARGEST = 512 * 1024
WORD = re.compile(r"[^\W\d]\w*")
OPENING = re.compile(r"""((?:\s|#.*\n)*)[rRuU]?["']""")
"""What stands in front of a module's docstring, and its beginning."""
ASSERT = re.compile(r"^assert\b", re.MULTILINE)
"""An assert outside of every function."""
SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "build", "dist", "venv", "env"})


def examples_of(document: DocumentSnapshot, hole: Hole) -> tuple[Example, ...]:
    """Examples that speak of the functions around the hole: their own first, then their callers', then the tests'. Nothing is run.

    Whether an example comes to the hole only a run can tell."""
    around = _around(document, hole)
    if not around:
        return ()
    place = program(document, hole)
    return _first([*_of_document(document, lambda: place, around), *_of_tests(document, place, around)])


def own_examples(document: DocumentSnapshot, hole: Hole) -> tuple[Example, ...]:
    """Those of `examples_of` that stand in the document itself. No other file is looked at."""
    around = _around(document, hole)
    return _first(_of_document(document, lambda: program(document, hole), around)) if around else ()


def _first(found: Iterable[Example]) -> tuple[Example, ...]:
    return tuple(dict.fromkeys(found))[:MOST]


def _of_document(document: DocumentSnapshot, located: Callable[[], Program], around: Sequence[Definition]) -> Iterator[Example]:
    """Those of its docstrings; and of its own tests and asserts, for which it has to be parsed."""
    yield from _of_docstrings(document, around)
    tests = any(each.kind == "function" and each.name.startswith("test") for each in document.native.definitions())
    if not tests and ASSERT.search(document.text) is None:
        return
    place = located()
    for subject in _subjects(document, place, [*around, *_reaching(document, around)]):
        yield from asserted(f"{place.before}{place.stop}{place.after}", document.path, subject, same_file=True)


def _around(document: DocumentSnapshot, hole: Hole) -> list[Definition]:
    """Definitions around the hole, innermost first; none at module level. A region of whole lines begins with its indentation."""
    definitions, text = document.native.definitions(), document.slice(hole.span)
    start = hole.span.start + len(text.encode()) - len(text.lstrip().encode())
    return [definitions[index] for index in reversed(document.native.enclosing(start))]


def _of_docstrings(document: DocumentSnapshot, around: Sequence[Definition]) -> Iterator[Example]:
    definitions = document.native.definitions()
    names = {each.name for each in around if each.kind == "function"}
    for definition in [*around, *_callers(document, definitions, names, around)]:
        docstring = _docstring(document, definition.docstring)
        if docstring is not None:
            yield from doctests(docstring)
            if definition.kind == "function" and definition.parent < 0:
                yield from prose(docstring, definition.name)
    module = _module_docstring(document)
    if module is not None:
        yield from (each for each in doctests(module) if any(name in each.source for name in names))


def _callers(
    document: DocumentSnapshot, definitions: Sequence[Definition], names: set[str], around: Sequence[Definition]
) -> list[Definition]:
    """Other definitions of the document in whose body a call of one of `names` stands, with the classes they belong to."""
    calls = [edge.start for edge in document.native.edges() if edge.kind == "call" and edge.target.rpartition(".")[2] in names]
    found = [each for each in definitions if any(each.body_start <= call < each.body_end for call in calls)]
    return [each for each in found if each not in around]


def _reaching(document: DocumentSnapshot, around: Sequence[Definition]) -> list[Definition]:
    """Functions of the document that may come to those around the hole by calls, over any number of them, nearest first."""
    definitions, found = document.native.definitions(), list[Definition]()
    while len(found) < MOST_CALLERS:
        names = {each.name for each in (*around, *found) if each.kind == "function"}
        more = [each for each in _callers(document, definitions, names, [*around, *found]) if each.kind == "function"]
        if not more:
            break
        found += more
    return found[:MOST_CALLERS]


def _docstring(document: DocumentSnapshot, span: tuple[int, int] | None) -> Docstring | None:
    if span is None:
        return None
    try:
        text = ast.literal_eval(document.native.slice(*span))
    except (SyntaxError, ValueError):
        return None
    line = document.native.position(span[0], "utf-8")[0]
    return Docstring(text, document.path, line) if isinstance(text, str) else None


def _module_docstring(document: DocumentSnapshot) -> Docstring | None:
    """The file's first statement, if it is a string. Parsing the whole file for it would take longer than all else here."""
    found = OPENING.match(document.text)
    return _docstring(document, document.native.statement(len(found[1].encode()))) if found is not None else None


def _of_tests(document: DocumentSnapshot, place: Program, around: Sequence[Definition]) -> Iterator[Example]:
    subjects = _subjects(document, place, [*around, *_reaching(document, around)])
    words = [subject.owner or subject.name for subject in subjects]
    for path in _likeliest(files_of_tests(document.root or place.home, words, place.module.split(".")[-2:]), place.module):
        text = path.read_text(encoding="utf-8", errors="replace")
        for subject in subjects:
            yield from asserted(text, path, subject)


def _likeliest(paths: Iterator[Path], module: str) -> list[Path]:
    """The files to read: those named after the module first."""
    last = module.rpartition(".")[2]
    return sorted(paths, key=lambda path: path.stem not in (f"test_{last}", f"{last}_test"))[:MOST_READ]


def _subjects(document: DocumentSnapshot, place: Program, around: Sequence[Definition]) -> list[Subject]:
    names = plain_names(f"{place.before}{place.stop}{place.after}")
    return [_subject(place, document.native.definitions(), each, names) for each in around if each.kind == "function"]


def _subject(place: Program, definitions: Sequence[Definition], function: Definition, names: frozenset[str]) -> Subject:
    owner = definitions[function.parent] if function.parent >= 0 else None
    return Subject(place.module, function.name, owner.name if owner is not None and owner.kind == "class" else None, names)


def files_of_tests(root: Path, words: Sequence[str], modules: Sequence[str]) -> Iterator[Path]:
    """Files of tests below `root` that hold one of `words` and one of `modules`, in order of their paths; hidden and installed folders
    are left out."""
    seen = 0
    for folder, folders, files in itertools.islice(os.walk(root), MOST_FOLDERS):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED)
        for name in sorted(files):
            if name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")):
                seen += 1
                path = Path(folder, name)
                if _mentions(path, words, modules):
                    yield path
        if seen >= MOST_FILES:
            return


def _mentions(path: Path, words: Sequence[str], modules: Sequence[str]) -> bool:
    try:
        found = path.stat()
        known = _words(path, found.st_mtime_ns, found.st_size) if found.st_size <= LARGEST else frozenset()
    except OSError:
        return False
    return not known.isdisjoint(words) and not known.isdisjoint(modules)


@lru_cache(MOST_FILES)
def _words(path: Path, mtime_ns: int, size: int) -> frozenset[str]:
    """The words of a file as it was at that time: every fill asks every test file, and they hardly ever change."""
    return frozenset(WORD.findall(path.read_text(encoding="utf-8", errors="replace")))
