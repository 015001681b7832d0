"""One fill, as the paper's sentence: context → proposals → verify → ranked candidates (§7, Algorithm 1)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Candidate, Fill, FillOptions, OnProgress, Progress
from astral_runtime.holes import SUBHOLE, Fit, Hole, HoleContext
from astral_runtime.imports import import_edits
from astral_runtime.search.untyped import search_untyped
from astral_runtime.types.client import Oracle, Unavailable
from astral_runtime.verify.contract import judge, rank
from astral_runtime.verify.spec import ExactVerifierSpec, Verdict
from astral_runtime.verify.syntax import SYNTAX, check_syntax
from astral_runtime.verify.types import TYPES

REQUIRED: tuple[ExactVerifierSpec, ...] = (SYNTAX, TYPES)

POOL = 4
"""How many proposals per wanted candidate go to the verifiers."""

_NOT_RUN = (
    Verdict("tests", "skipped", "examples are not run: no sandbox in this version"),
    Verdict("spec", "skipped", "no contract checker is installed"),
)


@dataclass(slots=True)
class _Clock:
    """Remaining budget of one fill and what each stage took, in milliseconds."""

    budget_ms: int
    started: float = field(default_factory=time.perf_counter)
    timings_ms: dict[str, float] = field(default_factory=dict)

    def left_ms(self) -> int:
        return max(1, round(self.budget_ms - (time.perf_counter() - self.started) * 1000))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.timings_ms[name] = round((time.perf_counter() - begin) * 1000, 3)


class Pipeline:
    """Fills holes of document snapshots with the help of one oracle. Thread-safe as far as the oracle is."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle

    def contexts(self, document: DocumentSnapshot, deadline_ms: int) -> tuple[HoleContext, ...]:
        """σ, Γ and constraints of every hole of the document, in order; unknown types say why."""
        return self.oracle.contexts(document, document.holes(), deadline_ms)

    def fill(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress) -> Fill:
        """Propose, verify and rank fills of one hole. Raises Cancelled when `cancel` is set; changes nothing."""
        clock = _Clock(options.budget_ms)
        on_progress(Progress(hole, document.version, step=0, t=1.0, text=SUBHOLE))
        with clock.stage("search"):
            fits = self._proposals(document, hole, options, clock)
        cancel.check()
        steps = _show_forming(document, hole, fits, on_progress)
        with clock.stage("verify"):
            candidates = self._verified(document, hole, [fit for fit in fits if fit.complete], clock, cancel)
        ranked = rank(candidates, REQUIRED)[: options.candidates]
        status, why = judge(ranked, REQUIRED)
        if ranked:
            on_progress(Progress(hole, document.version, step=steps, t=0.0, text=ranked[0].text))
        clock.timings_ms["total"] = round((time.perf_counter() - clock.started) * 1000, 3)
        return Fill(hole, status, tuple(ranked), document.version, why, clock.timings_ms, steps)

    def _proposals(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, clock: _Clock) -> tuple[Fit, ...]:
        """Fits by type; by name alone when there are no types to be had, which the verdicts will say."""
        fits = self.oracle.search(document, hole, options.candidates * POOL, clock.left_ms())
        return search_untyped(document, hole, options.candidates * POOL) if isinstance(fits, Unavailable) else fits

    def _verified(self, document: DocumentSnapshot, hole: Hole, fits: Sequence[Fit], clock: _Clock, cancel: CancelToken) -> list[Candidate]:
        syntax = [check_syntax(document.native, hole.span, fit.text) for fit in fits]
        cancel.check()
        parsed = [fit for fit, verdict in zip(fits, syntax, strict=True) if verdict.outcome == "pass"]
        types = dict(zip(parsed, self.oracle.check(document, hole.span, parsed, clock.left_ms()), strict=True)) if parsed else {}
        cancel.check()
        unparsed = Verdict("types", "skipped", "it does not parse")
        return [
            Candidate(
                text=fit.text,
                score=-fit.cost,
                source="search",
                verdicts=(verdict, types.get(fit, unparsed), *_NOT_RUN),
                edits=import_edits(document, fit.imports),
            )
            for fit, verdict in zip(fits, syntax, strict=True)
        ]


def _show_forming(document: DocumentSnapshot, hole: Hole, fits: Sequence[Fit], on_progress: OnProgress) -> int:
    """Report the best partially filled state that search went through; the number of steps shown so far."""
    partial = next((fit.text for fit in fits if not fit.complete), None)
    if partial is None:
        return 1
    tokens = partial.replace(SUBHOLE, f" {SUBHOLE} ").split()
    on_progress(Progress(hole, document.version, step=1, t=partial.count(SUBHOLE) / len(tokens), text=partial))
    return 2
