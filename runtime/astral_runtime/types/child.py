"""One run of the oracle process: started, asked from any thread, heard in the background, ended for good."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from typing import IO, Any, BinaryIO, cast

from astral_runtime.types import wire

COMMAND = (sys.executable, "-P", "-m", "astral_runtime.types.process")
"""The oracle process: our own interpreter, without the current directory on its path."""

ENDING_S = 0.5
"""How long a process may take to end by itself."""


class NoAnswer(Exception):
    """The oracle gave no answer; `why` is for the user."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Question:
    """Where one thread waits for one answer."""

    __slots__ = ("answer", "done")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.answer: wire.Message = {}

    def settle(self, answer: wire.Message) -> None:
        self.answer = answer
        self.done.set()


class Child:
    """`command` is the process to start, settings included. Its pipes are never waited for: writing
    and reading have a thread each, so a process that hangs or is stopped delays nobody beyond a deadline."""

    def __init__(self, command: Sequence[str]) -> None:
        self.ready = False
        self.unavailable = ""
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        )  # fmt: skip
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._questions: dict[int, _Question] = {}
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._heard = time.monotonic()
        self._ended = False
        self._threads = [threading.Thread(target=each, name="oracle", daemon=True) for each in (self._write, self._read)]
        self._kill_at_exit = weakref.finalize(self, _kill, self._process)
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can still answer."""
        return not self._ended and self._process.poll() is None

    def silent_ms(self) -> float:
        """How long it has said nothing although a question is open; 0 when none is. Questions stay open past their
        deadline: only so is a process noticed that hangs."""
        with self._lock:
            return (time.monotonic() - self._heard) * 1000 if self._questions else 0.0

    def ask(self, message: wire.Message, deadline_ms: int) -> Any:
        """The answer, or NoAnswer when it fails, ends, or takes longer than `deadline_ms`."""
        question, id = _Question(), next(self._ids)
        frame = wire.encode({**message, "id": id, "deadline": time.monotonic() + deadline_ms / 1000})
        with self._lock:
            if self._ended:
                raise NoAnswer(self.unavailable or "the oracle process ended")
            if not self._questions:
                self._heard = time.monotonic()
            self._questions[id] = question
        self._outbox.put(frame)
        if not question.done.wait(deadline_ms / 1000):
            starting = "" if self.ready else ": it is still starting"
            raise NoAnswer(f"the oracle did not answer in {deadline_ms} ms{starting}")
        if "ok" not in question.answer:
            raise NoAnswer(str(question.answer["error"]))
        return question.answer["ok"]

    def tell(self, message: wire.Message) -> None:
        """Say something that needs no answer."""
        self._outbox.put(wire.encode({**message, "id": 0}))

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """End it, by itself if it can, and leave nothing behind. Idempotent."""
        self._outbox.put(None)
        try:
            self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _close(pipe)
        self._kill_at_exit.detach()

    def _write(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        while (frame := self._outbox.get()) is not None:
            try:
                pipe.write(frame)
                pipe.flush()
            except OSError:
                break
        _close(pipe)

    def _read(self) -> None:
        pipe = cast(BinaryIO, self._process.stdout)
        try:
            while (message := wire.read(pipe)) is not None:
                self._hear(message)
        except (OSError, ValueError, wire.Garbled):
            self._process.kill()
        self._end()

    def _hear(self, message: wire.Message) -> None:
        self._heard = time.monotonic()
        if "ready" in message:
            self.ready = True
        elif "unavailable" in message:
            self.unavailable = str(message["unavailable"])
        else:
            with self._lock:
                question = self._questions.pop(message["id"], None)
            if question is not None:
                question.settle(message)

    def _end(self) -> None:
        with self._lock:
            self._ended, self.ready = True, False
            waiting, self._questions = [*self._questions.values()], {}
        for question in waiting:
            question.settle({"error": self.unavailable or "the oracle process ended"})


def _environment() -> dict[str, str]:
    """Ours, without what would change how mypy finds modules."""
    kept = {name: value for name, value in os.environ.items() if name not in ("MYPYPATH", "MYPY_CACHE_DIR", "MYPY_CONFIG_FILE_DIR")}
    return {**kept, "MALLOC_ARENA_MAX": "2"}


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


def _close(pipe: IO[bytes]) -> None:
    with contextlib.suppress(OSError):
        pipe.close()
