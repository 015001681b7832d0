"""`just eval-search`: search alone on 300 expression holes cut (seeded) from packages that nobody here wrote.

Each hole goes the product's own way: oracle process → search → verification, nothing else. The answer is what stood
there, up to its syntax tree; the file with the hole is all that the search sees of it.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from holes_cut import Cut, modules, sample
from recheck import new_errors

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Fill, FillOptions
from astral_runtime.holes import Hole, Span
from astral_runtime.pipeline import REQUIRED, Pipeline
from astral_runtime.types.client import Oracle, OracleSettings, Unavailable
from astral_runtime.verify.contract import accepted

HERE = Path(__file__).parent
PACKAGES = {"attr": "attrs", "httpx": "httpx", "more_itertools": "more-itertools", "boltons": "boltons", "click": "click"}
SEED = 20260101
HOLE = b"..."
BUDGET_MS = 30_000
MOST = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """One hole and what became of it. `rank`: 0-based place of the truth among the candidates, None when absent."""

    package: str
    module: str
    line: int
    role: str
    kind: str
    annotated: bool
    truth: str
    first: str | None
    rank: int | None
    status: str
    why: str
    """Why it was not accepted."""
    parses: bool | None
    """Whether candidate 0 of an accepted fill parses in place; None when nothing was accepted."""
    types: bool | None
    """Whether it adds no error of a separate, whole-program mypy; None when nothing was accepted."""
    place: int | None
    """0-based place of the truth among the first MOST proposals of search, None when absent: what a model could still pick."""
    cpu_ms: float
    """CPU time of the oracle process for that search, its context already known."""
    search_ms: float
    total_ms: float


def main(arguments: Sequence[str]) -> int:
    """Print and write the figures; 1 when an accepted fill does not parse or type-check."""
    options = _options(arguments)
    outcomes: list[Outcome] = []
    for name in options.only or PACKAGES:
        outcomes += evaluate(options.root, name, options.holes // len(PACKAGES), options.seed)
        print(f"{PACKAGES.get(name, name)}: {_line(outcomes_of(outcomes, 'package', name))}", flush=True)
    report = figures(outcomes, options.seed)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    _print(outcomes)
    return 0 if report["parse@1"] in {None, 1.0} and report["type@1"] in {None, 1.0} else 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=HERE / ".packages", help="where the packages are installed")
    parser.add_argument("--holes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="*", help="import names of packages")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "eval_search.json")
    return parser.parse_args(arguments)


def evaluate(root: Path, package: str, many: int, seed: int) -> list[Outcome]:
    """Every hole of one package, through one oracle."""
    oracle = Oracle(OracleSettings(root=root))
    try:
        filled = [_fill(Pipeline(oracle), root, cut) for cut in sample(root, package, many, seed)]
    finally:
        oracle.close()
    taken = {n: _applied(each.cut, each.fill) for n, each in enumerate(filled) if each.fill.status == "accepted"}
    errors = new_errors(root, modules(root, package), {n: (filled[n].cut, text) for n, text in taken.items()})
    return [_outcome(each, taken.get(n), errors.get(n)) for n, each in enumerate(filled)]


@dataclass(frozen=True, slots=True)
class Filled:
    """A hole with its fill and with what search alone proposed first; times in milliseconds."""

    cut: Cut
    fill: Fill
    total_ms: float
    proposed: tuple[str, ...]
    cpu_ms: float


def _fill(pipeline: Pipeline, root: Path, cut: Cut) -> Filled:
    data = cut.path.read_bytes()
    text = (data[: cut.span[0]] + HOLE + data[cut.span[1] :]).decode()
    hole = Hole("h1", "expression", Span(cut.span[0], cut.span[0] + len(HOLE)))
    document = DocumentSnapshot(cut.path, Snapshot(text), 0, root)
    pipeline.contexts(document, BUDGET_MS)  # what hover computes when the file settles
    proposed, cpu_ms = _search(pipeline.oracle, document, hole)
    begin = time.perf_counter()
    fill = pipeline.fill(document, hole, FillOptions(candidates=5, budget_ms=BUDGET_MS), CancelToken(), lambda progress: None)
    return Filled(cut, fill, (time.perf_counter() - begin) * 1000, proposed, cpu_ms)


def _search(oracle: Oracle, document: DocumentSnapshot, hole: Hole) -> tuple[tuple[str, ...], float]:
    before = _cpu_ms(oracle)
    found = oracle.search(document, hole, MOST, BUDGET_MS)
    spent = _cpu_ms(oracle) - before
    return () if isinstance(found, Unavailable) else tuple(fit.text for fit in found if fit.complete), spent


def _cpu_ms(oracle: Oracle) -> float:
    if oracle.pid is None:
        return 0.0
    times = psutil.Process(oracle.pid).cpu_times()
    return (times.user + times.system) * 1000


def _applied(cut: Cut, fill: Fill) -> str:
    """The file with candidate 0 in the hole's place."""
    data = cut.path.read_bytes()
    return (data[: cut.span[0]] + fill.candidates[0].text.encode() + data[cut.span[1] :]).decode()


def _outcome(filled: Filled, text: str | None, errors: Sequence[str] | None) -> Outcome:
    cut, fill = filled.cut, filled.fill
    proposed = [candidate.text for candidate in fill.candidates if accepted(candidate.verdicts, REQUIRED)]
    rank = next((n for n, each in enumerate(proposed) if same(each, cut.truth)), None)
    place = next((n for n, each in enumerate(filled.proposed) if same(each, cut.truth)), None)
    line = cut.path.read_bytes().count(b"\n", 0, cut.span[0]) + 1
    return Outcome(
        cut.package, cut.module, line, cut.role, _kind(cut.truth), cut.annotated, cut.truth, proposed[0] if proposed else None, rank,
        fill.status, fill.why, None if text is None else _parses(text), None if errors is None else not errors,
        place, filled.cpu_ms, fill.timings_ms["search"], filled.total_ms,
    )  # fmt: skip


def same(candidate: str, truth: str) -> bool:
    """Equal as syntax trees."""
    return _tree(candidate) == _tree(truth)


def _tree(source: str) -> str:
    return ast.dump(ast.parse(f"({source}\n)", mode="eval"))


def _kind(source: str) -> str:
    return type(ast.parse(f"({source}\n)", mode="eval").body).__name__


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def figures(outcomes: Sequence[Outcome], seed: int) -> dict[str, object]:
    """Everything that docs/benchmarks.md quotes, and every hole."""
    groups = {key: sorted({str(getattr(each, key)) for each in outcomes}) for key in ("package", "role", "kind", "annotated")}
    return {
        "seed": seed,
        "packages": [line for line in (HERE / "eval-packages.txt").read_text().splitlines() if not line.startswith("#")],
        **_summary(outcomes),
        "by": {key: {value: _summary(outcomes_of(outcomes, key, value)) for value in values} for key, values in groups.items()},
        "holes": [asdict(each) for each in outcomes],
    }


def outcomes_of(outcomes: Iterable[Outcome], key: str, value: str) -> list[Outcome]:
    """Those of one group."""
    return [each for each in outcomes if str(getattr(each, key)) == value]


def _summary(outcomes: Sequence[Outcome]) -> dict[str, object]:
    many = len(outcomes) or 1
    taken = [each for each in outcomes if each.status == "accepted"]
    return {
        "n": len(outcomes),
        "top1": round(sum(each.rank == 0 for each in outcomes) / many, 4),
        "top5": round(sum(each.rank is not None for each in outcomes) / many, 4),
        "recall@20": round(sum(each.place is not None and each.place < 20 for each in outcomes) / many, 4),
        "recall@50": round(sum(each.place is not None for each in outcomes) / many, 4),
        "accepted": round(len(taken) / many, 4),
        "parse@1": round(sum(bool(each.parses) for each in taken) / len(taken), 4) if taken else None,
        "type@1": round(sum(bool(each.types) for each in taken) / len(taken), 4) if taken else None,
        "cpu_ms": round(sum(each.cpu_ms for each in outcomes) / many, 1),  # the mean, as the system counts in ticks
        "search_ms": round(statistics.median([each.search_ms for each in outcomes] or [0]), 1),
        "total_ms": round(statistics.median([each.total_ms for each in outcomes] or [0]), 1),
    }


def _line(outcomes: Sequence[Outcome]) -> str:
    return "  ".join(f"{key} {value}" for key, value in _summary(outcomes).items())


def _print(outcomes: Sequence[Outcome]) -> None:
    print(f"all: {_line(outcomes)}")
    for key in ("role", "kind", "annotated"):
        for value, _ in Counter(str(getattr(each, key)) for each in outcomes).most_common():
            print(f"  {key} {value}: {_line(outcomes_of(outcomes, key, value))}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
