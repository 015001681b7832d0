"""A text that differs from the one before inside one function's suite only: found by lines, without parsing the file.

The function must still parse by itself and its changed lines must be indented deeper than its `def`, so that the rest of
the file is what it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from astral_runtime.types.masked import Lines
from astral_runtime.types.parse import Reader, Unit, Unparsable, parse_alone

_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t].*", re.MULTILINE)


def shifted(units: Sequence[Unit], old: Lines, new: Lines, reader: Reader) -> tuple[Unit, ...] | None:
    """The units of the new text if one suite at most has changed, and in no way that matters to other code; else None."""
    if old.data == new.data:
        return tuple(units)
    first, old_last, new_last = _changed(old, new)
    index = next((n for n, unit in enumerate(units) if unit.suite[0] <= first <= unit.last_line + 1 and old_last <= unit.last_line), None)
    if index is None or units[index].body is None or not _indented(new, first, new_last, units[index].column):
        return None
    by = new_last - old_last
    unit = replace(units[index], last_line=units[index].last_line + by)
    source = new.slice(unit.line, unit.last_line)
    if _IMPORT.findall(source) != _IMPORT.findall(old.slice(unit.line, unit.last_line - by)):
        return None
    try:
        grown = parse_alone(source, unit, new, reader)
    except Unparsable:
        return None
    if grown.body is None or grown.kept != unit.kept:
        return None
    return (*units[:index], grown, *(_moved(each, by, new) for each in units[index + 1 :]))


def _changed(old: Lines, new: Lines) -> tuple[int, int, int]:
    """First line that differs, and the last one in the old and in the new text, 1-based; a last before the first says
    that there is none."""
    mine, theirs = old.lines, new.lines
    shorter = min(len(mine), len(theirs))
    before = _most(shorter, lambda n: mine[:n] == theirs[:n])
    after = _most(shorter - before, lambda n: mine[len(mine) - n :] == theirs[len(theirs) - n :])
    return before + 1, len(mine) - after, len(theirs) - after


def _most(limit: int, holds: Callable[[int], bool]) -> int:
    """The largest n ≤ limit for which a property holds that 0 has and that only smaller n share."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _indented(new: Lines, first: int, last: int, column: int) -> bool:
    return all(new.indent(line) > column for line in range(first, last + 1) if new.lines[line - 1].strip())


def _moved(unit: Unit, by: int, new: Lines) -> Unit:
    suite = (unit.suite[0] + by, unit.suite[1])
    last = unit.last_line + by
    body = (new.starts[suite[0] - 1], new.end(last)) if unit.body is not None else None
    return replace(unit, line=unit.line + by, last_line=last, suite=suite, body=body)
