"""How long a warm fill of an expression takes with the product's defaults: first preview, first verified candidate of the model, every stage."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_cases import Case

from astral_runtime.bundled import ModelSource, NoModel
from astral_runtime.denoise.proposer import Proposal, Wish
from astral_runtime.denoise.sampler import Sampling
from astral_runtime.denoise.warm import WarmModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, FillOptions, OnProgress, Progress, Source
from astral_runtime.holes import Fit, Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.types.client import Oracle, OracleSettings
from astral_runtime.verify.contract import REQUIRED
from astral_runtime.verify.spec import Verdict

WARM_UP_MS = 60_000
ARMS: dict[str, tuple[Source, ...]] = {"both": FillOptions().proposers, "denoiser alone": ("denoiser",)}


@dataclass(slots=True)
class _Watch:
    """When something of one fill happened first, in milliseconds from its beginning, and what the model has proposed in it."""

    begin: float = field(default_factory=time.perf_counter)
    proposed: frozenset[str] = frozenset()
    first: dict[str, float] = field(default_factory=dict)

    def __call__(self, progress: Progress) -> None:
        """A preview is text with a confidence: a step of the denoiser."""
        if progress.confidence:
            self.note("first preview")

    def passed(self, texts: Sequence[str]) -> None:
        """These have just passed the last of the required verifiers."""
        if not self.proposed.isdisjoint(texts):
            self.note("first verified of the model")

    def note(self, what: str) -> None:
        """It happens now."""
        self.first.setdefault(what, (time.perf_counter() - self.begin) * 1000)


class _WatchedModel(WarmModel):
    """The model of a source; what it proposes is noted."""

    watch: _Watch

    def open(self) -> WarmModel:
        """Itself."""
        return self

    def propose(
        self, document: DocumentSnapshot, hole: Hole, wish: Wish, cancel: CancelToken, on_progress: OnProgress
    ) -> tuple[Proposal, ...]:
        """What is proposed alone, and what others propose as well."""
        found = super().propose(document, hole, wish, cancel, on_progress)
        self.watch.proposed = frozenset(each.text for each in found)
        return found


class _WatchedOracle(Oracle):
    """Types are asked last, and only of what has passed syntax."""

    watch: _Watch

    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]:
        """What passes is noted."""
        verdicts = super().check(document, span, fits, deadline_ms)
        self.watch.passed([fit.text for fit, verdict in zip(fits, verdicts, strict=True) if verdict.outcome == "pass"])
        return verdicts


def latencies(source: ModelSource, root: Path, cases: Sequence[Case]) -> dict[str, Any]:
    """Median and 95th percentile of each stage, in milliseconds, with everybody proposing and with the denoiser alone.

    Warm: the oracle has answered for the hole and the encoder has read its file and what repository memory holds for it, as after an
    earlier fill near by. `first verified of the model`: when the first text that the denoiser proposed, alone or beside others, had
    passed every required verifier. Fills without one do not count there.
    """
    model = source.open()
    if isinstance(model, NoModel) or {spec.domain for spec in REQUIRED} != {"syntax", "types"}:
        raise ValueError("there is nothing to time: the model cannot be had, or other verifiers are required than are watched here")
    oracle, watched = _WatchedOracle(OracleSettings(root=root)), _WatchedModel(model.model)
    pipeline = Pipeline(oracle, watched)

    def watch(now: _Watch) -> None:
        oracle.watch = watched.watch = now

    try:
        rows = {
            name: [_timed(pipeline, watch, case, root, FillOptions(proposers=arm)) for case in [cases[0], *cases]]
            for name, arm in ARMS.items()
        }
    finally:
        oracle.close()
    both, alone = (_stages(rows[name][1:]) for name in ARMS)  # the first fill of a process also pays for imports
    return {"fills": len(cases), "stages": both, "denoiser alone": alone}


def _timed(pipeline: Pipeline, watched: Callable[[_Watch], None], case: Case, root: Path, options: FillOptions) -> dict[str, float]:
    document, hole = case.document(root), case.holes()[0]
    watched(_Watch())
    _warm(pipeline, document, hole)
    watch = _Watch()
    watched(watch)
    fill = pipeline.fill(document, hole, options, CancelToken(), watch)
    return fill.timings_ms | watch.first


def _warm(pipeline: Pipeline, document: DocumentSnapshot, hole: Hole) -> None:
    found = pipeline.oracle.contexts(document, (hole,), WARM_UP_MS)[0]
    model = pipeline.model.open()
    if isinstance(model, WarmModel):
        wish = Wish(Sampling(steps=1), trajectories=1, expected_type=found.expected_type)
        model.propose(document, hole, wish, CancelToken(), lambda progress: None)


def _stages(rows: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    by: dict[str, list[float]] = {}
    for row in rows:
        for stage, ms in row.items():
            by.setdefault(stage, []).append(ms)
    return {stage: {"p50": round(statistics.median(ms), 1), "p95": round(_p95(ms), 1), "n": len(ms)} for stage, ms in by.items()}


def _p95(row: Sequence[float]) -> float:
    return sorted(row)[min(len(row) - 1, round(0.95 * (len(row) - 1)))]
