"""How long a warm fill of an expression takes with the product's defaults: first preview, first verified candidate of the model, every stage."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_cases import Case

from astral_runtime.bundled import ModelSource
from astral_runtime.denoise.proposer import Wish
from astral_runtime.denoise.sampler import Sampling
from astral_runtime.denoise.warm import WarmModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, FillOptions, Progress
from astral_runtime.holes import Hole
from astral_runtime.pipeline import REQUIRED, Pipeline
from astral_runtime.types.client import Oracle, OracleSettings
from astral_runtime.verify.contract import accepted

WARM_UP_MS = 60_000


@dataclass(slots=True)
class _Watch:
    """When the texts of one fill were shown, in milliseconds from its beginning."""

    begin: float = field(default_factory=time.perf_counter)
    previews: list[float] = field(default_factory=list)

    def __call__(self, progress: Progress) -> None:
        """A preview is text with a confidence: a step of the denoiser."""
        if progress.confidence:
            self.previews.append(self.now())

    def now(self) -> float:
        """Milliseconds since the beginning."""
        return (time.perf_counter() - self.begin) * 1000


def latencies(source: ModelSource, root: Path, cases: Sequence[Case]) -> dict[str, Any]:
    """Median and 95th percentile of each stage, in milliseconds.

    Warm: the oracle has answered for the hole and the encoder has read its file and what repository memory holds for it, as after an
    earlier fill near by. A fill hands its candidates over together when all are verified: `first verified of the model` is the end of
    those fills that have a candidate of the denoiser which passed every required verifier.
    """
    oracle = Oracle(OracleSettings(root=root))
    pipeline, rows = Pipeline(oracle, source), list[dict[str, float]]()
    try:
        for case in cases[:1] + list(cases):  # the first fill of a process also pays for imports
            rows.append(_timed(pipeline, case, root))
    finally:
        oracle.close()
    return {"fills": len(rows) - 1, "stages": _stages(rows[1:])}


def _timed(pipeline: Pipeline, case: Case, root: Path) -> dict[str, float]:
    document, hole = case.document(root), case.holes()[0]
    _warm(pipeline, document, hole)
    watch = _Watch()
    fill = pipeline.fill(document, hole, FillOptions(), CancelToken(), watch)
    took = dict(fill.timings_ms)
    if watch.previews:
        took["first preview"] = watch.previews[0]
    if any(each.source == "denoiser" and accepted(each.verdicts, REQUIRED) for each in fill.candidates):
        took["first verified of the model"] = took["total"]
    return took


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
