"""The stages of constraints on the same holes with the same seeds: off → grammar → +scope → +types → +soft, a line of JSON per hole and stage.

Only the denoiser proposes, so that nothing hides what a constraint does; its candidates are ordered by the model's energy and judged as the
product judges them. `python tests/benchmarks/eval_constraints.py stages --weights FOLDER --shard 0/2` and `1/2` share the holes between two
processes; `report FILE …` makes the table of any lines written so far. A hole that is in the file already is not asked again.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cases import FORMS, Case, cases

from astral_runtime.bundled import Bundled, NoModel
from astral_runtime.constraints.compiler import Specification
from astral_runtime.denoise.proposer import Wish
from astral_runtime.denoise.warm import WarmModel
from astral_runtime.fill import CancelToken, Constrained, Progress
from astral_runtime.holes import Certain, Fit, HoleContext
from astral_runtime.types.client import Oracle, OracleSettings
from astral_runtime.verify.syntax import check_syntax

STAGES: dict[str, frozenset[Constrained]] = {
    "off": frozenset(),
    "grammar": frozenset({"grammar"}),
    "+scope": frozenset({"grammar", "scope"}),
    "+types": frozenset({"grammar", "scope", "types"}),
    "+soft": frozenset({"grammar", "scope", "types", "names"}),
}
"""Scope masks are of names, members and keyword arguments; types add keys, literals and the soft term over types."""

PACKAGES = ("httpx", "boltons", "click", "jinja2")
ROOT = Path(__file__).resolve().parents[2] / "models" / "data" / "packages"
SEED = 20_262
DEADLINE_MS = 30_000
CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Shard:
    """Every `of`-th case from `first` on."""

    first: int
    of: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """From `0/2`."""
        first, _, of = text.partition("/")
        return cls(int(first), int(of or 1))


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Of the command `stages`."""
    parser = argparse.ArgumentParser(prog="eval_constraints.py stages", description=__doc__)
    parser.add_argument("--weights", type=Path, default=None, help="folder of weights (default: the bundled ones)")
    parser.add_argument("--root", type=Path, default=ROOT, help="where the packages are installed")
    parser.add_argument("--cases", type=int, default=400, help="holes, evenly over packages and forms")
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=("expression", "statement"))
    parser.add_argument("--stages", nargs="*", choices=list(STAGES), default=list(STAGES))
    parser.add_argument("--packages", nargs="*", default=PACKAGES)
    parser.add_argument("--shard", type=Shard.read, default=Shard(0, 1), help="I/N: every N-th hole from the I-th on")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop with the hole that is under way then")
    parser.add_argument("--output", type=Path, required=True, help="lines are added here as they come")
    return parser.parse_args(arguments)


def run(arguments: Sequence[str]) -> int:
    """Measures; 1 when there is no model."""
    chosen = options(arguments)
    model = Bundled(chosen.weights).open()
    if isinstance(model, NoModel):
        print(model.why, file=sys.stderr)
        return 1
    written = {(row["id"], row["stage"]) for row in rows([chosen.output])} if chosen.output.exists() else set[tuple[str, str]]()
    ends = time.monotonic() + chosen.seconds
    with chosen.output.open("a", encoding="utf-8") as output:
        for package in chosen.packages:
            oracle = Oracle(OracleSettings(root=chosen.root))
            try:
                for case in _cases(chosen, package):
                    if time.monotonic() > ends:
                        return 0
                    for row in _stages(case, chosen, model, oracle, written):
                        output.write(json.dumps(row, ensure_ascii=False) + "\n")
                        output.flush()
            finally:
                oracle.close()
    return 0


def _cases(chosen: argparse.Namespace, package: str) -> Iterator[Case]:
    share = -(-chosen.cases // (len(chosen.packages) * len(chosen.forms)))
    for form in chosen.forms:
        yield from cases(chosen.root, package, form, share, chosen.seed)[chosen.shard.first :: chosen.shard.of]


def _stages(
    case: Case, chosen: argparse.Namespace, model: WarmModel, oracle: Oracle, written: set[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    identity = f"{case.file.module}:{case.form}:{case.spans[0][0]}-{case.spans[0][1]}"
    wanted = [stage for stage in chosen.stages if (identity, stage) not in written]
    if not wanted:
        return
    document, hole = case.document(chosen.root), case.holes()[0]
    context = oracle.contexts(document, (hole,), DEADLINE_MS)[0]
    begin = time.perf_counter()
    certain = oracle.certain(document, hole, DEADLINE_MS)
    certain_ms = (time.perf_counter() - begin) * 1000
    _propose(case, chosen, model, context, certain, "off")  # the first walk of a hole pays for the encoder
    for stage in wanted:
        found = _propose(case, chosen, model, context, certain, stage)
        row = {"id": identity, "package": case.file.package, "form": case.form, "stage": stage, "truth": case.truth(0)}
        judged = _judged(case, chosen, oracle, found["texts"], found["ms"])
        asked_ms = certain_ms if "scope" in STAGES[stage] else 0.0
        whole_ms = found["ms"] + found["energy_ms"] + judged["judged_ms"] + asked_ms
        yield row | {"certain_ms": round(certain_ms, 2), "whole_ms": round(whole_ms, 2)} | found | judged


def _propose(
    case: Case, chosen: argparse.Namespace, model: WarmModel, context: HoleContext, certain: Certain, stage: str
) -> dict[str, Any]:
    """The candidates of one stage, best first by energy, and what the walk cost in ms."""
    document, hole = case.document(chosen.root), case.holes()[0]
    specification = Specification(document.native, context.scope, STAGES[stage], lambda: certain)
    wish = Wish(expected_type=context.expected_type, specification=specification)
    begin, processor = time.perf_counter(), time.process_time()
    proposals = model.propose(document, hole, wish, CancelToken(), _ignored)
    ms, cpu_ms = (time.perf_counter() - begin) * 1000, (time.process_time() - processor) * 1000
    texts = [proposal.text for proposal in proposals]
    begin = time.perf_counter()
    energies = model.energies(document, hole, texts, CancelToken()) if texts else []
    energy_ms = (time.perf_counter() - begin) * 1000
    ordered = [text for _, text in sorted(zip(energies, texts, strict=True))]
    steps = max((proposal.steps for proposal in proposals), default=0)
    spent = {"ms": round(ms, 2), "cpu_ms": round(cpu_ms, 2), "energy_ms": round(energy_ms, 2)}
    return {"texts": ordered[:CANDIDATES], "distinct": len(texts), "steps": steps, **spent}


def _ignored(progress: Progress) -> None:
    """Nobody watches."""


def _judged(case: Case, chosen: argparse.Namespace, oracle: Oracle, texts: Sequence[str], ms: float) -> dict[str, Any]:
    """What verifiers say of the candidates; `valid_ms` until the first is known to pass both, None when none does."""
    document, hole = case.document(chosen.root), case.holes()[0]
    begin, valid, passes = time.perf_counter(), None, []
    for text in texts:
        parsed = check_syntax(document.native, hole.span, text).outcome == "pass"
        verdict = oracle.check(document, hole.span, [Fit(text, 0.0)], DEADLINE_MS)[0].outcome if parsed else "fail"
        passes.append(verdict == "pass")
        if passes[-1] and valid is None:
            valid = round(ms + (time.perf_counter() - begin) * 1000, 2)
    judged_ms = round((time.perf_counter() - begin) * 1000, 2)
    rank = next((n for n, text in enumerate(texts) if case.right(0, text)), None)
    parses = bool(texts) and _parses(case.filled(0, texts[0]))
    return {"parses": parses, "passes": passes, "rank": rank, "valid_ms": valid, "judged_ms": judged_ms}


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def rows(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The lines of these files."""
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def report(paths: Sequence[Path]) -> dict[str, Any]:
    """Figures of each stage over the holes that every stage was asked for, and what the masks cost beside `off` with the same seeds."""
    by: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in rows(paths):
        by[row["id"]][row["stage"]] = row
    stages = [stage for stage in STAGES if any(stage in found for found in by.values())]
    whole = [found for found in by.values() if all(stage in found for stage in stages)]
    return {stage: _figures([found[stage] for found in whole], [found.get("off") for found in whole]) for stage in stages}


def _figures(found: Sequence[dict[str, Any]], off: Sequence[dict[str, Any] | None]) -> dict[str, Any]:
    many = len(found)
    shares = {
        "nothing": sum(not row["texts"] for row in found),
        "parse@1": sum(row["parses"] for row in found),
        "type@1": sum(row["passes"][:1] == [True] for row in found),
        "type@5": sum(any(row["passes"]) for row in found),
        "exact@1": sum(row["rank"] == 0 for row in found),
        "exact@5": sum(row["rank"] is not None for row in found),
    }
    valid = [row["valid_ms"] for row in found if row["valid_ms"] is not None]
    slower = [row["ms"] / other["ms"] for row, other in zip(found, off, strict=True) if other is not None]
    of_step = [
        (row["ms"] / row["steps"]) / (other["ms"] / other["steps"])
        for row, other in zip(found, off, strict=True)
        if other is not None and row["steps"] and other["steps"]
    ]
    differs = [(row["rank"] == 0) - (other["rank"] == 0) for row, other in zip(found, off, strict=True) if other is not None]
    return {
        "n": many,
        "exact@1 less off": round(statistics.mean(differs), 4),
        "±": round(1.96 * statistics.pstdev(differs) / len(differs) ** 0.5, 4),
        **{name: round(count / max(1, many), 4) for name, count in shares.items()},
        "valid_ms": _median(valid),
        "walk_ms": _median([row["ms"] for row in found]),
        "walk/off": _median(slower),
        "whole/off": _median([row["whole_ms"] / other["whole_ms"] for row, other in zip(found, off, strict=True) if other is not None]),
        "step/off": _median(of_step),
        "certain_ms": _median([row["certain_ms"] for row in found]),
    }


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 3) if values else None
