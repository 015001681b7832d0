"""Many pieces of work in few processes: a child works through them until one hangs or kills it; the next child goes on behind that one."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

from astral_runtime.sandbox.inside import guard, seccomp

Work = Callable[[Any], tuple[Any, bool]]
"""From a piece of work to its JSON result, and whether the process is as it was before (else the next piece gets a new one)."""

private: set[int] = set()
"""File descriptors of the stage that no child may have: what it reports to the worker with."""

Report = Callable[[int, Any, str], None]
"""Called with the index of a piece, and its result with "", or the results of its steps with how its process ended."""


_STEP = b"~"


class _Child:
    """Where a child tells of its steps; nowhere, outside of a child."""

    token = b""
    said = -1


def step(result: Any) -> None:
    """Say that one step of an item is done, and its JSON result: the item's time begins anew."""
    if _Child.token:
        os.write(_Child.said, _Child.token + _STEP + json.dumps(result).encode("ascii") + b"\n")


def in_batches(items: Sequence[Any], work: Work, report: Report, limits: dict[str, Any], wall_s: float) -> None:
    """Do `work` on every item under the candidate's limits. `wall_s`: the longest that one item, or each step of it, may take."""
    gc.freeze()
    seccomp.prepare(may_write=bool(limits["may_write"]))
    first, held = 0, guard.held()  # looked up once: it takes longer than a fork
    while first < len(items):
        first = _batch(items, first, work, report, limits, wall_s, held)


def _batch(items: Sequence[Any], first: int, work: Work, report: Report, limits: dict[str, Any], wall_s: float, held: int) -> int:
    """Items from `first` on in one child; the index of the first item left."""
    if limits["may_write"]:
        guard.clear_scratch()
    token = os.urandom(8).hex().encode("ascii")
    heard, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        for handle in (heard, *private):
            os.close(handle)
        _child(items, first, work, limits, said, token, held)
    os.close(said)
    lines = _Lines(heard, wall_s, token)
    for result in lines:
        if first < len(items):
            report(first, result, "")
            first += 1
    os.close(heard)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if first < len(items) and not lines.stopped:
        report(first, lines.steps, "timeout" if lines.late else _end(status))
        first += 1
    return first


def _child(items: Sequence[Any], first: int, work: Work, limits: dict[str, Any], said: int, token: bytes, held: int) -> None:
    """A child's whole life: confined first, then one line per item, and an empty one when it stops of its own accord."""
    try:
        _Child.token, _Child.said = token, said
        guard.limit_candidate(limits, held)
        until = time.process_time() + limits["batch_s"] / 2
        seccomp.confine(may_write=bool(limits["may_write"]))
        for index in range(first, len(items)):
            result, clean = work(items[index])
            os.write(said, token + json.dumps(result).encode("ascii") + b"\n")
            if not clean or time.process_time() > until:
                break
        os.write(said, token + b"\n")
    finally:
        os._exit(0)


class _Lines:
    """The results of a child, each awaited for `wall_s` at most; what does not begin with the child's token ends the hearing.

    `late`: one did not come in time; `stopped`: the child said that it stops; `steps`: those done of an item without a result."""

    def __init__(self, handle: int, wall_s: float, token: bytes) -> None:
        self._handle, self._wall_s, self._token, self._rest = handle, wall_s, token, b""
        self.late = self.stopped = False
        self.steps: list[Any] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> Any:
        self.steps = []
        while True:
            line = self._line()
            if not line.startswith(self._token):
                raise StopIteration
            if line == self._token:
                self.stopped = True
                raise StopIteration
            said = line[len(self._token) :]
            try:
                result = json.loads(said.removeprefix(_STEP))
            except ValueError:
                raise StopIteration from None
            if not said.startswith(_STEP):
                return result
            self.steps.append(result)

    def _line(self) -> bytes:
        until = time.monotonic() + self._wall_s
        while b"\n" not in self._rest:
            if not select.select([self._handle], [], [], max(0.0, until - time.monotonic()))[0]:
                self.late = True
                raise StopIteration
            part = os.read(self._handle, 1 << 16)
            if not part or len(self._rest) > 1 << 20:
                raise StopIteration
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line


def _end(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return "ended the process"
