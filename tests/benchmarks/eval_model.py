"""`just eval-model`: search, denoiser and both on holes of five forms, cut (seeded) from packages that no weight has seen.

Each hole goes the product's own way: oracle process → proposals → energy → verification. The answer is what stood there, up to its
syntax tree. Weights of the ranking were fitted on flask and sortedcontainers, so the sums leave these two out.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cases import FORMS, Case, Form, cases
from model_lengths import compare
from model_masked import masked_accuracy
from model_warm import warm_figures

from astral_runtime.backends.onnx import Model
from astral_runtime.bundled import Absent, Bundled, ModelSource, NoModel
from astral_runtime.fill import CancelToken, Fill, FillOptions, Progress, Source
from astral_runtime.pipeline import REQUIRED, Pipeline
from astral_runtime.types.client import Oracle, OracleSettings
from astral_runtime.verify.contract import accepted

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent / "models" / "data" / "packages"
FITTED = ("flask", "sortedcontainers")
PACKAGES = ("httpx", "boltons", "click", "jinja2", *FITTED)
SEED = 20260202
BUDGET_MS = 30_000
ARMS: dict[str, tuple[Source, ...]] = {
    "search": ("search",),
    "search, ordered by energy": ("search",),
    "denoiser": ("denoiser",),
    "both": ("search", "denoiser"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One hole under one arm. `rank`: place of the truth among the candidates, None when absent; `passes`: whether candidate 0 is accepted.

    `shown_ms`: until the first text of the denoiser was shown, None when it showed none.
    """

    package: str
    form: Form
    arm: str
    crosses: bool
    case: int
    truth: str
    first: str | None
    rank: int | None
    parses: bool
    passes: bool
    source: str | None
    shown_ms: float | None
    timings_ms: dict[str, float]


def main(arguments: Sequence[str]) -> int:
    """Print and write the figures; 1 when there is no model."""
    options = _options(arguments)
    source = Bundled(options.weights)
    opened = source.open()
    if isinstance(opened, NoModel):
        print(opened.why, file=sys.stderr)
        return 1
    measured = {"fills": fills, "masked": masked, "lengths": lengths, "warm": warm}
    report = {"model": opened.digest, "training": opened.model.artefacts.manifest["training"], "seed": options.seed}
    for part in options.parts:
        report[part] = measured[part](options, source, opened.model)
        print(part, json.dumps(report[part], ensure_ascii=False)[:2000], flush=True)
    keep(options.output, report)
    return 0


def keep(path: Path, report: dict[str, Any]) -> None:
    """Writes the parts that were measured; parts of an earlier run stay if it was of the same weights."""
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    merged = (old if old.get("model") == report["model"] else {}) | report
    path.write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def fills(options: argparse.Namespace, source: ModelSource, model: Model) -> dict[str, Any]:
    """Every form under every arm."""
    outcomes: list[Outcome] = []
    for package in options.only or PACKAGES:
        outcomes += evaluate(options, package, source)
    return figures(outcomes)


def masked(options: argparse.Namespace, source: ModelSource, model: Model) -> dict[str, Any]:
    """Accuracy of hidden tokens by class, of expressions and of statements."""
    return {
        form: masked_accuracy(model, spread(options, options.only or PACKAGES, form, options.cases), options.seed)
        for form in ("expression", "statement")
    }


def lengths(options: argparse.Namespace, source: ModelSource, model: Model) -> dict[str, Any]:
    """Ways to find the length, on the same cases."""
    asked = options.only or PACKAGES
    unfitted = [package for package in asked if package not in FITTED] or list(asked)
    fitting = spread(options, FITTED, "expression", -(-options.cases // 5))
    return compare(model, options.root, fitting, spread(options, unfitted, "expression", options.cases))


def warm(options: argparse.Namespace, source: ModelSource, model: Model) -> dict[str, Any]:
    """The warm state."""
    return warm_figures(model, options.root, "click", options.edits)


def spread(options: argparse.Namespace, packages: Sequence[str], form: Form, many: int) -> list[Case]:
    """`many` cases, evenly over packages."""
    share = -(-many // len(packages))
    return [case for package in packages for case in cases(options.root, package, form, share, options.seed)]


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="where the packages are installed")
    parser.add_argument("--weights", type=Path, default=None, help="folder of weights (default: the bundled ones)")
    parser.add_argument("--cases", type=int, default=500, help="of each form, over all packages")
    parser.add_argument("--edits", type=int, default=1000, help="random edits of the warm state")
    parser.add_argument(
        "--parts", nargs="*", choices=("fills", "masked", "lengths", "warm"), default=("fills", "masked", "lengths", "warm")
    )
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=FORMS)
    parser.add_argument("--arms", nargs="*", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="*", choices=PACKAGES, help="packages")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "model.json")
    return parser.parse_args(arguments)


def evaluate(options: argparse.Namespace, package: str, model: ModelSource) -> list[Outcome]:
    """Every hole of one package under every arm, through one oracle."""
    oracle = Oracle(OracleSettings(root=options.root))
    pipelines = {arm: Pipeline(oracle, Absent() if arm == "search" else model) for arm in options.arms}
    share = len(options.only or PACKAGES)
    found: list[Outcome] = []
    try:
        for form in options.forms:
            for number, case in enumerate(cases(options.root, package, form, -(-options.cases // share), options.seed)):
                found += of_case(pipelines, options.root, case, number)
            print(f"  {package} {form}: {_line([each for each in found if each.form == form])}", flush=True)
    finally:
        oracle.close()
    return found


def of_case(pipelines: dict[str, Pipeline], root: Path, case: Case, number: int) -> list[Outcome]:
    """Every hole of a case, each filled while the others are open."""
    document, found = case.document(root), []
    next(iter(pipelines.values())).oracle.contexts(document, case.holes(), BUDGET_MS)  # what hover computes when the file settles
    for index, hole in enumerate(case.holes()):
        for arm, pipeline in pipelines.items():
            shown: list[float] = []
            begin = time.perf_counter()

            def watch(progress: Progress, shown: list[float] = shown, begin: float = begin) -> None:
                if progress.confidence:
                    shown.append((time.perf_counter() - begin) * 1000)

            fill = pipeline.fill(document, hole, FillOptions(5, BUDGET_MS, ARMS[arm]), CancelToken(), watch)
            found.append(_outcome(case, index, number, arm, fill, shown[0] if shown else None))
    return found


def _outcome(case: Case, index: int, number: int, arm: str, fill: Fill, shown_ms: float | None) -> Outcome:
    texts = [candidate.text for candidate in fill.candidates]
    first = fill.candidates[0] if texts else None
    return Outcome(
        case.file.package, case.form, arm, case.crosses, number, case.truth(index), first.text if first else None,
        next((n for n, text in enumerate(texts) if case.right(index, text)), None),
        first is not None and _parses(case.filled(index, first.text)), first is not None and accepted(first.verdicts, REQUIRED),
        first.source if first else None, shown_ms, fill.timings_ms,
    )  # fmt: skip


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Everything that docs/benchmarks.md quotes."""
    unfitted = [each for each in outcomes if each.package not in FITTED]
    groups: dict[str, dict[str, list[Outcome]]] = {
        "form": _grouped(unfitted, "form"),
        "package": _grouped(outcomes, "package"),
        "another file": {
            "needed": [each for each in unfitted if each.crosses],
            "not needed": [each for each in unfitted if not each.crosses],
        },
    }
    by = {
        group: {value: {arm: _summary(row) for arm, row in _grouped(rows, "arm").items()} for value, rows in values.items()}
        for group, values in groups.items()
    }
    stages = {arm: _stages(rows) for arm, rows in _grouped([each for each in outcomes if each.form == "expression"], "arm").items()}
    return {"fitted": list(FITTED), "by": by, "stages": stages, "files": _files(unfitted)}


def _grouped(outcomes: Iterable[Outcome], key: str) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for each in outcomes:
        found.setdefault(getattr(each, key), []).append(each)
    return found


def _summary(outcomes: Sequence[Outcome]) -> dict[str, float]:
    many = len(outcomes)
    shares = {
        "exact@1": sum(each.rank == 0 for each in outcomes),
        "exact@5": sum(each.rank is not None for each in outcomes),
        "parse@1": sum(each.parses for each in outcomes),
        "type@1": sum(each.passes for each in outcomes),
        "denoiser first": sum(each.source == "denoiser" for each in outcomes),
    }
    return {"n": many, **{name: round(count / max(1, many), 4) for name, count in shares.items()}}


def _stages(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of each stage, in milliseconds."""
    rows: dict[str, list[float]] = {"shown": [each.shown_ms for each in outcomes if each.shown_ms is not None]}
    for each in outcomes:
        for stage, ms in each.timings_ms.items():
            rows.setdefault(stage, []).append(ms)
    return {
        stage: {"p50": round(statistics.median(row), 1), "p95": round(_p95(row), 1), "n": len(row)} for stage, row in rows.items() if row
    }


def _p95(row: Sequence[float]) -> float:
    return sorted(row)[min(len(row) - 1, round(0.95 * (len(row) - 1)))]


def _files(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Of the files with several holes, how many had every one of them right at once."""
    found: dict[str, dict[tuple[str, int], list[bool]]] = {}
    for each in outcomes:
        if each.form == "several":
            found.setdefault(each.arm, {}).setdefault((each.package, each.case), []).append(each.rank == 0)
    return {arm: {"n": len(rows), "all right": round(sum(map(all, rows.values())) / len(rows), 4)} for arm, rows in found.items()}


def _line(outcomes: Sequence[Outcome]) -> str:
    rows = {arm: _summary(row) for arm, row in _grouped(outcomes, "arm").items()}
    return " | ".join(f"{arm}: @1 {row['exact@1']:.3f} @5 {row['exact@5']:.3f} of {row['n']}" for arm, row in rows.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
