"""Weights of the ranking in `astral_runtime.drafts`, fitted on packages that neither corpus nor benchmarks hold.

python -m pip install --target models/data/fitting -r tests/benchmarks/fit-packages.txt
python tests/benchmarks/fit_ranking.py --lm PATH

Of all drafts for a hole one is right: the weights are those of the conditional logit −(a · surprise − t · tokens + b · cost + u · [search did
not find it] + v · [the denoiser did not write it]) that makes the right ones likeliest. Told per nat of search's cost; `typical` is t/a.

A language model's likelihood weighs beside all of that, with the weights that the product has: −(s · all of that + l · nats + r · [the model did
not read it]), over all drafts; the four above are fitted over those that are not the language model's alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from eval_model import HERE, ROOT, SEED
from model_cases import FORMS, Case, cases
from numpy.typing import NDArray

from astral_runtime.bundled import Bundled, ModelSource, NoModel
from astral_runtime.denoise.energy import BROKEN, TYPICAL
from astral_runtime.drafts import ENERGY_WEIGHT, LIKELIHOOD_WEIGHT, UNREAD, UNSOUGHT, UNWRITTEN, Draft
from astral_runtime.fill import CancelToken, FillOptions
from astral_runtime.pipeline import Pipeline
from astral_runtime.proposers.local import LocalModel
from astral_runtime.proposers.proposer import LanguageModelProposer
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
SHIPPED = np.array([ENERGY_WEIGHT, -ENERGY_WEIGHT * TYPICAL, 1.0, UNSOUGHT, UNWRITTEN])
BESIDE = ("nats", "unread")
"""What a language model thinks of a draft, and whether it did not read it."""


class Watching(Pipeline):
    """A pipeline that remembers the drafts of its last fill and verifies none of them: their order is what is fitted."""

    def __init__(self, oracle: Oracle, model: ModelSource, lm: LocalModel) -> None:
        super().__init__(oracle, model, lm=lm)
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
    parser.add_argument("--lm", type=Path, required=True, help="a GGUF file")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no hole after so many")
    parser.add_argument("--cases", type=int, default=20, help="of each form in each package")
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=["expression", "statement", "line", "part"])
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
    source = LocalModel(options.lm)
    lm = source.open()
    if not isinstance(lm, LanguageModelProposer):
        print(lm, file=sys.stderr)
        return 1
    models = {"model": opened.digest, "lm": lm.model.digest}
    if not options.report:
        gather(options, models, model, source)
    rows = [json.loads(line) for line in options.lines.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row.items() >= models.items()]
    report = models | {"without": fitted([_without(row) for row in rows]), "beside": likelihoods(rows)}
    print(json.dumps(report, indent=1))
    options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def gather(options: argparse.Namespace, models: dict[str, str], model: ModelSource, lm: LocalModel) -> None:
    """Adds a line for each hole: what was proposed, what is thought of it, and whether it is what stood there. Forms and packages in turn."""
    root, ends = options.root.resolve(), time.monotonic() + options.seconds
    options.lines.parent.mkdir(parents=True, exist_ok=True)
    options.lines.touch()
    known = {row["key"] for row in map(json.loads, options.lines.read_text(encoding="utf-8").splitlines()) if row.items() >= models.items()}
    every = [cases(root, package, form, options.cases, SEED + 1) for package in options.only for form in options.forms]
    oracle = Oracle(OracleSettings(root=root))
    pipeline = Watching(oracle, model, lm)
    try:
        for case in (case for turn in zip_longest(*every) for case in turn if case is not None):
            key = f"{case.file.module}:{case.form}:{case.spans[0][0]}"
            if key in known:
                continue
            if time.monotonic() > ends:
                break
            row = models | {"key": key, "package": case.file.package, "form": case.form, "drafts": _of_case(pipeline, root, case)}
            with options.lines.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")
    finally:
        oracle.close()


def _of_case(pipeline: Watching, root: Path, case: Case) -> list[dict[str, float | bool]]:
    document, hole = case.document(root), case.holes()[0]
    pipeline.fill(document, hole, FillOptions(CANDIDATES, BUDGET_MS, ("search", "denoiser", "lm")), CancelToken(), lambda progress: None)
    tokenizer = pipeline.model.open().model.tokenizer
    before = tokenizer.tokens(document.native)
    found = []
    for draft in pipeline.drafts:
        if draft.energy is None or draft.energy >= BROKEN / 2:
            continue
        tokens = len(tokenizer.tokens(document.native.replaced([(hole.span.start, hole.span.end, draft.text)]), before)) - len(before)
        known = {"energy": draft.energy + TYPICAL * tokens, "tokens": tokens, "cost": draft.cost or 0.0}
        said = {"unsought": draft.cost is None, "unwritten": not draft.denoised, "right": case.right(0, draft.text)}
        unread = draft.surprise in (None, UNREAD)  # the pipeline marks those that the language model did not read
        found.append(known | said | {"nats": 0.0 if unread else draft.surprise, "unread": unread, "source": draft.source})
    return found


def _without(row: dict[str, Any]) -> dict[str, Any]:
    """A hole as it is without a language model."""
    return row | {"drafts": [draft for draft in row["drafts"] if draft["source"] != "lm"]}


def fitted(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Weights, and how many of the holes have their answer first: by cost, by energy, by the fit, by what the product
    has, and by weights that were fitted on other packages."""
    asked = _asked(rows)
    tables = [(row["package"], *_table(row["drafts"], NAMES)) for row in asked]
    energy, tokens, cost, unsought, unwritten = weights = ascent([(x, y) for _, x, y in tables])
    ways = {"energy": np.array([1.0, -TYPICAL, 0, 0, 0]), "cost": np.array([0, 0, 1.0, 1e3, 0]), "fitted": weights, "shipped": SHIPPED}
    return {
        **_counted(asked),
        "energy weight": round(energy / cost, 3),
        "typical": round(-tokens / energy, 2),
        "unsought": round(unsought / cost, 2),
        "unwritten": round(unwritten / cost, 2),
        "first": {way: sum(_first(x, y, of) for _, x, y in tables) for way, of in ways.items()} | {"held out": held_out(tables)},
    }


def likelihoods(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a nat of the language model weighs against one of cost, and how many a draft has that it did not read; how many of the holes have
    their answer first by that, without the model, by the model alone, and by weights that were fitted on other packages."""
    asked = _asked([row for row in rows if not all(draft["unread"] for draft in row["drafts"])])
    tables = [(row["package"], *_beside(row["drafts"])) for row in asked]
    score, nats, unread = weights = ascent([(x, y) for _, x, y in tables])
    ways = {
        "without": np.array([1.0, 0.0, 0.0]),
        "alone": np.array([0.0, 1.0, 1e3]),
        "fitted": weights,
        "shipped": np.array([1.0, LIKELIHOOD_WEIGHT, LIKELIHOOD_WEIGHT * UNREAD]),
    }
    return {
        **_counted(asked),
        "likelihood weight": round(nats / score, 3),
        "unread": round(unread / nats, 2),
        "first": {way: sum(_first(x, y, of) for _, x, y in tables) for way, of in ways.items()} | {"held out": held_out(tables)},
    }


def held_out(tables: Sequence[tuple[str, Floats, Floats]]) -> int:
    """Answers that come first by weights of other packages."""
    packages = sorted({package for package, _, _ in tables})
    first = 0
    for fold in range(FOLDS):
        weights = ascent([(x, y) for package, x, y in tables if packages.index(package) % FOLDS != fold])
        first += sum(_first(x, y, weights) for package, x, y in tables if packages.index(package) % FOLDS == fold)
    return first


def _asked(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Holes with a choice that may be right."""
    return [row for row in rows if len(row["drafts"]) > 1 and any(draft["right"] for draft in row["drafts"])]


def _counted(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    forms = [row["form"] for row in rows]
    return {"packages": sorted({row["package"] for row in rows}), "holes": {form: forms.count(form) for form in sorted(set(forms))}}


def _table(drafts: Sequence[dict[str, Any]], names: Sequence[str]) -> tuple[Floats, Floats]:
    """(n, len(names)) features, (n,) which are right."""
    return np.array([[float(draft[name]) for name in names] for draft in drafts]), np.array([float(draft["right"]) for draft in drafts])


def _beside(drafts: Sequence[dict[str, Any]]) -> tuple[Floats, Floats]:
    """(n, 3): what drafts weigh without the language model, and BESIDE; (n,) which are right."""
    others, right = _table(drafts, NAMES)
    return np.column_stack([others @ SHIPPED, _table(drafts, BESIDE)[0]]), right


def ascent(tables: Sequence[tuple[Floats, Floats]]) -> Floats:
    """Maximum likelihood with a weak prior, by Adam over standardised features."""
    scale = np.concatenate([x - x.mean(0) for x, _ in tables]).std(0) + 1e-9
    weights, mean, square = np.zeros((3, len(scale)))
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
