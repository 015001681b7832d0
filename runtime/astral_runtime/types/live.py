"""One document as it is loaded in mypy, kept in step with its text at the least cost.

A new text is compared with the loaded one without the functions' bodies. If they agree, bodies are grafted one by one and
only when something is asked of them (`graft`). If they differ, the slim module is loaded anew, and its functions are
grafted afterwards, again on demand.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mypy.errors import ErrorInfo
from mypy.nodes import Node
from mypy.types import Type

from astral_runtime.types.engine import Blocked, Engine
from astral_runtime.types.facts import UNREACHED, Facts, facts_of
from astral_runtime.types.graft import Target, graft, targets_of
from astral_runtime.types.masked import Lines, Masked, Piece
from astral_runtime.types.parse import HiddenImports, Reader, Slim, Unit, parse_function, parse_slim, told_lines
from astral_runtime.types.plugin import HolePlugin, Key
from astral_runtime.types.shift import shifted


@dataclass(frozen=True, slots=True)
class Problem:
    """An error of mypy. Lines count from the function's first one (0), at the top level from the file's (1); columns are
    bytes; an end of -1 is unknown."""

    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    code: str | None

    def moved(self, lines: int) -> Problem:
        """The same error further down."""
        return replace(self, line=self.line + lines, end_line=self.end_line + lines if self.end_line >= 0 else -1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What checking a function, or the top level, gave. `facts` has one entry per hole in it, in order."""

    problems: tuple[Problem, ...]
    facts: tuple[Facts, ...]


@dataclass(slots=True)
class LiveUnit:
    """A function of the loaded tree. `outcome` is what checking `source` gave, None if that is not known; `signature`
    the facts of annotation holes in its signature, with the source that they are of. `target` is None for functions that
    mypy does not look at."""

    at: Unit
    target: Target | None
    source: str | None
    outcome: Outcome | None = None
    signature: tuple[str, list[Facts]] | None = None


class Live:
    """A document in the engine. Every method may raise Blocked or Unparsable; the last good state then stays.

    `answers` remembers what was said of this very text; a new text empties it. `has_moved`: lines may have been added or
    removed since the module was loaded, so that line numbers in mypy's messages may be old."""

    def __init__(self, engine: Engine, plugin: HolePlugin, module: str, path: str) -> None:
        self.engine = engine
        self.plugin = plugin
        self.module = module
        self.path = path
        self.text = ""
        self.masked = Masked("", (), 0)
        self.lines = Lines("")
        self.units: list[LiveUnit] = []
        self.top = Outcome((), ())
        self.answers: dict[object, Any] = {}
        self._hidden = HiddenImports()
        self._owners: dict[Piece, LiveUnit | None] = {}
        self._key: tuple[str, ...] | None = None
        self._anchors: list[tuple[LiveUnit | None, int, int]] = []
        self.has_moved = False

    @property
    def reader(self) -> Reader:
        """How texts of this document are parsed."""
        return Reader(self.path, self.module, self.engine.options_of(self.module))

    def forget(self) -> None:
        """Load the module anew at the next text: something that it imports has changed."""
        self._key = None

    @property
    def outdated(self) -> bool:
        """Whether the loaded version is not to be relied on."""
        return self._key is None

    def sync(self, masked: Masked) -> bool:
        """Bring the loaded module in step with a text. True if its importers may see a difference."""
        if self._key is not None and masked == self.masked:
            return False
        lines = Lines(masked.text)
        near = shifted([unit.at for unit in self.units], self.lines, lines, self.reader) if self._key is not None else None
        if near is not None and self._adopt(near, masked, lines):
            return False
        slim = parse_slim(masked.text, lines, self.reader, self._hidden)
        if near is None and self._key == slim.key and self._adopt(slim.units, masked, lines):
            return False
        return self._reload(slim, masked, lines)

    def return_to(self, masked: Masked) -> None:
        """Back in step with a text after others may have been answered. Raises Unparsable or Blocked."""
        if self.outdated or self.masked != masked:
            self.sync(masked)

    def _adopt(self, units: Sequence[Unit], masked: Masked, lines: Lines) -> bool:
        """Take over a text that differs in bodies only. False if one of them turns out to matter to other code."""
        for unit, at in zip(self.units, units, strict=True):
            unit.at = at
        self.masked, self.lines, self.has_moved = masked, lines, True
        self.answers.clear()
        self._owners = {piece: self._owner(piece) for piece in masked.holes}
        self.engine.overlay.put(self.path, masked.text)
        changed = [unit for unit in self.units if unit.at.kept and unit.source != self.source(unit)]
        return all(self._put(unit, self.source(unit)) for unit in changed)

    def _reload(self, slim: Slim, masked: Masked, lines: Lines) -> bool:
        self._key = None
        self.answers.clear()
        self.engine.overlay.put(self.path, masked.text)
        self.plugin.start()
        loaded = self.engine.load(self.module, self.path, slim.tree)
        tree = loaded.state.tree
        assert tree is not None
        loaded.state.detect_possibly_undefined_vars()
        self.masked, self.lines = masked, lines
        targets = dict(targets_of(tree))
        self.units = [LiveUnit(at, targets.get((at.line, at.column)), self._kept_source(at)) for at in slim.units]
        self._owners = {piece: self._owner(piece) for piece in masked.holes}
        problems = self.problems(0)
        inside = [self._suite_of(problem) for problem in problems]
        outside = [problem for problem, unit in zip(problems, inside, strict=True) if unit is None]
        self.top = Outcome(tuple(outside), tuple(self._facts(tree, self.pieces_in(None))))
        told = told_lines(lines, slim.units)
        self._anchors = [self._anchor(problem, told) for problem in outside]
        self.has_moved = False
        for unit in self.units:
            if unit.target is not None and unit.target.function.def_or_infer_vars:
                facts = self._facts(unit.target.function, self.pieces_in(unit))
                own = [problem.moved(-unit.at.line) for problem, owner in zip(problems, inside, strict=True) if owner is unit]
                unit.outcome = None if any(fact.generic for fact in facts) else Outcome(tuple(own), tuple(facts))
        self._key = slim.key
        return loaded.changed

    def _suite_of(self, problem: Problem) -> LiveUnit | None:
        """The function whose body the interface's check has covered, if the error is in it."""
        unit = next((unit for unit in self.units if unit.at.holds(problem.line, problem.column)), None)
        return unit if unit is not None and unit.target is not None and unit.target.function.def_or_infer_vars else None

    def _anchor(self, problem: Problem, told: Sequence[int]) -> tuple[LiveUnit | None, int, int]:
        """A line that the interface's check blames: below the `def` that it belongs to, or the nth line that mypy reads
        outside of the suites, and lines below it."""
        around = next((unit for unit in self.units if unit.at.holds(problem.line, problem.column)), None)
        if around is not None:
            return around, 0, problem.line - around.at.line
        index = max(0, bisect.bisect_right(told, problem.line) - 1)
        return None, index, problem.line - told[index] if told else 0

    def all_problems(self) -> Iterator[Problem]:
        """Every error of the document, its functions being checked; lines count from the file's first (1)."""
        told = told_lines(self.lines, [unit.at for unit in self.units]) or [1]
        for problem, (unit, index, below) in zip(self.top.problems, self._anchors, strict=True):
            yield problem.moved((told[index] if unit is None else unit.at.line) + below - problem.line)
        for unit in self.units:
            for problem in unit.outcome.problems if unit.outcome is not None else ():
                yield problem.moved(unit.at.line)

    def _kept_source(self, at: Unit) -> str | None:
        return self.lines.slice(at.line, at.last_line) if at.kept else None

    def source(self, unit: LiveUnit) -> str:
        """A unit's text as it stands in the document, holes masked."""
        return self.lines.slice(unit.at.line, unit.at.last_line)

    def check(self, unit: LiveUnit) -> Outcome:
        """Check a function as it stands in the document; at once if nothing about it has changed."""
        source = self.source(unit)
        if unit.target is not None and (unit.outcome is None or unit.source != source):
            self._put(unit, source)
        return unit.outcome or Outcome((), tuple(UNREACHED for _ in self.pieces_in(unit)))

    def _put(self, unit: LiveUnit, source: str) -> bool:
        """Graft a source. False if other code may see a difference."""
        if unit.target is None:
            return True
        pieces = self.pieces_in(unit)
        visible = self.try_source(unit, source)
        problems = self.problems(unit.at.line)
        facts = self._facts(unit.target.function, pieces)
        generic = frozenset(key_of(piece) for piece, fact in zip(pieces, facts, strict=True) if fact.generic)
        if generic:
            facts = self._probed(unit, source, generic)
        unit.source, unit.outcome = source, Outcome(problems, tuple(facts))
        return not visible

    def try_source(self, unit: LiveUnit, source: str, probing: frozenset[Key] = frozenset()) -> bool:
        """Graft a source that need not be the document's. True if other code may see a difference. mypy's errors and
        the plugin's sightings are those of the source afterwards, and the unit's outcome is gone."""
        assert unit.target is not None
        function = parse_function(source, unit.at, self.reader)
        unit.source = unit.outcome = None
        self.plugin.start(probing)
        try:
            return graft(self.engine, self.module, unit.target, function)
        except Exception:
            self.forget()
            raise

    def _probed(self, unit: LiveUnit, source: str, generic: frozenset[Key]) -> list[Facts]:
        """Facts with those of generic calls asked again, from holes that suggest nothing themselves. All but σ is of the tree
        that stays: mypy strips the symbols of a body that another one replaces, its nested functions and classes too."""
        assert unit.target is not None
        self.try_source(unit, source, probing=generic)
        probed = self._facts(unit.target.function, self.pieces_in(unit))
        self.try_source(unit, source)
        facts = self._facts(unit.target.function, self.pieces_in(unit))
        return [
            replace(fact, expected=probe.expected) if fact.generic and _outlives(probe.expected.type) else fact
            for fact, probe in zip(facts, probed, strict=True)
        ]

    def _facts(self, root: Node, pieces: Sequence[Piece]) -> list[Facts]:
        return facts_of(root, pieces, [key_of(piece) for piece in pieces], self.plugin, self.engine.checker_of(self.module))

    def problems(self, first_line: int) -> tuple[Problem, ...]:
        """mypy's errors on this file in its last run, with lines counted from `first_line`."""
        return tuple(_problem(info, first_line) for info in self.engine.errors_in(self.path) if info.severity == "error")

    def unit_of(self, piece: Piece) -> LiveUnit | None:
        """The function whose suite holds a hole; None for the top level, class bodies, decorators and signatures."""
        return self._owners[piece]

    def pieces_in(self, unit: LiveUnit | None) -> list[Piece]:
        """The holes in a function's suite, or (None) outside of all of them, in order."""
        return [piece for piece, owner in self._owners.items() if owner is unit]

    def _owner(self, piece: Piece) -> LiveUnit | None:
        column = piece.start - self.lines.starts[piece.line - 1]
        return next((unit for unit in self.units if unit.at.holds(piece.line, column)), None)

    def facts(self, piece: Piece) -> Facts:
        """What is known of a hole; checks what must be checked for it."""
        unit = self.unit_of(piece)
        if piece.form == "type" and unit is None:
            signed = next((each for each in self.units if each.at.line <= piece.line <= each.at.suite[0]), None)
            if signed is not None and signed.target is not None:
                return self._signature_facts(signed, signed.target, piece)
        outcome = self.top if unit is None else self.check(unit)
        return outcome.facts[self.pieces_in(unit).index(piece)]

    def _signature_facts(self, unit: LiveUnit, target: Target, piece: Piece) -> Facts:
        """Of an annotation in a signature: its function's body must have been checked just now."""
        source = self.source(unit)
        pieces = [each for each in self.pieces_in(None) if unit.at.line <= each.line <= unit.at.suite[0]]
        if unit.signature is None or unit.signature[0] != source:
            self.try_source(unit, source)
            unit.signature = source, self._facts(target.function, pieces)
        return unit.signature[1][pieces.index(piece)]


def key_of(piece: Piece) -> Key:
    """How the plugin numbers a hole."""
    return (piece.line, piece.ordinal)


def _outlives(type: Type | None) -> bool:
    """Whether a type says something and none of its classes is defined in a function's body (`Name@line`)."""
    return type is not None and "@" not in str(type)


def _problem(info: ErrorInfo, first_line: int) -> Problem:
    code = info.code.code if info.code is not None else None
    end = (info.end_line - first_line, info.end_column) if info.end_column > 0 else (-1, -1)
    return Problem(info.line - first_line, info.column, *end, info.message, code)


__all__ = ["Blocked", "Live", "LiveUnit", "Outcome", "Problem", "key_of"]
