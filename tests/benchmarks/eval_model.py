"""`just eval-model`: search, denoiser and both on holes of five forms, cut (seeded) from packages that no weight has seen.

Each hole goes the product's own way within the product's own budget: oracle process → proposals → energy → verification. The answer is
what stood there, up to its syntax tree. Weights of the ranking are fitted on packages that nothing else uses (`fit_ranking.py`).

Fills are kept as JSON lines, one folder for weights, draw and budget: a run may be stopped at any moment, and the same call goes on; with
`--report` it only counts.
Processes that run side by side have one thread each; what a fill costs alone on the machine is the part `latency`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model_arms import ARMS
from model_cases import FORMS, Case, Form, cases
from model_figures import figures, line
from model_fills import Plan, read, run
from model_latency import latencies
from model_lengths import compare
from model_masked import masked_accuracy
from model_warm import warm_figures

from astral_runtime.backends.onnx import Model
from astral_runtime.bundled import Bundled, ModelSource, NoModel
from astral_runtime.fill import FillOptions

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent / "models" / "data" / "packages"
LINES = ROOT.parent / "eval"
FITTED = ("flask", "sortedcontainers")
"""Of the dev split too: what a length is guessed by was fitted on these."""
PACKAGES = ("boltons", "httpx", "click", "jinja2")
SEED = 20260202
BUDGET_MS = FillOptions().budget_ms
PARTS = ("fills", "masked", "lengths", "warm", "latency")


def main(arguments: Sequence[str]) -> int:
    """Print and write the figures; 1 when there is no model."""
    options = _options(arguments)
    source = Bundled(options.weights)
    opened = source.open()
    if isinstance(opened, NoModel):
        print(opened.why, file=sys.stderr)
        return 1
    measured = {"fills": fills, "masked": masked, "lengths": lengths, "warm": warm, "latency": latency}
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
    lines = options.lines / f"{model.artefacts.digest[:12]}-{options.seed}-{options.cases}-{options.crossing}-{options.budget_ms}ms"
    if not options.report:
        arms, ends = tuple(options.arms), time.time() + 60 * options.minutes
        packages, budget = tuple(options.only or PACKAGES), options.budget_ms
        plan = Plan(
            options.root,
            options.weights,
            packages,
            tuple(options.forms),
            arms,
            options.cases,
            options.crossing,
            options.seed,
            budget,
            lines,
            ends,
        )
        run(plan, options.jobs)
    outcomes = read(lines)
    print(line(outcomes), flush=True)
    return {"budget_ms": options.budget_ms, **figures(outcomes)}


def latency(options: argparse.Namespace, source: ModelSource, model: Model) -> dict[str, Any]:
    """How long a fill of an expression takes, alone on the machine."""
    return latencies(source, options.root, spread(options, options.only or PACKAGES, "expression", options.timed))


def masked(options: argparse.Namespace, source: ModelSource, model: Model) -> dict[str, Any]:
    """Accuracy of hidden tokens by class, of expressions and of statements."""
    return {
        form: masked_accuracy(model, spread(options, options.only or PACKAGES, form, options.cases), options.seed)
        for form in ("expression", "statement")
    }


def lengths(options: argparse.Namespace, source: ModelSource, model: Model) -> dict[str, Any]:
    """Ways to find the length, on the same cases."""
    asked = options.only or PACKAGES
    fitting = spread(options, FITTED, "expression", -(-options.lengths // 5))
    return compare(model, options.root, fitting, spread(options, asked, "expression", options.lengths))


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
    parser.add_argument("--cases", type=int, default=520, help="holes of each form, over all packages")
    parser.add_argument("--crossing", type=int, default=300, help="further cases that need a name of another file")
    parser.add_argument("--lengths", type=int, default=300, help="cases for the ways to find the length")
    parser.add_argument("--timed", type=int, default=100, help="cases whose fills are timed")
    parser.add_argument("--edits", type=int, default=1000, help="random edits of the warm state")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=FORMS)
    parser.add_argument("--arms", nargs="*", choices=list(ARMS), default=[arm for arm in ARMS if arm != "search, ordered by energy"])
    parser.add_argument("--budget-ms", type=int, default=BUDGET_MS, help="of one fill (default: the product's)")
    parser.add_argument("--jobs", type=int, default=1, help="processes of one thread that fill side by side")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="when no other fill begins")
    parser.add_argument("--report", action="store_true", help="count the fills that are there, fill no other ones")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="*", choices=(*PACKAGES, *FITTED), help="packages")
    parser.add_argument("--lines", type=Path, default=LINES, help="folder of the fills' JSON lines")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "model.json")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
