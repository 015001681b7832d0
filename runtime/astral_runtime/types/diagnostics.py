"""Every error of mypy in a document, in the document's own offsets, functions that have not changed taken from memory."""

from __future__ import annotations

import re
from collections.abc import Iterator

from astral_runtime.holes import Span
from astral_runtime.types.jobs import Steps
from astral_runtime.types.live import Live, Problem
from astral_runtime.types.masked import Masked
from astral_runtime.types.whole import check_whole
from astral_runtime.verify.spec import Fault

DONE = object()
_LINE = re.compile(r"\bline \d+")
_WORD = re.compile(rb"\w+|.")


class Superseded(Exception):
    """Work that nobody waits for any more."""


def diagnose(live: Live, masked: Masked, text: str) -> Steps[list[Fault]]:
    """The errors of a document, by place; pauses after each function. Raises Blocked, Unparsable, or Superseded when the
    document has changed meanwhile."""
    steps = _functions(live)
    while True:
        if live.text != text:
            raise Superseded("the document has changed meanwhile")
        if live.outdated or live.masked != masked:
            live.sync(masked)
            steps = _functions(live)
        if next(steps, DONE) is DONE:
            return _faults(live, masked)
        yield


def _functions(live: Live) -> Iterator[None]:
    """Check the functions that have not been."""
    for unit in live.units:
        live.check(unit)
        yield


def _faults(live: Live, masked: Masked) -> list[Fault]:
    found: dict[tuple[int, str], Fault] = {}
    for problem in _problems(live):
        found.setdefault((problem.line, problem.message), Fault(problem.message, _span(live, masked, problem), problem.code))
    return sorted(found.values(), key=lambda fault: fault.span or Span(0, 0))


def _problems(live: Live) -> list[Problem]:
    """Lines count from 1. Checks the whole module where memory would be wrong: messages that name lines which have moved, errors
    that end on one, and lines that are not ASCII, whose columns the slim tree has wrong."""
    known = [*live.all_problems()]
    is_dated = live.has_moved and any(_LINE.search(problem.message) or problem.end_line > problem.line for problem in known)
    if not is_dated and all(live.lines.lines[problem.line - 1].isascii() for problem in known[: len(live.top.problems)]):
        return known
    return [problem.moved(1) for problem in check_whole(live, live.masked.text)]


def _span(live: Live, masked: Masked, problem: Problem) -> Span:
    start = live.lines.offset(problem.line, problem.column)
    end = live.lines.offset(problem.end_line, problem.end_column) if problem.end_line > 0 else start
    if end <= start + 1:  # mypy's way of saying that it does not know the end
        word = _WORD.match(live.lines.data, start)
        end = word.end() if word else start
    first = masked.to_document(start)
    return Span(first, max(first, masked.to_document(end)))
