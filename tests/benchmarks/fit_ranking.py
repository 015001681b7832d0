"""Weights of the ranking in `astral_runtime.drafts`, fitted on packages that neither corpus nor benchmarks hold.

python -m pip install --target models/data/fitting -r tests/benchmarks/fit-packages.txt
python tests/benchmarks/fit_ranking.py

Of all drafts for a hole one is right: the weights are those of the conditional logit −(a · surprise − t · tokens + b · cost + u · [search did
not find it] + v · [the denoiser did not write it]) that makes the right ones likeliest. Told per nat of search's cost; `typical` is t/a.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from eval_model import HERE, ROOT, SEED
from model_cases import FORMS, Case, cases
from numpy.typing import NDArray

from astral_runtime.bundled import Bundled, ModelSource, NoModel
from astral_runtime.denoise.energy import BROKEN, TYPICAL
from astral_runtime.drafts import ENERGY_WEIGHT, UNSOUGHT, UNWRITTEN, Draft
from astral_runtime.fill import CancelToken, FillOptions
from astral_runtime.pipeline import Pipeline
from astral_runtime.types.client import Oracle, OracleSettings

Floats = NDArray[np.float64]
BUDGET_MS = 30_000
"""No draft may be missing because the machine was busy."""
CANDIDATES = 12
"""As many as make the pipeline keep every draft that search is asked for."""
PACKAGES = (
    "httpcore",
    "itsdangerous",
    "structlog",
    "tenacity",
    "urllib3",
    "humanize",
    "tomlkit",
    "websockets",
    "markdown_it",
    "loguru",
    "arrow",
    "platformdirs",
    "pluggy",
    "cachetools",
)
FOLDS = 5
STEPS, RATE, PRIOR = 300, 0.05, 0.02
NAMES = ("energy", "tokens", "cost", "unsought", "unwritten")


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
    parser.add_argument("--root", type=Path, default=ROOT.parent / "fitting")
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--cases", type=int, default=20, help="of each form in each package")
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=["expression", "statement", "part"])
    parser.add_argument("--only", nargs="*", choices=PACKAGES, default=PACKAGES)
    parser.add_argument("--lines", type=Path, default=ROOT.parent / "eval" / "ranking.jsonl", help="where drafts are kept; read first")
    parser.add_argument("--report", action="store_true", help="fit what the lines hold, gather nothing")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "ranking.json")
    options = parser.parse_args(arguments)
    model = Bundled(options.weights)
    opened = model.open()
    if isinstance(opened, NoModel):
        print(opened.why, file=sys.stderr)
        return 1
    if not options.report:
        for package in options.only:
            gather(options, package, model)
    rows = [json.loads(line) for line in options.lines.read_text(encoding="utf-8").splitlines()]
    report = {"model": opened.digest, **fitted([row for row in rows if row["model"] == opened.digest])}
    print(json.dumps(report, indent=1))
    options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def gather(options: argparse.Namespace, package: str, model: ModelSource) -> None:
    """Adds a line for each hole: what was proposed, what is thought of it, and whether it is what stood there."""
    oracle, opened = Oracle(OracleSettings(root=options.root.resolve())), model.open()
    pipeline = Watching(oracle, model)
    options.lines.parent.mkdir(parents=True, exist_ok=True)
    try:
        with options.lines.open("a", encoding="utf-8") as lines:
            for form in options.forms:
                for case in cases(options.root.resolve(), package, form, options.cases, SEED + 1):
                    row = {
                        "model": opened.digest,
                        "package": package,
                        "form": form,
                        "drafts": _of_case(pipeline, options.root.resolve(), case),
                    }
                    lines.write(json.dumps(row) + "\n")
                    lines.flush()
    finally:
        oracle.close()


def _of_case(pipeline: Watching, root: Path, case: Case) -> list[dict[str, float | bool]]:
    document, hole = case.document(root), case.holes()[0]
    pipeline.fill(document, hole, FillOptions(CANDIDATES, BUDGET_MS, ("search", "denoiser")), CancelToken(), lambda progress: None)
    tokenizer = pipeline.model.open().model.tokenizer
    before = tokenizer.tokens(document.native)
    found = []
    for draft in pipeline.drafts:
        if draft.energy is None or draft.energy >= BROKEN / 2:
            continue
        tokens = len(tokenizer.tokens(document.native.replaced([(hole.span.start, hole.span.end, draft.text)]), before)) - len(before)
        known = {"energy": draft.energy + TYPICAL * tokens, "tokens": tokens, "cost": draft.cost or 0.0}
        said = {"unsought": draft.cost is None, "unwritten": not draft.denoised, "right": case.right(0, draft.text)}
        found.append(known | said)
    return found


def fitted(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Weights, and how many of the holes have their answer first: by cost, by energy, by the fit, by what the product
    has, and by weights that were fitted on other packages."""
    asked = [row for row in rows if sum(draft["right"] for draft in row["drafts"]) and len(row["drafts"]) > 1]
    tables = [(row["package"], *_table(row["drafts"])) for row in asked]
    packages = sorted({package for package, _, _ in tables})
    held_out = 0
    for fold in range(FOLDS):
        mine = [table for table in tables if packages.index(table[0]) % FOLDS == fold]
        weights = ascent([(x, y) for package, x, y in tables if packages.index(package) % FOLDS != fold])
        held_out += sum(_first(x, y, weights) for _, x, y in mine)
    energy, tokens, cost, unsought, unwritten = weights = ascent([(x, y) for _, x, y in tables])
    ways = {
        "energy": np.array([1.0, -TYPICAL, 0, 0, 0]),
        "cost": np.array([0, 0, 1.0, 1e3, 0]),
        "fitted": weights,
        "shipped": np.array([ENERGY_WEIGHT, -ENERGY_WEIGHT * TYPICAL, 1.0, UNSOUGHT, UNWRITTEN]),
    }
    return {
        "packages": packages,
        "holes": {form: sum(row["form"] == form for row in asked) for form in sorted({row["form"] for row in asked})},
        "energy weight": round(energy / cost, 3),
        "typical": round(-tokens / energy, 2),
        "unsought": round(unsought / cost, 2),
        "unwritten": round(unwritten / cost, 2),
        "first": {way: sum(_first(x, y, of) for _, x, y in tables) for way, of in ways.items()} | {"held out": held_out},
    }


def _table(drafts: Sequence[dict[str, Any]]) -> tuple[Floats, Floats]:
    """(n, 5) features in the order of NAMES, (n,) which are right."""
    return np.array([[float(draft[name]) for name in NAMES] for draft in drafts]), np.array([float(draft["right"]) for draft in drafts])


def ascent(tables: Sequence[tuple[Floats, Floats]]) -> Floats:
    """Maximum likelihood with a weak prior, by Adam over standardised features."""
    scale = np.concatenate([x - x.mean(0) for x, _ in tables]).std(0) + 1e-9
    weights, mean, square = np.zeros((3, len(NAMES)))
    for step in range(1, STEPS + 1):
        gradient = PRIOR * weights
        for x, right in tables:
            score = -(x / scale) @ weights
            p = np.exp(score - score.max())
            p /= p.sum()
            gradient = gradient - (p - right * p / (right @ p)) @ (x / scale) / len(tables)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        weights = weights - RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-9)
    return np.asarray(weights / scale, np.float64)


def _first(x: Floats, right: Floats, weights: Floats) -> int:
    return int(right[int((x @ weights).argmin())])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
