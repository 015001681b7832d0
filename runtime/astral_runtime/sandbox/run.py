"""The sandbox of one workspace: a warm worker that is started when first needed and again when it has ended."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from astral_runtime.fill import Cancelled, CancelToken
from astral_runtime.sandbox.command import Start, confined, interpreter_of, limited
from astral_runtime.sandbox.level import Level, bubblewrap, level
from astral_runtime.sandbox.limits import Limits
from astral_runtime.sandbox.worker import POLL_S, TooLate, Worker, WorkerEnded

GRACE_S = 0.5
"""How long past a task's own deadline its worker may stay silent before it is killed."""

STARTING_S = 10.0


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """What may run, and with what. By default nothing does.

    `trusted`: the user trusts the workspace, so that its code may run at all. `limits_only`: level 3 is good enough where there is no
    bubblewrap. `python`: the workspace's interpreter; None finds its virtual environment, else takes our own.
    """

    root: Path | None = None
    python: str | None = None
    trusted: bool = False
    limits_only: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Task:
    """One call within the sandbox: `module:function` of ours, and what it is told (JSON).

    `paths`: folders that modules are imported from; `owner`: the document's own top-level module, which is never kept warm.
    """

    call: str
    about: Mapping[str, Any]
    paths: tuple[str, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a task gave. `ended` is "done", or says why it has no more results: "timeout", "killed by SIGKILL", …"""

    results: tuple[Any, ...]
    ended: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """Nothing ran, and why."""

    why: str


class Sandbox:
    """Runs tasks for one workspace, one at a time. Thread-safe. Nothing is started before the first task."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._worker: Worker | None = None

    @property
    def level(self) -> Level:
        """The level in force. The first look may start an empty sandbox, to see whether it works."""
        return level(trusted=self.settings.trusted, limits_only=self.settings.limits_only)

    @property
    def filtered(self) -> bool | None:
        """Whether candidates lose system calls here (seccomp); None until a worker has told."""
        worker = self._worker
        return worker.filtered if worker is not None and worker.alive else None

    @property
    def pid(self) -> int | None:
        """Process id of the running worker."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    def run(self, task: Task, ms: int, cancel: CancelToken) -> Ran | NotRun:
        """Run a task for `ms` milliseconds at most. Raises Cancelled; whatever it had started is gone then."""
        in_force = self.level
        if not in_force.runs:
            return NotRun(in_force.why)
        until = time.monotonic() + ms / 1000
        while not self._lock.acquire(timeout=POLL_S):
            cancel.check()
            if time.monotonic() > until:
                return NotRun("the sandbox is busy")
        try:
            return self._run(in_force, task, until, cancel)
        finally:
            self._lock.release()

    def warm(self, calls: Sequence[str]) -> None:
        """Start the worker, if this workspace has one, and have it import what it will be called for. Blocks until it is there."""
        in_force = self.level
        if in_force.runs:
            with self._lock:
                worker = self._ready(in_force, time.monotonic() + STARTING_S, CancelToken())
                if isinstance(worker, Worker):
                    with contextlib.suppress(WorkerEnded):  # the next task will say so
                        worker.prepare(calls)

    def close(self) -> None:
        """End the worker. Idempotent; a later task starts another."""
        with self._lock:
            self._drop()

    def _run(self, in_force: Level, task: Task, until: float, cancel: CancelToken) -> Ran | NotRun:
        for _ in range(2):  # a worker ends itself when its modules changed on disk, or is ended by others; the next one may do better
            worker = self._ready(in_force, until, cancel)
            if isinstance(worker, NotRun):
                return worker
            left_ms = round((until - time.monotonic()) * 1000)
            if left_ms <= 0:
                return Ran((), "timeout")
            try:
                answer = worker.ask(self._message(task, left_ms), until + GRACE_S, cancel)
                return Ran(tuple(answer["results"]), str(answer["ended"]))
            except WorkerEnded:
                self._drop()
            except TooLate:
                self._drop()
                return Ran((), "timeout")
            except Cancelled:
                self._stop(worker)
                raise
        return Ran((), "the sandbox ended, twice")

    def _message(self, task: Task, ms: int) -> dict[str, Any]:
        return {
            "op": "run", "id": next(self._ids), "call": task.call, "task": task.about, "ms": ms,
            "paths": list(task.paths), "owner": task.owner,
        }  # fmt: skip

    def _ready(self, in_force: Level, until: float, cancel: CancelToken) -> Worker | NotRun:
        """The worker, started if there is none. One that takes longer than this task may wait for goes on starting for the next."""
        if self._worker is not None and not self._worker.alive:
            self._drop()
        try:
            self._worker = self._worker or Worker(self._start(in_force))
            self._worker.ready(until, cancel)
        except TooLate:
            if self._worker is not None and time.monotonic() - self._worker.started > STARTING_S:
                self._drop()
            return NotRun("the sandbox is still starting")
        except (OSError, WorkerEnded) as error:
            self._drop()
            return NotRun(f"the sandbox did not start: {error}")
        return self._worker

    def _start(self, in_force: Level) -> Start:
        settings = self.settings
        python = interpreter_of(settings.root, settings.python)
        found = bubblewrap()
        if in_force.number != 1 or isinstance(found, str):
            return limited(python, settings.limits)
        return confined(found, python, [settings.root] if settings.root else [], settings.limits)

    def _stop(self, worker: Worker) -> None:
        try:
            worker.stop_task(time.monotonic() + GRACE_S)
        except (WorkerEnded, TooLate):
            self._drop()

    def _drop(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None
