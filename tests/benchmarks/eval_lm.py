"""`just eval-lm --model PATH`: a language model alone, under masks, judged by types and examples, and beside search, values and denoiser.

Expressions and lines are cut (seeded) from packages of the dev split, which no weight has seen, and expressions of functions with doctests
from those of them that have some. The answer is what stood there, up to its syntax tree. Two arms are what the model writes, in its own
order; the others are fills, the last ones by `infill`, which is given prefix and suffix alone. A line of JSON per hole: a run goes on
where the last one ended, and asks arms that are new. All arms of a run come one after the other on each hole, so that they have the same machine.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import model_cases
import psutil
import values_cases

from astral_lsp.cli.infill import Task, Worker
from astral_runtime.bundled import Absent, Bundled, NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.example import Example
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken, Constrained, Deadline, FillOptions, Progress, Source
from astral_runtime.holes import Fit, Hole
from astral_runtime.pipeline import Pipeline
from astral_runtime.proposers.local import LocalModel
from astral_runtime.proposers.proposer import LanguageModelProposer
from astral_runtime.proposers.protocol import Asked
from astral_runtime.region import judged, readings
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.types.client import Oracle, OracleSettings

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent / "models" / "data" / "packages"
LINES = HERE / "results" / "lm.jsonl"
PACKAGES = ("httpx", "boltons", "click", "jinja2")
WITH_EXAMPLES = ("boltons", "sortedcontainers")
FORMS: tuple[model_cases.Form, ...] = ("expression", "line")
EXAMPLE_FORMS: tuple[values_cases.Form, ...] = ("return", "condition", "assignment", "argument")
SEED = 20260202
WARM_UP_MS = 60_000
STOPPED, CANCEL_S = 24, 0.25
"""Questions that are cancelled, and when."""

WRITTEN: dict[str, frozenset[Constrained]] = {
    "lm unconstrained": frozenset(),
    "lm constrained": frozenset({"grammar", "names"}),
}
FILLED: dict[str, tuple[Source, ...]] = {
    "nano": ("denoiser",),
    "lm + types": ("lm",),
    "lm + examples": ("lm",),
    "without lm": ("search", "values", "denoiser"),
    "all": ("search", "values", "denoiser", "lm"),
}
CANDIDATES = {"lm + types": 8, "lm + examples": 8}
"""Where it is measured what eight cost; five elsewhere, as in the product."""
RUNS = frozenset({"lm + examples", "without lm", "all"})
"""Arms that may run the user's examples."""

INFILLED: dict[str, tuple[Source, ...]] = {
    "nano, infill": FILLED["nano"],
    "lm, infill": FILLED["lm + types"],
    "without lm, infill": FILLED["without lm"],
    "all, infill": FILLED["all"],
}
"""Nothing is trusted there, so that no example is run."""

ARMS = (*WRITTEN, *FILLED, *INFILLED)


@dataclass(frozen=True, slots=True)
class Cut:
    """One hole. `right`: whether a text is what stood there; `filled`: the whole file with a text; `shown`: examples that may be run."""

    key: str
    form: str
    package: str
    truth: str
    document: DocumentSnapshot
    hole: Hole
    right: Callable[[str], bool]
    filled: Callable[[str], str]
    shown: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Who:
    """Who is asked about the holes of one package. `walled` runs what is trusted, `idle` runs nothing."""

    oracle: Oracle
    source: LocalModel
    lm: LanguageModelProposer
    nano: Bundled
    walled: Runner
    idle: Runner
    infill: Worker
    budget_ms: int

    def texts(self, arm: str, cut: Cut, steps: list[float]) -> list[str]:
        """What an arm has for a hole, the best first. `steps`: seconds of the performance clock at which something was shown."""

        def show(step: Progress) -> None:
            steps.append(time.perf_counter())

        if arm in WRITTEN:
            deadline = Deadline(CancelToken(), self.budget_ms)
            return [each.text for each in self.lm.propose(cut.document, cut.hole, Asked(constraints=WRITTEN[arm]), deadline, show)]
        if arm in INFILLED:
            return self._infilled(cut, INFILLED[arm])
        model = self.nano if "denoiser" in FILLED[arm] else Absent()
        runner = self.walled if arm in RUNS else self.idle
        pipeline = Pipeline(self.oracle, model, runner, lambda document, hole: cut.shown, self.source)
        fill = pipeline.fill(cut.document, cut.hole, FillOptions(CANDIDATES.get(arm, 5), self.budget_ms, FILLED[arm]), CancelToken(), show)
        return [each.text for each in fill.candidates]

    def _infilled(self, cut: Cut, proposers: tuple[Source, ...]) -> list[str]:
        data, span = cut.document.text.encode(), cut.hole.span
        options = FillOptions(5, self.budget_ms, proposers)
        around = (data[: span.start].decode(), data[span.end :].decode())
        answer = self.infill.fill(Task(0, cut.document.path, *around, cut.document.root, options))
        return [each["text"] for each in answer["candidates"]]


def main(arguments: Sequence[str]) -> int:
    """Print and write the figures; 1 when the model cannot be had."""
    options = _options(arguments)
    before, source = psutil.Process().memory_info().rss, LocalModel(options.model)
    lm = source.open()
    if isinstance(lm, NoModel):
        print(lm.why, file=sys.stderr)
        return 1
    assert isinstance(lm, LanguageModelProposer)
    stops = {}
    if not options.report:
        stops = _run(options, source, lm) | {"memory_mib": round((psutil.Process().memory_info().rss - before) / (1 << 20))}
    elif options.output.exists():
        stops = json.loads(options.output.read_text(encoding="utf-8"))["stops"]
    lines = list(_told(options.lines).values())
    report = {
        "model": lm.name,
        "sha256": lm.model.digest,
        "seed": SEED,
        "budget_ms": options.budget_ms,
        "packages": sorted({line["package"] for line in lines}),
        "holes": len(lines),
        "stops": stops,
        "candidates": eight(lines),
        **({"remark": options.remark} if options.remark else {}),
        "figures": figures(lines),
    }
    options.output.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(report["figures"], indent=1))
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a GGUF file")
    parser.add_argument("--root", type=Path, default=ROOT, help="where the packages are installed")
    parser.add_argument("--cases", type=int, default=40, help="holes of each form, over all packages")
    parser.add_argument("--budget-ms", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no hole after so many")
    parser.add_argument("--report", action="store_true", help="count the lines that are there, fill nothing")
    parser.add_argument("--remark", default="", help="a sentence for the page on how these lines came about")
    parser.add_argument("--lines", type=Path, default=LINES, help="one line per hole, added to")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "lm.json")
    options = parser.parse_args(arguments)
    options.root = options.root.resolve()
    return options


def _run(options: argparse.Namespace, source: LocalModel, lm: LanguageModelProposer) -> dict[str, Any]:
    """Every hole that has no line yet, packages in turn, so that a run that is cut short has some of each; how soon the model stops."""
    options.lines.parent.mkdir(parents=True, exist_ok=True)
    known = _told(options.lines)
    ends, nano = time.monotonic() + options.seconds, Bundled()
    oracle = Oracle(OracleSettings(root=options.root))
    walled = Runner(SandboxSettings(options.root, trusted=True, limits_only=True))
    who = Who(oracle, source, lm, nano, walled, Runner(SandboxSettings()), Worker(source), options.budget_ms)
    try:
        stops = _stops(list(islice(_cuts(options, walled), STOPPED)), lm)
        for cut in _cuts(options, walled):
            missing = [arm for arm in ARMS if cut.key not in known or arm not in known[cut.key]["arms"]]
            if not missing:
                continue
            if time.monotonic() > ends:
                break
            line = _line(cut, who, missing)
            with options.lines.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
            print(cut.package, cut.form, repr(cut.truth), {arm: (row["rank"], row["ms"]) for arm, row in line["arms"].items()}, flush=True)
    finally:
        oracle.close()
        walled.close()
    return stops


def _told(path: Path) -> dict[str, dict[str, Any]]:
    """What is known of each hole, by its key; later lines add arms to earlier ones."""
    found: dict[str, dict[str, Any]] = {}
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines() if path.exists() else ()):
        known = found.setdefault(line["key"], line)
        known["arms"] = known["arms"] | line["arms"]
    return found


def _stops(cuts: Sequence[Cut], lm: LanguageModelProposer) -> dict[str, Any]:
    """Milliseconds from a cancel in the midst of a question to its end, and by how many a deadline of one second was overrun."""
    cancelled, overrun = list[float](), list[float]()
    for cut in cuts:
        token, set_at = CancelToken(), list[float]()
        timer = threading.Timer(CANCEL_S, lambda token=token, at=set_at: (at.append(time.perf_counter()), token.cancel()))  # type: ignore[misc]  # bound now
        timer.start()
        lm.propose(cut.document, cut.hole, Asked(), token, lambda step: None)
        if set_at:
            cancelled.append((time.perf_counter() - set_at[0]) * 1000)
        timer.cancel()
        begin = time.perf_counter()
        lm.propose(cut.document, cut.hole, Asked(), Deadline(CancelToken(), 1000), lambda step: None)
        overrun.append(max(0.0, (time.perf_counter() - begin) * 1000 - 1000))
    return {name: _spread(times) for name, times in (("cancel", cancelled), ("deadline", overrun))}


def _spread(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times) or [math.nan]
    return {"n": len(times), "p50": round(_at(ordered, 0.5), 1), "p95": round(_at(ordered, 0.95), 1), "max": round(ordered[-1], 1)}


def _cuts(options: argparse.Namespace, runner: Runner) -> Iterator[Cut]:
    share = -(-options.cases // len(PACKAGES))
    drawn = [iter(model_cases.cases(options.root, package, form, share, SEED)) for form in FORMS for package in PACKAGES]
    each = -(-options.cases // (len(WITH_EXAMPLES) * len(EXAMPLE_FORMS)))
    ran = [values_cases.cases(options.root, package, form, each, SEED, runner) for form in EXAMPLE_FORMS for package in WITH_EXAMPLES]
    makers: list[Iterator[Cut]] = [
        *((_plain(case, options.root) for case in some) for some in drawn),
        *(map(_exemplified, ran_) for ran_ in ran),
    ]
    while makers:
        for maker in list(makers):
            cut = next(maker, None)
            if cut is None:
                makers.remove(maker)
            else:
                yield cut


def _plain(case: model_cases.Case, root: Path) -> Cut:
    key = f"{case.file.module}:{case.form}:{case.spans[0][0]}"
    document, hole = case.document(root), case.holes()[0]
    return Cut(
        key,
        case.form,
        case.file.package,
        case.truth(0),
        document,
        hole,
        lambda text: case.right(0, text),
        lambda text: case.filled(0, text),
    )


def _exemplified(case: values_cases.Case) -> Cut:
    data, (start, end) = case.cut.file.data, case.cut.span

    def filled(text: str) -> str:
        return (data[:start] + text.encode() + data[end:]).decode()

    def right(text: str) -> bool:
        return _tree(filled(text)) == _tree(data.decode())

    return Cut(case.cut.key, "with examples", case.cut.file.package, case.cut.truth, case.document, case.hole, right, filled, case.shown)


def _line(cut: Cut, who: Who, arms: Sequence[str]) -> dict[str, Any]:
    """Some arms on one hole."""
    who.oracle.contexts(cut.document, (cut.hole,), WARM_UP_MS)  # what hover computes when the file settles
    return {
        "key": cut.key, "form": cut.form, "package": cut.package, "truth": cut.truth, "examples": len(cut.shown),
        "arms": {arm: _asked(arm, cut, who) for arm in arms},
    }  # fmt: skip


def _asked(arm: str, cut: Cut, who: Who) -> dict[str, Any]:
    """`rank`: place of the answer among the first five texts; `preview_ms`: until something that is not all open was shown."""
    steps: list[float] = []
    begin = time.perf_counter()
    texts = who.texts(arm, cut, steps)
    ms = round((time.perf_counter() - begin) * 1000, 1)
    first = texts[0] if texts else None
    parses = first is not None and _tree(cut.filled(first)) is not None
    shown = steps[1:] if arm in FILLED else steps  # a fill shows its hole first
    return {
        "first": first,
        "texts": len(texts),
        "rank": next((place for place, text in enumerate(texts[:5]) if cut.right(text)), None),
        "parses": parses,
        "types": "none" if first is None else _types(cut, first, who.oracle) if parses else "fail",
        "held": _held(cut, first, who.walled) if cut.shown else None,
        "ms": ms,
        "preview_ms": round((shown[0] - begin) * 1000, 1) if shown else None,
    }


def _types(cut: Cut, text: str, oracle: Oracle) -> str:
    place = judged(cut.document, cut.hole, readings(cut.document, cut.hole))
    return oracle.check(place.document, place.hole.span, [Fit(text, 0.0)], WARM_UP_MS)[0].outcome


def _held(cut: Cut, text: str | None, runner: Runner) -> bool:
    if text is None:
        return False
    place = judged(cut.document, cut.hole, readings(cut.document, cut.hole))
    return runner.tested(place.document, place.hole, [text], cut.shown, CancelToken(), WARM_UP_MS)[0].verdict.outcome == "pass"


def _tree(text: str) -> str | None:
    try:
        return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):
        return None


def figures(lines: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Shares in percent, and milliseconds, by form and arm; of all holes together first."""
    groups = {"all": list(lines)} | {
        form: [line for line in lines if line["form"] == form] for form in dict.fromkeys(x["form"] for x in lines)
    }
    return {
        f"{group}, {arm}": _figures([line["arms"][arm] for line in some if arm in line["arms"]])
        for group, some in groups.items()
        for arm in ARMS
        if any(arm in line["arms"] for line in some)
    }


def _figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    def share(of: Callable[[dict[str, Any]], bool], among: Sequence[dict[str, Any]] = rows) -> float | None:
        return round(100 * sum(map(of, among)) / len(among), 1) if among else None

    previews = [row["preview_ms"] for row in rows if row["preview_ms"] is not None]
    return {
        "holes": len(rows),
        "exact@1": share(lambda row: row["rank"] == 0),
        "exact@5": share(lambda row: row["rank"] is not None),
        "parse@1": share(lambda row: row["parses"], [row for row in rows if row["first"] is not None]),
        "nothing": share(lambda row: row["first"] is None),
        "type@1": share(lambda row: row["types"] == "pass"),
        "held": share(lambda row: row["held"], [row for row in rows if row["held"] is not None]),
        "median_ms": round(statistics.median(row["ms"] for row in rows)),
        "p95_ms": round(_at(sorted(row["ms"] for row in rows), 0.95)),
        "preview_ms": round(statistics.median(previews)) if previews else None,
        "texts": round(statistics.median(row["texts"] for row in rows)),
    }


def eight(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Milliseconds of the fills of the language model alone that have eight candidates, verified."""
    rows = [row for line in lines if (row := line["arms"]["lm + types"])["texts"] >= CANDIDATES["lm + types"]]
    return {"all": _spread([line["arms"]["lm + types"]["ms"] for line in lines]), "eight": _spread([row["ms"] for row in rows])}


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
