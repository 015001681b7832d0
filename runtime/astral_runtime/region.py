"""A region to rewrite, read as what may stand there: a stand-in that parses, and the frames in which its hole is an ordinary one.

A region is any range: part of a line, a line, several lines, or a gap between two lines that lost one. Search and mypy need a document
that parses around an expression or a block, so the region is read as indentation + statement + line end first (`Reading`); then each form
that a statement may have, `return ▢`, `for item in ▢:`, is a frame whose ▢ is searched like any hole.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole, Span

PLAIN = ("pass",)
HEADERS = ("if True:", "else:", "elif True:", "except Exception:", "finally:", "try:", "def _():", "class _:", "case _:")
"""Stand-ins that keep a file parseable where code below the region is indented deeper than it; the first that does is taken."""

OPENERS = ("_ = (", "_ = [", "_ = {", "_(")
"""As HEADERS, where what is deeper stands between brackets."""

GOING_ON = ("(", "[", "{", ",")
"""What a line ends with behind which no statement begins."""

ITEMS = (
    "None,",
    "_=None,",
    "None: None,",
    '""',
    "and None",
    "for _ in _",
    "_",
    "None, (",
    "None, [",
    "None, {",
    "_=(",
    "_=[",
    "_={",
    "and (",
)
"""Stand-ins for a line between brackets: an argument, an element, the next part of a long expression."""

CLOSERS = (")", "]", "}", "):", "),", "],", "},")
"""Stand-ins for a line that ends what brackets hold."""

PARTS = ("None", "None,", "_ = None", "None)", "(None", "and None", "", ",", "_", "_=None", ".a", "None:", "if None:", "for _ in _")
"""Stand-ins for a part of a line."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The region as `stand_in`, which lies at `hole.span` of a `document` that parses.

    `lead` and `end` are the indentation and line break that every fill of the region must bring along, "" where they stand already;
    `opens`: whether the code below belongs to a block that the region has to open; `whole`: whether it is whole lines; `between`: whether
    these stand between brackets.
    """

    document: DocumentSnapshot
    hole: Hole
    stand_in: str
    lead: str
    end: str
    opens: bool
    whole: bool
    between: bool

    @property
    def core(self) -> str:
        """The stand-in without indentation and line break."""
        return self.stand_in.strip()


@dataclass(frozen=True, slots=True)
class Judged:
    """The document and hole that a hole's texts are put into to be judged, a text that parses there, and whether they are whole lines."""

    document: DocumentSnapshot
    hole: Hole
    neutral: str = "None"
    whole: bool = False


def judged(document: DocumentSnapshot, hole: Hole, read: Sequence[Reading]) -> Judged:
    """A region's likeliest reading; any other hole, and a region that cannot be read, itself."""
    return Judged(read[0].document, read[0].hole, read[0].stand_in, read[0].whole) if read else Judged(document, hole)


def readings(document: DocumentSnapshot, hole: Hole, cancel: CancelToken | None = None) -> tuple[Reading, ...]:
    """Readings that parse, the likeliest indentation first; none when nothing that is tried does, and none of a hole that is no region.

    The last are kept, since a fill and a language model in it read the same. Raises Cancelled.
    """
    kept = _kept(document, hole)
    if not kept:
        kept.append(_readings(document, hole, cancel or CancelToken()) if hole.kind == "region" else ())
    return kept[0]


@lru_cache(1)
def _kept(document: DocumentSnapshot, hole: Hole) -> list[tuple[Reading, ...]]:
    return []


def _readings(document: DocumentSnapshot, hole: Hole, cancel: CancelToken) -> tuple[Reading, ...]:
    def faultless(version: Snapshot) -> bool:
        """Of a file of 150 kB tree-sitter finds faults in milliseconds, CPython takes a fiftieth of a second."""
        cancel.check()
        return not version.faults()

    def any_version(version: Snapshot) -> bool:
        """For syntax that tree-sitter does not know."""
        cancel.check()
        return True

    shape = _Shape.of(document.text.encode(), hole.span)
    if shape.whole:
        likely, others = list(_statements(shape)), list(_between_brackets(shape))
    else:
        likely, others = [_Tried("", part, "", whole=False) for part in PARTS], []
    return (
        _parsing(document, hole, likely, faultless)
        or _parsing(document, hole, others, faultless)
        or _parsing(document, hole, likely, any_version)
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """A stand-in, the indentation and line break around it, and what a `Reading` would say of it."""

    lead: str
    core: str
    end: str
    opens: bool = False
    whole: bool = True
    between: bool = False


def _parsing(document: DocumentSnapshot, hole: Hole, tried: Iterable[_Tried], seems: Callable[[Snapshot], bool]) -> tuple[Reading, ...]:
    """The stand-ins that parse, of those that seem to, one for each indentation."""
    found: list[Reading] = []
    for each in tried:
        text = each.lead + each.core + each.end
        if any(known.lead == each.lead for known in found):
            continue
        native = document.native.replaced([(*hole.span, text)])
        if seems(native) and _compiles(native.text()):
            span = Span(hole.span.start, hole.span.start + len(text.encode()))
            version, place = replace(document, native=native), replace(hole, span=span)
            found.append(Reading(version, place, text, each.lead, each.end, each.opens, each.whole, each.between))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What stands around a region: the rest of its first and last line, the nearest lines of code above and below."""

    whole: bool
    indented: str
    begins_line: bool
    ends_line: bool
    above: str
    below: str

    @classmethod
    def of(cls, data: bytes, span: Span) -> _Shape:
        start, end = span
        before = data[data.rfind(b"\n", 0, start) + 1 : start].decode()
        rest = data[end:].split(b"\n", 1)[0].decode()
        takes_end = data[start:end].endswith(b"\n") or (end == start and not before and bool(rest.strip()))
        whole = not before.strip() and (takes_end or not rest.strip())
        above = next((line for line in reversed(data[: start - len(before.encode())].decode().splitlines()) if _is_code(line)), "")
        below_at = end if takes_end else end + len(rest.encode())
        below = next((line for line in data[below_at:].decode().splitlines() if _is_code(line)), "")
        return cls(whole, before, not before, not takes_end, above, below)


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def indent_of(line: str) -> str:
    """The white space that a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def _statements(shape: _Shape) -> Iterator[_Tried]:
    end = "" if shape.ends_line else "\n"
    openers = () if shape.above.rstrip().endswith(GOING_ON) else OPENERS
    for depth in _depths(shape):
        lead = depth if shape.begins_line else ""
        deeper = len(indent_of(shape.below)) > len(depth) and bool(shape.below)
        yield from (_Tried(lead, core, end, opens=deeper) for core in ((*HEADERS, *openers) if deeper else PLAIN))


def _between_brackets(shape: _Shape) -> Iterator[_Tried]:
    """Items stand as the item above does, or as the one below, or one deeper than the line that opened the bracket; what ends them
    stands as that line does."""
    end = "" if shape.ends_line else "\n"
    above, below = indent_of(shape.above), indent_of(shape.below)
    closes = shape.below.lstrip()[:1] in (")", "]", "}")
    if shape.above.rstrip().endswith(("(", "[", "{")):
        item = below if len(below) > len(above) and not closes else above + "    "
    else:
        item = above
    for depth, cores in ((item, ITEMS), (above.removesuffix("    "), CLOSERS), (above, CLOSERS)):
        lead = depth if shape.begins_line else ""
        yield from (_Tried(lead, core, end, between=True) for core in cores)


def _depths(shape: _Shape) -> list[str]:
    """Indentations that the region may have, the likeliest first: that of the line above, or one deeper behind a colon."""
    if not shape.begins_line:
        return [shape.indented]
    above, below = indent_of(shape.above), indent_of(shape.below)
    unit = "\t" if above.startswith("\t") else "    "
    opens, commented = shape.above.rstrip().endswith(":"), _opens_before_a_comment(shape.above)
    if len(below) > len(above) and not opens and not commented:
        unit = below[len(above) :]
    deeper = [above + unit] if opens or commented else []
    same = [] if opens else [above, below] if len(below) <= len(above) else [above]
    outer = [above[:cut] for cut in range(len(above) - len(unit), -1, -len(unit))]
    return list(dict.fromkeys([*deeper, *same, *outer]))


def _opens_before_a_comment(line: str) -> bool:
    """Whether a colon stands before what looks like a comment: it may also be a text that has both."""
    return any(line[: found.start()].rstrip().endswith(":") for found in re.finditer("#", line))


def _compiles(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
