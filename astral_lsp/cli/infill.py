"""`astral-lsp infill`: fill in batch, one JSON task a line in, one JSON answer a line out, in the same order."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import click

from astral_lsp.cli.payload import verdicts_json
from astral_lsp.cli.session import WARM_UP_MS, Proposers, choose_proposers
from astral_native import Snapshot
from astral_runtime.bundled import Bundled
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.collect import own_examples
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken, Fill, FillOptions, Source
from astral_runtime.holes import Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.proposers.protocol import ProposerSource
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.types.client import Oracle, OracleSettings

AHEAD = 4
"""Tasks read per worker before the first answer is written: input of any length is never held whole."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to put between `prefix` and `suffix`. `path` names the file for imports and messages and need not exist."""

    id: Any
    path: Path
    prefix: str
    suffix: str
    root: Path | None
    options: FillOptions


@click.command()
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes that fill side by side.")
@choose_proposers
def infill(workers: int, proposers: Proposers) -> None:
    """Fill tasks from standard input: {"id", "path", "prefix", "suffix", "root"?, "budget_ms"?, "candidates"?}, one a line."""
    tasks = _tasks(sys.stdin.buffer, proposers.names)
    for answer in _in_order(tasks, workers, proposers) if workers > 1 else map(Worker(proposers.lm).fill, tasks):
        click.echo(json.dumps(answer, ensure_ascii=False))
        sys.stdout.flush()


def _tasks(lines: Iterable[bytes], proposers: tuple[Source, ...]) -> Iterator[Task]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _task(number, line, proposers)


def _task(number: int, line: bytes, proposers: tuple[Source, ...]) -> Task:
    try:
        data = json.loads(line)
    except ValueError as wrong:
        _refuse(number, f"is no JSON: {wrong}")
    if not isinstance(data, dict) or "id" not in data:
        _refuse(number, "is no object with an id")
    for key, kind in (("path", str), ("prefix", str), ("suffix", str)):
        if not isinstance(data.get(key), kind):
            _refuse(number, f"has no text {key!r}")
    root = data.get("root")
    if root is not None and not isinstance(root, str):
        _refuse(number, "has a 'root' that is no text")
    options = FillOptions(_count(number, data, "candidates", 5), _count(number, data, "budget_ms", 10_000), proposers)
    return Task(data["id"], Path(data["path"]), data["prefix"], data["suffix"], None if root is None else Path(root), options)


def _count(number: int, data: Mapping[str, Any], key: str, default: int) -> int:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        _refuse(number, f"has a {key!r} that is no count of at least 1")
    return value


def _refuse(number: int, why: str) -> NoReturn:
    raise click.ClickException(f"standard input: line {number} {why}")


class Worker:
    """Fills one task after the other, with one model of each kind, one sandbox and the oracle of the root that was asked about last."""

    def __init__(self, lm: ProposerSource | None) -> None:
        self._model = Bundled()
        self._lm = lm
        # Whoever sends a task wants its own examples to be run, and nowhere but behind walls: without bubblewrap nothing runs.
        self._runner = Runner(SandboxSettings(trusted=True))
        self._root: Path | None = None
        self._oracle: Oracle | None = None

    def fill(self, task: Task) -> dict[str, Any]:
        """The answer to a task."""
        begin = time.perf_counter()
        path = (task.root or Path()) / task.path
        document = DocumentSnapshot(path.absolute(), Snapshot(task.prefix + task.suffix), root=task.root)
        at = len(task.prefix.encode())
        hole = Hole("r1", "region", Span(at, at))
        oracle = self._oracle_of(document, hole)
        fill = Pipeline(oracle, self._model, self._runner, own_examples, self._lm).fill(
            document, hole, task.options, CancelToken(), lambda progress: None
        )
        oracle.forget(document.path)
        return _answer(task, fill, round((time.perf_counter() - begin) * 1000, 1))

    def _oracle_of(self, document: DocumentSnapshot, hole: Hole) -> Oracle:
        """Warm: mypy's start does not count against a task's budget."""
        if self._oracle is None or self._root != document.root:
            if self._oracle is not None:
                self._oracle.close()
            self._root, self._oracle = document.root, Oracle(OracleSettings(root=document.root))
            self._oracle.contexts(document, (hole,), WARM_UP_MS)
        return self._oracle


def _answer(task: Task, fill: Fill, elapsed_ms: float) -> dict[str, Any]:
    candidates = [
        {"text": each.text, "score": round(each.score, 4), "source": each.source, "verdicts": verdicts_json(each.verdicts)}
        for each in fill.candidates
    ]
    return {"id": task.id, "status": fill.status, "why": fill.why, "candidates": candidates, "elapsed_ms": elapsed_ms}


_worker: Worker | None = None


def _fill_in_process(proposers: Proposers, task: Task) -> dict[str, Any]:
    global _worker  # noqa: PLW0603  # one per process: a pool calls functions, not objects
    _worker = _worker or Worker(proposers.lm)
    return _worker.fill(task)


def _in_order(tasks: Iterator[Task], workers: int, proposers: Proposers) -> Iterator[dict[str, Any]]:
    """Answers in the order of the tasks, with a bounded number of tasks under way."""
    fill = partial(_fill_in_process, proposers)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting: list[Future[dict[str, Any]]] = [pool.submit(fill, task) for task in islice(tasks, workers * AHEAD)]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [pool.submit(fill, task) for task in islice(tasks, 1)]
