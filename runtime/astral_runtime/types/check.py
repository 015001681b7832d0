"""Verdicts of mypy on candidates: one passes if it adds no error to those that the document has with the hole as Any.

A candidate inside a function is grafted into it, one after another, and checked as the function itself: methods keep their
overrides, decorators and recursion. Where other code can see the candidate (top level, class bodies, signatures, attributes
that a method defines) or where it brings imports, the whole module is checked with it instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from astral_runtime.holes import SUBHOLE, Fit, Span
from astral_runtime.types.engine import Blocked
from astral_runtime.types.jobs import Steps
from astral_runtime.types.live import Live, LiveUnit, Problem
from astral_runtime.types.masked import CALL, Lines, Masked, Piece
from astral_runtime.types.parse import Unparsable
from astral_runtime.types.region import names_bound
from astral_runtime.types.whole import check_whole, with_imports
from astral_runtime.verify.spec import Fault, Verdict

UNREACHABLE = "mypy finds this code unreachable, or skips it"
IGNORED = "the file tells mypy to ignore its errors"
SILENCER = re.compile(r"#\s*(type|mypy):\s*ignore")
BINDING_CODES = frozenset({"name-defined", "used-before-def", "possibly-undefined"})


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate (or the masked hole) in place: the text, where in it the candidate lies (bytes), and what mypy said.
    Problem lines count from 0; `shift` lines were put in above the candidate."""

    text: str
    start: int
    length: int
    problems: tuple[Problem, ...]
    shift: int = 0

    def keys(self) -> list[Key]:
        """The problems as they would be if the candidate were one line long and nothing stood above it."""
        lines = Lines(self.text)
        first, last = lines.line(self.start) - 1 - self.shift, lines.line(self.start + self.length) - 1 - self.shift
        return [_key(problem, first, last, self.shift) for problem in self.problems]


Key = tuple[int, str | None, str]


def check(live: Live, masked: Masked, piece: Piece, fits: Sequence[Fit], late: Callable[[], bool]) -> Steps[list[Verdict]]:
    """One verdict per fit, in order, with a pause after each. Once `late` says so, those left are skipped."""
    try:
        if live.reader.options.ignore_errors:
            return [_skipped(IGNORED) for _ in fits]
        live.return_to(masked)
        if piece.form != "type" and not live.facts(piece).reachable:
            return [_skipped(UNREACHABLE) for _ in fits]
        judge = _Judge(live, masked, piece)
        found: dict[int, Verdict] = {}
        for stage in (judge.in_function, judge.in_module):  # the second replaces the tree that the first works on
            for n, fit in enumerate(fits):
                if n in found:
                    continue
                verdict = _skipped("out of time") if late() else _silenced(fit) or stage(fit)
                if verdict is not None:
                    found[n] = verdict
                yield
        return [found[n] for n in range(len(fits))]
    except (Blocked, Unparsable) as error:
        return [_skipped(f"mypy cannot read the document: {error.args[0]}") for _ in fits]


class _Judge:
    """Judges candidates for one hole against the document with the hole as Any."""

    def __init__(self, live: Live, masked: Masked, piece: Piece) -> None:
        self.live = live
        self.masked = masked
        self.piece = piece
        self.length = piece.last - piece.first
        self._allowed: dict[str, Counter[Key]] = {}

    def in_function(self, fit: Fit) -> Verdict | None:
        """None if the candidate has to be judged with the whole module."""
        self.live.return_to(self.masked)
        unit = self.live.unit_of(self.piece)
        if unit is None or unit.target is None or fit.imports:
            return None
        source, start = self.live.source(unit), self.piece.first - self.live.lines.starts[unit.at.line - 1]
        allowed = self._allowed_by("function", source, start, lambda: self._problems_of(unit, source))
        text = _replaced(source, start, self.length, filler(fit.text))
        try:
            seen_by_others = self.live.try_source(unit, text)
        except (Blocked, Unparsable):
            return None
        if seen_by_others:
            self.live.try_source(unit, source)
            return None
        verdict = _compared(fit.text, Trial(text, start, len(filler(fit.text).encode()), self.live.problems(unit.at.line)), allowed)
        # Attributes get their types in the order in which mypy meets their definitions, which a single function cannot show.
        return None if verdict.outcome == "pass" and unit.target.function.def_or_infer_vars else verdict

    def _problems_of(self, unit: LiveUnit, source: str) -> tuple[Problem, ...]:
        self.live.try_source(unit, source)
        return self.live.problems(unit.at.line)

    def in_module(self, fit: Fit) -> Verdict:
        """What mypy cannot process at all is a failure of the candidate."""
        if self.live.masked != self.masked:
            self.live.sync(self.masked)
        start = self.piece.first
        allowed = self._allowed_by("module", self.masked.text, start, lambda: check_whole(self.live, self.masked.text))
        text = _replaced(self.masked.text, start, self.length, filler(fit.text))
        try:
            told, lines, at = with_imports(text, self.live, fit.imports)
            problems = check_whole(self.live, told)
        except (Blocked, Unparsable) as error:
            return _failed([Fault(str(error.args[0]), Span(0, len(fit.text.encode())), "syntax")])
        moved = start + (len(told.encode()) - len(text.encode()) if at <= start else 0)
        return _compared(fit.text, Trial(told, moved, len(filler(fit.text).encode()), problems, lines if at <= start else 0), allowed)

    def _allowed_by(self, scope: str, text: str, start: int, problems: Callable[[], tuple[Problem, ...]]) -> Counter[Key]:
        """The errors that the document has with the hole as Any, in the function or in the whole module."""
        if scope not in self._allowed:
            kept = tuple(problem for problem in problems() if not self._is_of_the_mask(problem))
            self._allowed[scope] = Counter(Trial(text, start, self.length, kept).keys())
        return self._allowed[scope]

    def _is_of_the_mask(self, problem: Problem) -> bool:
        """Whether an error is there only because statements were masked: what they bound, what they returned."""
        if self.piece.form != "statement":
            return False
        quoted = set(re.findall(r'"(\w+)"', problem.message))
        return problem.code == "return" or (problem.code in BINDING_CODES and bool(quoted & names_bound(self.masked.original(self.piece))))


def _silenced(fit: Fit) -> Verdict | None:
    """A candidate that tells mypy to look away has not been checked by it."""
    found = SILENCER.search(fit.text)
    if found is None:
        return None
    start = len(fit.text[: found.start()].encode())
    return _failed([Fault("it silences mypy", Span(start, start + len(found.group().encode())), "ignore")])


def _compared(text: str, trial: Trial, allowed: Counter[Key]) -> Verdict:
    left = Counter(allowed)
    added: list[Problem] = []
    for problem, key in zip(trial.problems, trial.keys(), strict=True):
        if left[key] > 0:
            left[key] -= 1
        else:
            added.append(problem)
    if added:
        return _failed([_fault(text, trial, problem) for problem in added])
    return Verdict("types", "pass", "" if SUBHOLE not in text else "open sub-holes count as Any")


def filler(candidate: str) -> str:
    """A candidate as mypy reads it: sub-holes are holes of their own."""
    return candidate.replace(SUBHOLE, f"{CALL}(0)")


def _replaced(text: str, start: int, length: int, new: str) -> str:
    data = text.encode()
    return (data[:start] + new.encode() + data[start + length :]).decode()


def _key(problem: Problem, first: int, last: int, shift: int) -> Key:
    line = problem.line - shift
    if line > last:
        line -= last - first
    elif line > first:
        line = first
    return line, problem.code, re.sub(r"\bline \d+", "line", problem.message)


def _fault(text: str, trial: Trial, problem: Problem) -> Fault:
    lines = Lines(trial.text)
    start = lines.offset(problem.line + 1, problem.column)
    end = lines.offset(problem.end_line + 1, problem.end_column) if problem.end_line >= 0 else start + 1
    if start >= trial.start + trial.length or end <= trial.start:
        return Fault(f"{problem.message} (elsewhere)", None, problem.code)
    return Fault(problem.message, Span(_unfilled(text, start - trial.start), _unfilled(text, end - trial.start)), problem.code)


def _unfilled(text: str, offset: int) -> int:
    """From an offset in `filler(text)` to one in `text`, clamped to it."""
    grown, data = len(filler(SUBHOLE)) - len(SUBHOLE.encode()), text.encode()
    for match in re.finditer(SUBHOLE.encode(), data):
        if offset <= match.start():
            break
        offset -= min(grown, offset - match.start())
    return min(max(offset, 0), len(data))


def _failed(faults: Sequence[Fault]) -> Verdict:
    first = min(faults, key=lambda fault: fault.span is None)
    return Verdict("types", "fail", first.message, tuple(faults))


def _skipped(why: str) -> Verdict:
    return Verdict("types", "skipped", why)
