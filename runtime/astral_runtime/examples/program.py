"""A document with a hole as a program for the sandbox: its text around the hole, and what stops it there."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.inside.hook import NAME
from astral_runtime.examples.plain import tree_of
from astral_runtime.holes import Hole

STOP = f"{NAME}(0)"

UNNAMED = "_astral_document"
"""Module name of a file that cannot be imported by its own: `my-script.py`, or one that would hide a module of the standard library."""

_STANDS_IN = (("pass", STOP), ("_ = None", STOP), ("None", STOP), ("True", STOP), ("Exception", STOP), ("...", STOP))
"""What a region's stand-in holds, and what stops in its place; the first that occurs counts."""


@dataclass(frozen=True, slots=True)
class Program:
    """`before` + fill + `after` is the document; every other hole in it stops the run. Line breaks are \\n.

    `stop` stands in the hole where no fill does; it stops the run if `hooked`, else it is what the document itself has there.
    `module` is the dotted name that the document is imported by, from the folder `home`.
    """

    path: Path
    module: str
    home: Path
    before: str
    stop: str
    after: str
    hooked: bool

    @property
    def owner(self) -> str:
        """Top-level module that the document belongs to."""
        return self.module.partition(".")[0]

    def message(self) -> dict[str, object]:
        """As the sandbox reads it."""
        return {
            "path": str(self.path), "module": self.module, "before": self.before, "stop": self.stop, "after": self.after,
            "hooked": self.hooked,
        }  # fmt: skip


def program(document: DocumentSnapshot, hole: Hole) -> Program:
    """The program of a hole of a document. Nothing is run or read."""
    module, home = _located(document.path.absolute())
    start, end = hole.span
    others = [each for each in document.native.holes() if each.kind != "type" and (each.end <= start or end <= each.start)]
    data = document.text.encode()
    before, after = bytearray(data[:start]), bytearray(data[end:])
    for number, other in reversed(list(enumerate(others, start=1))):
        part, offset = (before, 0) if other.end <= start else (after, end)
        part[other.start - offset : other.end - offset] = f"{NAME}({number})".encode()
    stand_in = document.slice(hole.span)
    texts = [_plain_breaks(text) for text in (before.decode(), stand_in, after.decode())]
    stop = _stop(hole, *texts)
    return Program(document.path.absolute(), module, home, texts[0], stop or texts[1] or "...", texts[2], hooked=stop is not None)


def candidate_text(text: str) -> str:
    """A fill as the program holds it."""
    return _plain_breaks(text)


def _stop(hole: Hole, before: str, stand_in: str, after: str) -> str | None:
    """What stops the run in the hole; None when nothing that stops may stand there."""
    if hole.kind == "type":
        return None
    texts = [STOP] if hole.kind != "region" else [stand_in.replace(old, new, 1) for old, new in _STANDS_IN if old in stand_in]
    if hole.kind == "region":
        texts.append(_in_front(before, stand_in))
    return next((text for text in texts if _parses(f"{before}{text}{after}")), None)


def _in_front(before: str, stand_in: str) -> str:
    """A stop on a line of its own in front of a header that holds nothing to be stopped in, `try:`."""
    inside = stand_in.lstrip(" \t")
    blanks = stand_in[: len(stand_in) - len(inside)]
    return f"{blanks}{STOP}\n{before.rpartition(chr(10))[2]}{blanks}{inside}"


def _located(path: Path) -> tuple[str, Path]:
    """Dotted name and the folder it is imported from: up through every folder that has an `__init__.py`."""
    names = [] if path.stem == "__init__" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        names.append(folder.name)
        folder = folder.parent
    importable = all(name.isidentifier() for name in names) and names[-1:] != [] and names[-1] not in sys.stdlib_module_names
    return (".".join(reversed(names)), folder) if importable else (UNNAMED, folder)


def _plain_breaks(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parses(text: str) -> bool:
    return tree_of(text) is not None
