"""`just eval-values`: do the user's own examples find the fill? Holes of functions with doctests, in packages that nobody here wrote.

The tool sees every other example of a hole, the grader runs them all. Every case is one line of JSON; a run goes on where the last one ended.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from report_values import summary
from values_cases import FORMS, Case, cases

from astral_runtime.bundled import Bundled
from astral_runtime.examples.program import candidate_text, program
from astral_runtime.examples.runner import Runner
from astral_runtime.examples.verify import Tested
from astral_runtime.fill import CancelToken, Candidate, Fill, FillOptions, Progress, Source
from astral_runtime.holes import SUBHOLE
from astral_runtime.pipeline import Pipeline
from astral_runtime.sandbox.limits import Limits
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.types.client import Oracle, OracleSettings

HERE = Path(__file__).parent
PACKAGES = (
    *("more_itertools", "toolz", "boltons", "sortedcontainers", "pyparsing", "attr"),
    *("packaging", "jaraco", "natsort", "wcwidth", "inflect", "expression", "pyrsistent", "hyperlink", "glom", "tabulate"),
)
"""Import names: of the dev and test splits of models/astral_models/corpus/packages.tsv, and others that the corpus does not have."""

ARMS: dict[str, tuple[Source, ...]] = {
    "search": ("search",),
    "model": ("denoiser",),
    "values": ("search", "values"),
    "model and values": ("search", "values", "denoiser"),
}
SEED = 20261129
BUDGET_MS = 4000
JUDGING_MS = 60_000
RATED, ALONE = 200, 4
"""Candidates per rated case: those of the warm worker, and those that get a process each."""

_ONE = """
import json, sys
from astral_runtime.examples.inside.load import Serving, load
from astral_runtime.examples.inside.play import Player
from astral_runtime.sandbox.inside import seccomp
about = json.loads(sys.stdin.read())
sys.path[:0] = about["paths"]
try:
    module = load(Serving(about["path"], about["module"], about["text"]))
except BaseException:
    sys.exit()
seccomp.confine(may_write=False)
print(Player(about["examples"], about["limits"]).play(module, range(len(about["examples"]))))
"""
"""The same examples of one candidate by the same player, in a process of its own that gives up the same system calls."""


def main(arguments: Sequence[str]) -> int:
    """Run what is missing, then write the sums; 1 when something outside was written or a process was left."""
    options = _options(arguments)
    options.lines.parent.mkdir(parents=True, exist_ok=True)
    before, model = _digest(options.root), Bundled()
    for package in () if options.report else options.only or PACKAGES:
        _package(options, package, model)
    lines = [json.loads(line) for line in options.lines.read_text(encoding="utf-8").splitlines()]
    contained: dict[str, int] = {}  # nothing is said of it where nothing was run
    if not options.report:
        left = [child.name() for child in psutil.Process().children(recursive=True)]
        contained = {"files changed": int(_digest(options.root) != before), "processes left": len(left)}
    report = {"seed": options.seed, "budget_ms": BUDGET_MS, "sandbox": _runner(options.root).level.name, **contained, **summary(lines)}
    if options.remark:
        report["remark"] = options.remark
    options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=1))
    return int(any(contained.values()))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=HERE / ".packages", help="where the packages are installed")
    parser.add_argument("--each", type=int, default=4, help="holes of each form in each package, at most")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="*", help="import names of packages")
    parser.add_argument("--report", action="store_true", help="count the lines that are there, fill nothing")
    parser.add_argument("--lines", type=Path, default=HERE / "results" / "values.jsonl", help="one line per case, added to")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "values.json")
    parser.add_argument("--remark", default="", help="a sentence for the page on how these lines came about")
    options = parser.parse_args(arguments)
    options.root = options.root.resolve()
    return options


def _runner(root: Path) -> Runner:
    return Runner(SandboxSettings(root, trusted=True, limits_only=True))


def _package(options: argparse.Namespace, package: str, model: Bundled) -> None:
    """Every case of a package that has no line yet."""
    known = set()
    if options.lines.exists():
        known = {json.loads(line)["key"] for line in options.lines.read_text(encoding="utf-8").splitlines()}
    oracle, runner = Oracle(OracleSettings(root=options.root)), _runner(options.root)
    who = _Who(oracle, runner, model)
    try:
        for form in FORMS:
            for number, case in enumerate(cases(options.root, package, form, options.each, options.seed, runner)):
                if case.cut.key not in known:
                    line = {"package": package, **_measured(case, who, rated=number == 0)}
                    with options.lines.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(line, ensure_ascii=False) + "\n")
                    print(package, line["key"], {arm: line[arm]["right"][:1] for arm in ARMS}, flush=True)
    finally:
        oracle.close()
        runner.close()


@dataclass(frozen=True, slots=True)
class _Who:
    """Who is asked about the cases of one package."""

    oracle: Oracle
    runner: Runner
    model: Bundled

    def fill(self, case: Case, proposers: tuple[Source, ...], shown: list[tuple[float, str]]) -> Fill:
        """By these; nothing is run where values do not propose, no model is asked where the denoiser does not.

        `shown`: whole texts that a client saw while it formed, with the milliseconds from the begin."""
        runner = self.runner if "values" in proposers else Runner(SandboxSettings())
        pipeline = Pipeline(self.oracle, self.model if "denoiser" in proposers else None, runner, lambda document, hole: case.shown)
        begin = time.perf_counter()

        def see(progress: Progress) -> None:
            if progress.t == 0 and SUBHOLE not in progress.text:
                shown.append((round((time.perf_counter() - begin) * 1000, 1), progress.text))

        return pipeline.fill(case.document, case.hole, FillOptions(5, BUDGET_MS, proposers), CancelToken(), see)


def _measured(case: Case, who: _Who, *, rated: bool) -> dict[str, Any]:
    """All that is said of one case."""
    oracle, runner = who.oracle, who.runner
    oracle.contexts(case.document, (case.hole,), JUDGING_MS)  # what hover computes when the file settles
    seen_ms, seen = _hover(case, runner)
    shown: dict[str, list[tuple[float, str]]] = {arm: [] for arm in ARMS}
    fills = {arm: who.fill(case, proposers, shown[arm]) for arm, proposers in ARMS.items()}
    texts = list(dict.fromkeys(candidate.text for fill in fills.values() for candidate in fill.candidates))
    right = {each.text: each.verdict.outcome == "pass" for each in _graded(case, runner, texts)}
    found = {arm: _described(case, fill, right) for arm, fill in fills.items()}
    return {
        "key": case.cut.key, "form": case.cut.form, "annotated": case.cut.annotated, "truth": case.cut.truth,
        "examples": len(case.every), "shown": len(case.shown), "seen": seen, "seen_ms": seen_ms, **found,
        "fits_ms": _fits_ms(case, runner, shown["model and values"]),
        **({"rates": _rates(case, oracle, runner)} if rated else {}),
    }  # fmt: skip


def _fits_ms(case: Case, runner: Runner, shown: Sequence[tuple[float, str]]) -> float | None:
    """Milliseconds until a client saw a fill that holds in the examples that the tool may run; None when it saw none."""
    texts = list(dict.fromkeys(text for _, text in shown))
    told = runner.tested(case.place.document, case.place.hole, texts, case.shown, CancelToken(), JUDGING_MS)
    fit = {each.text for each in told if each.verdict.outcome == "pass"}
    return next((ms for ms, text in shown if text in fit), None)


def _hover(case: Case, runner: Runner) -> tuple[float, int]:
    """Milliseconds until a hover has its values, the worker warm, and how many of the shown examples it has values of."""
    pipeline = Pipeline(Oracle(OracleSettings()), None, runner, lambda document, hole: case.shown)
    place = case.place
    pipeline.values(place.document, place.hole, CancelToken(), JUDGING_MS)
    begin = time.perf_counter()
    seen = pipeline.values(place.document, place.hole, CancelToken(), JUDGING_MS)
    return round((time.perf_counter() - begin) * 1000, 1), len(seen.observations)


def _described(case: Case, fill: Fill, right: dict[str, bool]) -> dict[str, Any]:
    """Which candidates hold in every example, which are the truth, and of which the tool said that they hold."""
    return {
        "texts": [candidate.text for candidate in fill.candidates],
        "right": [right[candidate.text] for candidate in fill.candidates],
        "exact": [_is_truth(case, candidate.text) for candidate in fill.candidates],
        "sources": [candidate.source for candidate in fill.candidates],
        "shown held": [_outcome(candidate) == "pass" for candidate in fill.candidates],
        "status": fill.status, "ms": fill.timings_ms,
    }  # fmt: skip


def _graded(case: Case, grader: Runner, texts: Sequence[str]) -> tuple[Tested, ...]:
    """What all examples say."""
    return grader.tested(case.place.document, case.place.hole, texts, case.every, CancelToken(), JUDGING_MS)


def _outcome(candidate: Candidate) -> str:
    return next((verdict.outcome for verdict in candidate.verdicts if verdict.domain == "tests"), "skipped")


def _is_truth(case: Case, text: str) -> bool:
    """Whether a fill is what stood there, up to the syntax tree of the file."""
    data, (start, end) = case.cut.file.data, case.cut.span
    try:
        return ast.dump(ast.parse(data[:start] + text.encode() + data[end:])) == ast.dump(ast.parse(data))
    except (SyntaxError, ValueError):
        return False


def _rates(case: Case, oracle: Oracle, runner: Runner) -> dict[str, float]:
    """Candidates judged per second by all examples: in the warm worker, and in a process each."""
    found = oracle.search(case.place.document, case.place.hole, RATED, JUDGING_MS)
    texts = list(
        dict.fromkeys([case.cut.truth, *(fit.text for fit in found if fit.complete)] if isinstance(found, tuple) else [case.cut.truth])
    )
    begin = time.perf_counter()
    runner.tested(case.place.document, case.place.hole, texts, case.every, CancelToken(), JUDGING_MS)
    warm = len(texts) / (time.perf_counter() - begin)
    begin = time.perf_counter()
    for text in texts[:ALONE]:
        _alone(case, text)
    return {"warm": warm, "alone": len(texts[:ALONE]) / (time.perf_counter() - begin), "candidates": len(texts)}


def _alone(case: Case, text: str) -> str:
    place = program(case.place.document, case.place.hole)
    about = {
        "path": str(place.path), "module": place.module, "text": place.before + candidate_text(text) + place.after,
        "paths": [str(place.home)], "examples": [each.message() for each in case.every], "limits": Limits().message(),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", _ONE], input=json.dumps(about), capture_output=True, text=True, check=False)
    return done.stdout


def _digest(root: Path) -> str:
    """Of every file below a folder: what is there, how large it is and when it was written."""
    rows = [
        f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in sorted(root.rglob("*")) if "__pycache__" not in path.parts
    ]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
