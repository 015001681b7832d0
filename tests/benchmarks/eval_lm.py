"""`python tests/benchmarks/eval_lm.py --model PATH`: a language model alone, under masks, judged, and beside search, values and denoiser.

The holes are those of `eval_model.py`: expressions and lines cut (seeded) from packages that no weight and no ranking was fitted on. The
answer is what stood there, up to its syntax tree. The first two arms are what the model writes, in its own order; the others are fills.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_cases import Case, Form, cases

from astral_runtime.bundled import Absent, Bundled, NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Constrained, Deadline, FillOptions, Source
from astral_runtime.holes import Fit, Hole
from astral_runtime.pipeline import Pipeline
from astral_runtime.proposers.local import LocalModel
from astral_runtime.proposers.proposer import LanguageModelProposer
from astral_runtime.proposers.protocol import Asked
from astral_runtime.region import judged, readings
from astral_runtime.types.client import Oracle, OracleSettings

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent / "models" / "data" / "packages"
PACKAGES = ("httpx", "boltons", "click", "jinja2")
FORMS: tuple[Form, ...] = ("expression", "line")
SEED = 20260202
WARM_UP_MS = 60_000

Arm = Callable[[DocumentSnapshot, Hole], list[str]]
"""From a hole to texts, the best first."""

WRITTEN: dict[str, frozenset[Constrained]] = {
    "lm unconstrained": frozenset(),
    "lm constrained": frozenset({"grammar", "names"}),
}
FILLED: dict[str, tuple[Source, ...]] = {
    "lm, judged": ("lm",),
    "lm + search": ("lm", "search"),
    "without lm": ("search", "values", "denoiser"),
    "all": ("search", "values", "denoiser", "lm"),
}
ARMS = (*WRITTEN, *FILLED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One hole under one arm. `rank`: place of the truth among the first five texts, None when it is not there; `ms`: the whole fill."""

    package: str
    form: Form
    arm: str
    truth: str
    first: str | None
    rank: int | None
    parses: bool
    types: str
    ms: float


def main(arguments: Sequence[str]) -> int:
    """Print and write the figures; 1 when the model cannot be had."""
    options = _options(arguments)
    source = LocalModel(options.model)
    lm = source.open()
    if isinstance(lm, NoModel):
        print(lm.why, file=sys.stderr)
        return 1
    assert isinstance(lm, LanguageModelProposer)
    outcomes = [outcome for package in options.only for outcome in evaluate(options, package, source, lm)]
    report = {
        "model": lm.name,
        "sha256": lm.model.digest,
        "bundled": isinstance(Bundled().open(), NoModel) is False,
        "seed": options.seed,
        "budget_ms": options.budget_ms,
        "packages": list(options.only),
        "figures": figures(outcomes),
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(report["figures"], indent=1))
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a GGUF file")
    parser.add_argument("--root", type=Path, default=ROOT, help="where the packages are installed")
    parser.add_argument("--cases", type=int, default=500, help="of each form, over all packages")
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=FORMS)
    parser.add_argument("--arms", nargs="*", choices=ARMS, default=ARMS)
    parser.add_argument("--only", nargs="*", choices=PACKAGES, default=PACKAGES, help="packages")
    parser.add_argument("--budget-ms", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "lm.json")
    return parser.parse_args(arguments)


def evaluate(options: argparse.Namespace, package: str, source: LocalModel, lm: LanguageModelProposer) -> list[Outcome]:
    """Every hole of one package under every arm, through one oracle."""
    oracle, found = Oracle(OracleSettings(root=options.root)), list[Outcome]()
    arms = {arm: _arm(options, arm, oracle, source, lm) for arm in options.arms}
    try:
        for form in options.forms:
            for case in cases(options.root, package, form, -(-options.cases // len(options.only)), options.seed):
                document, hole = case.document(options.root), case.holes()[0]
                oracle.contexts(document, (hole,), WARM_UP_MS)  # what hover computes when the file settles
                found += [_outcome(case, document, hole, name, arm, oracle) for name, arm in arms.items()]
                print("  ", package, form, repr(case.truth(0)), [(each.rank, round(each.ms)) for each in found[-len(arms) :]], flush=True)
    finally:
        oracle.close()
    return found


def _arm(options: argparse.Namespace, name: str, oracle: Oracle, source: LocalModel, lm: LanguageModelProposer) -> Arm:
    if name in WRITTEN:

        def write(document: DocumentSnapshot, hole: Hole) -> list[str]:
            asked, deadline = Asked(constraints=WRITTEN[name]), Deadline(CancelToken(), options.budget_ms)
            return [fill.text for fill in lm.propose(document, hole, asked, deadline, lambda step: None)]

        return write
    pipeline = Pipeline(oracle, Bundled() if "denoiser" in FILLED[name] else Absent(), lm=source)

    def fill(document: DocumentSnapshot, hole: Hole) -> list[str]:
        wanted = FillOptions(5, options.budget_ms, FILLED[name])
        return [each.text for each in pipeline.fill(document, hole, wanted, CancelToken(), lambda step: None).candidates]

    return fill


def _outcome(case: Case, document: DocumentSnapshot, hole: Hole, name: str, arm: Arm, oracle: Oracle) -> Outcome:
    begin = time.perf_counter()
    texts = arm(document, hole)
    ms = round((time.perf_counter() - begin) * 1000, 1)
    first = texts[0] if texts else None
    rank = next((place for place, text in enumerate(texts[:5]) if case.right(0, text)), None)
    parses = first is not None and _parses(case.filled(0, first))
    types = "none" if first is None else _types(document, hole, first, oracle) if parses else "fail"
    return Outcome(case.file.package, case.form, name, case.truth(0), first, rank, parses, types, ms)


def _types(document: DocumentSnapshot, hole: Hole, text: str, oracle: Oracle) -> str:
    place = judged(document, hole, readings(document, hole))
    return oracle.check(place.document, place.hole.span, [Fit(text, 0.0)], WARM_UP_MS)[0].outcome


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def figures(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    """Shares in percent, and milliseconds, by form and arm."""
    keys = dict.fromkeys((each.form, each.arm) for each in outcomes)
    return {f"{form}, {arm}": _figures([each for each in outcomes if (each.form, each.arm) == (form, arm)]) for form, arm in keys}


def _figures(some: Sequence[Outcome]) -> dict[str, Any]:
    def share(of: Callable[[Outcome], bool]) -> float:
        return round(100 * sum(map(of, some)) / len(some), 1)

    times = sorted(each.ms for each in some)
    return {
        "holes": len(some),
        "exact@1": share(lambda each: each.rank == 0),
        "exact@5": share(lambda each: each.rank is not None),
        "parse@1": share(lambda each: each.parses),
        "type@1": share(lambda each: each.types == "pass"),
        "median_ms": round(statistics.median(times)),
        "p95_ms": round(times[min(len(times) - 1, int(0.95 * len(times)))]),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
