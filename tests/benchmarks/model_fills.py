"""Fills of many holes under many arms, kept as JSON lines: a run may be stopped at any moment, and goes on where it was."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from os import getpid
from pathlib import Path
from typing import Any

from model_arms import ARMS, Opened, Remembering, forget, pipelines
from model_cases import Case, Form, cases, crossing

from astral_runtime.backends.locate import bundled_weights
from astral_runtime.backends.onnx import load_model
from astral_runtime.backends.providers import Device
from astral_runtime.context.repository import Repository
from astral_runtime.denoise.bounds import bounds
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Fill, FillOptions
from astral_runtime.holes import Hole
from astral_runtime.pipeline import REQUIRED, Pipeline
from astral_runtime.types.client import OracleSettings
from astral_runtime.verify.contract import accepted

ROUNDS = 5
"""Cases are dealt into so many rounds of equal make-up, so that a run that is stopped has seen a little of everything."""
WARM_UP_MS = 60_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of every process. `lines`: folder of the lines; `ends`: seconds since the epoch when no other case begins."""

    root: Path
    weights: Path | None
    packages: tuple[str, ...]
    forms: tuple[Form, ...]
    arms: tuple[str, ...]
    cases: int
    crossing: int
    seed: int
    budget_ms: int
    lines: Path
    ends: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One hole under one arm. `rank`: place of the truth among the candidates, None when absent; `passes`: whether candidate 0 is accepted.

    `needs`: names of other files that the answer says, `remembered`: those of them whose definition repository memory holds here.
    `extra`: drawn only for needing such a name. `denoised`: whether the denoiser proposed anything in time.
    """

    package: str
    form: Form
    arm: str
    extra: bool
    case: str
    needs: tuple[str, ...]
    remembered: tuple[str, ...]
    truth: str
    texts: tuple[str, ...]
    sources: tuple[str, ...]
    rank: int | None
    parses: bool
    passes: bool
    denoised: bool
    timings_ms: dict[str, float]


def run(plan: Plan, jobs: int) -> None:
    """Fill everything that has no line yet."""
    plan.lines.mkdir(parents=True, exist_ok=True)
    work = [(plan, turn, package) for turn in range(ROUNDS) for package in plan.packages]
    if jobs == 1:
        _begin(plan)
        for each in work:
            _turn(*each)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (plan,)) as pool:
        for done in [pool.submit(_turn, *each) for each in work]:
            done.result()


def read(lines: Path) -> list[Outcome]:
    """Every outcome that was written; a line that a stop cut short is left out."""
    found: dict[tuple[str, str, str], Outcome] = {}
    for path in sorted(lines.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                row = Outcome(**json.loads(line))
            except (ValueError, TypeError):
                continue
            found[row.package, row.case, row.arm] = row
    return list(found.values())


class _Worker:
    """What one process keeps from turn to turn: an oracle, a network of one thread, the file it writes to."""

    def __init__(self, plan: Plan) -> None:
        self.model = load_model(plan.weights or bundled_weights() or Path(), Device("cpu", threads=1))
        self.oracle = Remembering(OracleSettings(root=plan.root))
        self.pipelines = pipelines(self.oracle, self.model, plan.arms)
        self.repository = Repository(self.model.denoiser, self.model.tokenizer)
        self.out = (plan.lines / f"{getpid()}.jsonl").open("a", encoding="utf-8")

    def remembered(self, document: DocumentSnapshot, hole: Hole) -> set[str]:
        """Names of the definitions that repository memory has for a hole."""
        tokens = self.model.tokenizer.tokens(document.native)
        where = bounds(tokens, hole)
        expected = self.oracle.contexts(document, (hole,), WARM_UP_MS)[0].expected_type
        heads = self.repository.heads(document, tokens, where.first, where.last, expected)
        return {
            self.model.tokenizer.text(head[0][1:].tolist()).partition("(")[0].partition(":")[0].partition("[")[0].strip() for head in heads
        }


_worker: _Worker


def _begin(plan: Plan) -> None:
    global _worker  # noqa: PLW0603  # a process of the pool has nowhere else to keep it
    _worker = _Worker(plan)


def _turn(plan: Plan, turn: int, package: str) -> None:
    """Everything of one package in one round, file by file: states stay warm."""
    done = {(row.package, row.case) for row in read(plan.lines)}
    for name, case, extra in sorted(drawn(plan, package, turn), key=lambda each: (each[1].file.path, each[1].spans)):
        if time.time() > plan.ends:
            return
        for index, hole in enumerate(case.holes()):
            if (package, f"{name}:{index}") not in done:
                _keep(list(of_hole(_worker, plan, case, index, hole, f"{name}:{index}", extra)))


def drawn(plan: Plan, package: str, turn: int) -> Iterator[tuple[str, Case, bool]]:
    """The cases of a round with their names: the even draw of each form, and others that need a name of another file."""
    share = -(-plan.cases // len(plan.packages))
    even = {form: _up_to(share, cases(plan.root, package, form, share, plan.seed)) for form in plan.forms}
    for form, found in even.items():
        yield from ((f"{form}:{n}", case, False) for n, case in enumerate(found) if n % ROUNDS == turn)
    known = {(case.file.path, case.spans) for found in even.values() for case in found}
    more = crossing(plan.root, package, -(-plan.crossing // len(plan.packages)), plan.seed)
    yield from (
        (f"crossing:{n}", case, True) for n, case in enumerate(more) if n % ROUNDS == turn and (case.file.path, case.spans) not in known
    )


def _up_to(holes: int, found: list[Case]) -> list[Case]:
    """Some of the cases, spread over the files, that have so many holes together."""
    per_case = max(1.0, sum(len(case.spans) for case in found) / max(1, len(found)))
    return [case for n, case in enumerate(found) if int(n / per_case) != int((n - 1) / per_case)] if per_case > 1 else found


def of_hole(worker: _Worker, plan: Plan, case: Case, index: int, hole: Hole, name: str, extra: bool) -> Iterator[Outcome]:
    """A hole under every arm, while the case's other holes are open."""
    document, needs = case.document(plan.root), case.needs(index)
    forget(worker.pipelines.values())
    worker.oracle.contexts(document, case.holes(), WARM_UP_MS)  # what hover computes when the file settles
    remembered = tuple(sorted(worker.remembered(document, hole) & set(needs))) if needs else ()
    for arm, pipeline in worker.pipelines.items():
        if ARMS[arm].crossing and not needs:
            continue
        before = _proposals(pipeline)
        fill = pipeline.fill(document, hole, FillOptions(5, plan.budget_ms, ARMS[arm].proposers), CancelToken(), lambda progress: None)
        of = {"arm": arm, "extra": extra, "case": name, "needs": needs, "remembered": remembered}
        yield _outcome(case, index, fill, of | {"denoised": _proposals(pipeline) > before})


def _proposals(pipeline: Pipeline) -> int:
    return pipeline.model.proposed if isinstance(pipeline.model, Opened) else 0


def _outcome(case: Case, index: int, fill: Fill, of: dict[str, Any]) -> Outcome:
    texts = tuple(candidate.text for candidate in fill.candidates)
    first = fill.candidates[0] if texts else None
    return Outcome(
        package=case.file.package,
        form=case.form,
        truth=case.truth(index),
        texts=texts,
        sources=tuple(candidate.source for candidate in fill.candidates),
        rank=next((n for n, text in enumerate(texts) if case.right(index, text)), None),
        parses=first is not None and _parses(case.filled(index, first.text)),
        passes=first is not None and accepted(first.verdicts, REQUIRED),
        timings_ms=fill.timings_ms,
        **of,
    )


def _keep(outcomes: Sequence[Outcome]) -> None:
    """All arms of a hole at once: figures of different arms are of the same holes, whenever the run is stopped."""
    _worker.out.write("".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in outcomes))
    _worker.out.flush()


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
