"""Weights of the ranking in `astral_runtime.drafts`, fitted on packages that the evaluation's sums leave out.

python tests/benchmarks/fit_ranking.py

A draft's score is −(energy + w · cost), where a draft that search did not find has cost u. Of all drafts for a hole one is right: w and u
are those of the conditional logit −(a · energy + b · cost) that makes the right ones likeliest, w = b/a and u in nats of cost.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from eval_model import FITTED, HERE, ROOT, SEED
from model_cases import FORMS, Case, cases
from numpy.typing import NDArray

from astral_runtime.bundled import Bundled, ModelSource, NoModel
from astral_runtime.denoise.energy import BROKEN
from astral_runtime.drafts import Draft
from astral_runtime.fill import CancelToken, FillOptions
from astral_runtime.pipeline import Pipeline
from astral_runtime.types.client import Oracle, OracleSettings

Floats = NDArray[np.float64]
BUDGET_MS = 30_000
"""No draft may be missing because the machine was busy."""
CANDIDATES = 12
"""As many as make the pipeline keep every draft that search is asked for."""
STEPS, RATE, PRIOR = 4000, 0.02, 1e-3


class Watching(Pipeline):
    """A pipeline that remembers the drafts of its last fill and verifies none of them: their order is what is fitted."""

    def __init__(self, oracle: Oracle, model: ModelSource) -> None:
        super().__init__(oracle, model)
        self.drafts: list[Draft] = []

    def _drafts(self, ask, model):  # type: ignore[no-untyped-def]  # a stage of the pipeline, looked at from outside
        self.drafts = super()._drafts(ask, model)
        return self.drafts

    def _verified(self, ask, drafts, tests):  # type: ignore[no-untyped-def]
        return []


def main(arguments: Sequence[str]) -> int:
    """Print and write the weights; 1 when there is no model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--cases", type=int, default=160, help="of each form")
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=["expression", "statement", "line"])
    parser.add_argument("--output", type=Path, default=HERE / "results" / "ranking.json")
    options = parser.parse_args(arguments)
    model = Bundled(options.weights)
    opened = model.open()
    if isinstance(opened, NoModel):
        print(opened.why, file=sys.stderr)
        return 1
    rows = [row for package in FITTED for row in gathered(options, package, model)]
    report = {"model": opened.digest, "packages": list(FITTED), "forms": options.forms, "holes": len(rows), **fitted(rows)}
    print(json.dumps(report))
    options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def gathered(options: argparse.Namespace, package: str, model: ModelSource) -> list[tuple[Floats, int]]:
    """For each hole whose answer was proposed: features of its drafts, and which is right."""
    oracle = Oracle(OracleSettings(root=options.root))
    pipeline, found = Watching(oracle, model), []
    try:
        for form in options.forms:
            for case in cases(options.root, package, form, options.cases // len(FITTED), SEED + 1):
                found += _of_case(pipeline, options.root, case)
    finally:
        oracle.close()
    return found


def _of_case(pipeline: Watching, root: Path, case: Case) -> list[tuple[Floats, int]]:
    document, hole = case.document(root), case.holes()[0]
    pipeline.fill(document, hole, FillOptions(CANDIDATES, BUDGET_MS), CancelToken(), lambda progress: None)
    drafts = [draft for draft in pipeline.drafts if draft.energy is not None and draft.energy < BROKEN]
    right = next((n for n, draft in enumerate(drafts) if case.right(0, draft.text)), None)
    return [] if right is None else [(features(drafts), right)]


def features(drafts: Sequence[Draft]) -> Floats:
    """(n, 3): energy, search's cost or 0, whether search did not find it."""
    return np.array([(draft.energy or 0.0, draft.cost or 0.0, float(draft.cost is None)) for draft in drafts])


def fitted(rows: Sequence[tuple[Floats, int]]) -> dict[str, float]:
    """Weights, and how many of the holes have their answer first with energy alone, with cost alone, and with these weights."""
    a, b, unsought = weights = ascent(rows)
    first = {
        "energy alone": _first(rows, np.array([1.0, 0.0, 0.0])),
        "cost alone": _first(rows, np.array([0.0, 1.0, 1e3])),
        "fitted": _first(rows, weights),
    }
    return {"cost weight": round(float(b / a), 3), "unsought": round(float(unsought / b), 3), **first}


def ascent(rows: Sequence[tuple[Floats, int]]) -> Floats:
    """Maximum likelihood by gradient ascent on the logarithms of the weights: none may turn negative."""
    log = np.log(np.array([1.0, 1.0, 6.0]))
    for _ in range(STEPS):
        weights, gradient = np.exp(log), np.zeros(3)
        for table, right in rows:
            score = -(table @ weights)
            p = np.exp(score - score.max())
            gradient += (p / p.sum()) @ table - table[right]
        log += RATE * (gradient * weights / max(1, len(rows)) - PRIOR * log)
    return np.asarray(np.exp(log), np.float64)


def _first(rows: Sequence[tuple[Floats, int]], weights: Floats) -> float:
    return round(float(np.mean([int((table @ weights).argmin()) == right for table, right in rows])), 4) if rows else 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
