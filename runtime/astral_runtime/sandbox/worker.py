"""One run of the worker process: started, asked one task at a time, ended with everything below it."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Sequence
from typing import Any

from astral_runtime.fill import CancelToken
from astral_runtime.sandbox.command import Start
from astral_runtime.sandbox.inside import frames

POLL_S = 0.01
"""How often a waiting task looks whether it was cancelled."""


class WorkerEnded(Exception):
    """The worker is gone; `status` is its exit status, negative for a signal."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the sandbox worker ended with status {status}")
        self.status = status


class TooLate(Exception):
    """No answer came in time."""


class Worker:
    """A worker process. A thread of its own starts it and hears it: bubblewrap ends the sandbox with the thread that started it."""

    def __init__(self, start: Start) -> None:
        self.filtered: bool | None = None
        self.started = time.monotonic()
        self._is_ready = False
        self._answers: queue.SimpleQueue[frames.Message | None] = queue.SimpleQueue()
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._error: OSError | None = None
        about = (weakref.proxy(self), start, self._answers, self._started)
        self._thread = threading.Thread(target=_live, args=about, name="sandbox", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._process is None:
            self._thread.join()
            raise self._error or OSError("the sandbox did not start")
        self._at_exit: weakref.finalize[..., Worker] = weakref.finalize(self, _kill, self._process)

    @property
    def pid(self) -> int:
        """Process id of the outermost process."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def ready(self, until: float, cancel: CancelToken) -> None:
        """Wait until it can be asked. Raises WorkerEnded, TooLate (it may still become ready) or Cancelled."""
        if not self._is_ready:
            self.filtered = bool(self._next(until, cancel)["ready"]["filtered"])
            self._is_ready = True

    def ask(self, message: frames.Message, until: float, cancel: CancelToken) -> frames.Message:
        """The answer to a task. Raises WorkerEnded, TooLate, or Cancelled: after the last two it can only be closed or heard out."""
        self._send(message)
        return self._next(until, cancel)

    def prepare(self, calls: Sequence[str]) -> None:
        """Have it import our own calls `module:function` now. Raises WorkerEnded."""
        self._send({"op": "warm", "calls": list(calls)})

    def stop_task(self, until: float) -> None:
        """End the task that it is at. Raises WorkerEnded or TooLate."""
        self._send({"op": "cancel"})
        self._next(until, CancelToken())

    def close(self) -> None:
        """End it and everything below it, at once. Idempotent."""
        assert self._process is not None
        _kill(self._process)
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._at_exit.detach()

    def _send(self, message: frames.Message) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            frames.write(self._process.stdin.fileno(), message)
        except (OSError, ValueError):
            raise WorkerEnded(self._process.wait()) from None

    def _next(self, until: float, cancel: CancelToken) -> frames.Message:
        while True:
            cancel.check()
            left = until - time.monotonic()
            if left <= 0:
                raise TooLate
            try:
                answer = self._answers.get(timeout=min(left, POLL_S))
            except queue.Empty:
                continue
            if answer is None:
                self._answers.put(None)
                assert self._process is not None
                raise WorkerEnded(self._process.wait())
            return answer


def _live(worker: Any, start: Start, answers: queue.SimpleQueue[frames.Message | None], started: threading.Event) -> None:
    """Start the process and pass its answers on; None at its end."""
    try:
        process = subprocess.Popen(
            start.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=start.environment, cwd=start.folder, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        worker._error = error
        return
    else:
        worker._process = process
    finally:
        started.set()
    assert process.stdout is not None
    handle = process.stdout.fileno()
    try:
        while (message := frames.read(handle)) is not None:
            answers.put(message)
    except (OSError, ValueError, frames.Garbled):
        _kill(process)
    answers.put(None)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process group. In bubblewrap the kernel ends all that is inside together with its first process."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    process.wait()
