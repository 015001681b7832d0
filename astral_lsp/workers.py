"""Threads for work that may block. A lane runs jobs by priority; awaiting a job and being cancelled stops the job."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from astral_runtime.fill import CancelToken

T = TypeVar("T")


@dataclass(order=True, slots=True)
class _Job:
    priority: int
    number: int
    work: Callable[[CancelToken], Any] = field(compare=False)
    token: CancelToken = field(compare=False)
    future: asyncio.Future[Any] = field(compare=False)


class Lane:
    """A few daemon threads with one queue. The process never waits for them: leaving does not depend on a fill.

    Lower priority numbers run first, equal ones in order of submission. Submitting is for the event loop only.
    """

    def __init__(self, name: str, threads: int = 1) -> None:
        self._jobs: list[_Job] = []
        self._numbers = itertools.count()
        self._ready = threading.Condition()
        for n in range(threads):
            threading.Thread(target=self._work, name=f"astral-{name}-{n}", daemon=True).start()

    async def run(self, work: Callable[[CancelToken], T], priority: int = 0) -> T:
        """The result of `work`, run on the lane. When the awaiting task is cancelled, the work's token is set."""
        token = CancelToken()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._ready:
            heapq.heappush(self._jobs, _Job(priority, next(self._numbers), work, token, future))
            self._ready.notify()
        try:
            return await future
        finally:
            token.cancel()  # harmless after success; otherwise nobody wants the result any more

    def _work(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._jobs)
                job = heapq.heappop(self._jobs)
            if not job.token.cancelled:
                self._perform(job)

    def _perform(self, job: _Job) -> None:
        try:
            result, error = job.work(job.token), None
        except BaseException as raised:  # whatever it is, the awaiting task must hear of it, and this thread must live on
            result, error = None, raised
        try:
            job.future.get_loop().call_soon_threadsafe(_settle, job.future, result, error)
        except RuntimeError:
            return  # the loop has closed: the server is leaving


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    """Deliver, unless the awaiting task has gone."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    elif isinstance(error, Exception) and not isinstance(error, StopIteration):
        future.set_exception(error)
    else:  # asyncio takes a StopIteration, a SystemExit or a KeyboardInterrupt for its own
        future.set_exception(RuntimeError(f"work ended by {type(error).__name__}"))
