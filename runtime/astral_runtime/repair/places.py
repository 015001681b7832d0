"""Suspicious places of a module, and what may stand there instead: slips of the pen, rules for mypy's errors, fits by type and by value."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.asserts import Subject, asserted, plain_names
from astral_runtime.examples.program import program
from astral_runtime.fill import CancelToken, FillOptions
from astral_runtime.holes import Fit, Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.repair.code import FUNCTIONS, Code
from astral_runtime.repair.diagnosis import Diagnosis
from astral_runtime.repair.library import Library
from astral_runtime.repair.remask import HOLE, may_be_a_hole
from astral_runtime.repair.rules import proposals
from astral_runtime.repair.site import Site
from astral_runtime.repair.suite import Suite
from astral_runtime.repair.values import Proposal
from astral_runtime.repair.variants import variants
from astral_runtime.types.client import Unavailable
from astral_runtime.values.search import search_values
from astral_runtime.verify.localise import blamed

UNWATCHED = 0.2
"""Suspicion of what runs while the module loads, before any test: constants, class bodies."""

NATS = 2.0
"""How much suspicion weighs against the score of a change: nats for each nat of it."""

SOUGHT = 40
"""How many fits search is asked for at one place."""

SEARCH_MS, VALUES_MS, MODEL_MS = 1500, 2500, 4000
"""How long each proposer may take for one place."""

_COMPOUND = (*FUNCTIONS, ast.ClassDef, ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


@dataclass(frozen=True, slots=True)
class Place:
    """An expression or a statement under suspicion, in (0, 1]."""

    node: ast.expr | ast.stmt
    span: Span
    suspicion: float

    @property
    def weight(self) -> float:
        """What its suspicion adds to the score of a change, in nats, at most 0."""
        return NATS * math.log(self.suspicion)


def places(code: Code, lines: Mapping[int, float]) -> list[Place]:
    """Every place that a suspicious line holds (lines from 1), and with little suspicion what no test's lines can show; likeliest first.

    With no lines known all are as suspicious as each other."""
    found = []
    for node in code.nodes:
        if isinstance(node, (ast.expr, ast.stmt)):
            suspicion = _suspicion(code, node, lines)
            if suspicion > 0:
                found.append(Place(node, code.span(node), suspicion))
    return sorted(found, key=lambda place: -place.suspicion)


def _suspicion(code: Code, node: ast.expr | ast.stmt, lines: Mapping[int, float]) -> float:
    last = node.lineno if isinstance(node, _COMPOUND) else node.end_lineno or node.lineno
    highest = max((lines.get(line, 0.0) for line in range(node.lineno, last + 1)), default=0.0)
    if highest or isinstance(node, _COMPOUND):
        return highest if lines else 1.0
    outside = code.function(code.span(node).start) is None
    return UNWATCHED if lines and outside else 0.0 if lines else 1.0


def slips(code: Code, around: Sequence[Place]) -> list[Proposal]:
    """Variants of every place, best first."""
    found = [replace(each, score=each.score + place.weight) for place in around for each in variants(code, place.node)]
    return sorted(found, key=lambda each: -each.score)


def ruled(diagnosis: Diagnosis) -> list[Proposal]:
    """What the rules propose for mypy's errors: they may have the same cause."""
    sites = [(fault, blamed(diagnosis.document.native, fault)) for fault in diagnosis.types]
    library = Library(diagnosis.code)
    return [each for fault, span in sites if span is not None for each in proposals(Site(diagnosis, fault, span, library))]


@dataclass(frozen=True, slots=True)
class Remasked:
    """Places of one document as holes, refilled by the pipeline's proposers, one at a time while there is time."""

    pipeline: Pipeline
    suite: Suite
    document: DocumentSnapshot
    code: Code
    cancel: CancelToken
    left_ms: Callable[[], int]

    def by_type(self, around: Sequence[Place]) -> Iterator[list[Proposal]]:
        """What search finds for each expression, small ones first among those equally suspicious."""
        for place in self._holes(around):
            masked, hole = self._masked(place)
            fits = self.pipeline.oracle.search(masked, hole, SOUGHT, min(SEARCH_MS, max(1, self.left_ms())))
            complete: list[Fit] = [] if isinstance(fits, Unavailable) else [fit for fit in fits if fit.complete]
            yield [Proposal(place.span, fit.text, place.weight - fit.cost, fit.imports, origin="search") for fit in complete]

    def by_value(self, around: Sequence[Place]) -> Iterator[list[Proposal]]:
        """Expressions whose values the plain asserts of the test file want: for what a function returns."""
        text = self.suite.tests.read_text(encoding="utf-8", errors="replace")
        for place in self._holes(around):
            if not isinstance(self.code.parents.get(place.node), ast.Return):
                continue
            masked, hole = self._masked(place)
            masked = replace(masked, root=self.suite.root)
            subject = self._subject(masked, hole, place)
            examples = tuple(asserted(text, self.suite.tests, subject)) if subject is not None else ()
            found = search_values(masked, hole, examples, self.suite.runner, self.cancel, min(VALUES_MS, max(1, self.left_ms())))
            yield [Proposal(place.span, each.text, place.weight - rank, origin="values") for rank, each in enumerate(found.found)]

    def by_model(self, around: Sequence[Place]) -> Iterator[list[Proposal]]:
        """What the denoiser puts into each place, conditioned on all the rest."""
        for place in self._holes(around):
            options = FillOptions(8, min(MODEL_MS, max(1, self.left_ms())), ("denoiser",))
            fill = self.pipeline.fill(self.document, Hole("repair", "region", place.span), options, self.cancel, lambda step: None)
            yield [Proposal(place.span, each.text, place.weight - rank, origin=each.source) for rank, each in enumerate(fill.candidates)]

    def _holes(self, around: Sequence[Place]) -> Iterator[Place]:
        values = [place for place in around if isinstance(place.node, ast.expr) and may_be_a_hole(self.code, place.node)]
        for place in sorted(values, key=lambda place: (-place.suspicion, place.span.end - place.span.start)):
            self.cancel.check()
            if self.left_ms() <= 0:
                return
            yield place

    def _masked(self, place: Place) -> tuple[DocumentSnapshot, Hole]:
        masked = replace(self.document, native=self.document.native.replaced([(*place.span, HOLE)]))
        return masked, Hole("repair", "expression", Span(place.span.start, place.span.start + len(HOLE)))

    def _subject(self, masked: DocumentSnapshot, hole: Hole, place: Place) -> Subject | None:
        function = self.code.function(place.span.start)
        if function is None:
            return None
        owner = self.code.parents.get(function)
        at = program(masked, hole)
        names = plain_names(f"{at.before}{at.stop}{at.after}")
        return Subject(at.module, function.name, owner.name if isinstance(owner, ast.ClassDef) else None, names)
