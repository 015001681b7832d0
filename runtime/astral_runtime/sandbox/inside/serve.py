"""The worker: it keeps what the workspace's modules import warm, and runs each task in a fork of itself.

One task at a time. The fork (the stage) loads the module and forks again for the candidates; when its time is over, or the
server says so, everything below the worker is killed. The worker itself only ever imports.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from astral_runtime.sandbox.inside import batch, frames, guard, seccomp

MOST = 8 * 1024 * 1024
"""Bytes of results that one task may give."""

CLOCK_NS = 20_000_000
"""How far a file's time of change may lie behind the clock."""

Call = Callable[[dict[str, Any], dict[str, Any], Callable[[dict[str, Any]], None]], None]
"""A task's function: what it is told, the limits, and where its lines go."""

_SEEN: dict[str, int] = {}


def main(limits: dict[str, Any]) -> None:
    """Serve until the server closes the pipe. The pipes move away from 0 and 1, which the workspace's code may write to."""
    requests, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(each, "r" if each == 0 else "w", closefd=False) for each in (0, 1, 2))
    guard.limit_worker(limits)
    guard.adopt()
    frames.write(answers, {"ready": {"filtered": seccomp.available(), "python": sys.version.split()[0]}})
    while (message := frames.read(requests)) is not None:
        if message["op"] == "run":
            _answer(message, limits, requests, answers)
        elif message["op"] == "warm":
            for call in message["calls"]:
                _ours(call)


def _answer(message: frames.Message, limits: dict[str, Any], requests: int, answers: int) -> None:
    if _changed():
        os._exit(frames.STALE)
    results, ended, warm = _run(message, limits, requests, answers)
    frames.write(answers, {"id": message["id"], "results": results, "ended": ended})
    _warm(warm, message["paths"], message["owner"])


def _run(message: frames.Message, limits: dict[str, Any], requests: int, answers: int) -> tuple[list[Any], str, list[str]]:
    """What a stage said of a task, how it ended ("done", "timeout", "cancelled" or a death), and what it imported."""
    call = _ours(message["call"])
    heard, said = os.pipe()
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        for handle in (heard, requests, answers):
            os.close(handle)
        _stage(call, message, limits, said)
    os.close(said)
    data, ended = _listen(heard, requests, time.monotonic() + message["ms"] / 1000)
    os.close(heard)
    status = _kill_all(pid)
    lines = [frames.decode(line) for line in data.split(b"\n")[:-1]]
    results = [line["result"] for line in lines if "result" in line]
    warm = [name for line in lines for name in line.get("warm", ())]
    finished = any("end" in line for line in lines)
    return results, ended or ("done" if finished else _death(status)), warm


def _ours(call: str) -> Call:
    """One of our own functions, `module:name`. Imported by the worker itself: every stage then has it."""
    folder, _, name = call.partition(":")
    found: Call = getattr(importlib.import_module(folder), name)
    return found


def _stage(call: Call, message: frames.Message, limits: dict[str, Any], said: int) -> None:
    """The fork's whole life. Nothing but its lines comes back."""
    os.setsid()
    batch.private.add(said)

    def emit(line: dict[str, Any]) -> None:
        data = frames.encode(line)[4:] + b"\n"
        while data:
            data = data[os.write(said, data) :]

    try:
        sys.path[:0] = [path for path in message["paths"] if path not in sys.path]
        call(message["task"], limits, emit)
        emit({"end": True})
    finally:
        os._exit(0)


def _listen(heard: int, requests: int, until: float) -> tuple[bytes, str]:
    """All that the stage wrote, and why no more was waited for; "" when it closed its end."""
    data = bytearray()
    while True:
        left = until - time.monotonic()
        if left <= 0:
            return bytes(data), "timeout"
        ready, _, _ = select.select([heard, requests], [], [], left)
        if heard in ready:
            part = os.read(heard, 1 << 16)
            data += part
            if not part:
                return bytes(data), ""
            if len(data) > MOST:
                return bytes(data), "too many results"
        elif requests in ready:  # only a cancellation, or the end of the server, comes while a task runs
            return bytes(data), "cancelled"


def _kill_all(stage: int) -> int:
    """End the stage and whatever it started, and wait for all of it; the stage's exit status."""
    if os.getpid() == 1:  # the first process of a namespace reaches everything in it
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(stage, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(stage, signal.SIGKILL)
    status = os.waitpid(stage, 0)[1]
    while left := guard.children():  # adopted: their own parents are gone
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return status


def _death(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exited with status {os.WEXITSTATUS(status)}"


def _warm(names: Sequence[str], paths: Sequence[str], owner: str) -> None:
    """Import what the stage imported, except the document's own package: its text changes with every version."""
    started = time.time_ns() - CLOCK_NS
    before = list(sys.path)
    sys.path[:0] = [path for path in paths if path not in sys.path]
    for name in names:
        if name not in sys.modules:
            with contextlib.suppress(BaseException):  # it failed in the stage, too, or will again: the stage's result says so
                importlib.import_module(name)
    sys.path[:] = before
    for name in [name for name in sys.modules if name.partition(".")[0] == owner]:
        del sys.modules[name]
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and path not in _SEEN and any(path.startswith(f"{each}/") for each in paths):
            modified = _modified(path)
            _SEEN[path] = modified if modified < started else 0  # it may have been read before it was written: look again


def _changed() -> bool:
    return any(_modified(path) != then for path, then in _SEEN.items())


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
