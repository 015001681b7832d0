"""The oracle process: `python -m astral_runtime.types.process SETTINGS`. Requests come on stdin, answers go to stdout.

It ends when its stdin does, so it never outlives the process that started it. Nothing else is written anywhere: prints of
mypy and its plugins go nowhere, mypy's cache is off.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import sys
import threading
import time
from typing import TYPE_CHECKING, BinaryIO

from astral_runtime.types import wire

if TYPE_CHECKING:
    from astral_runtime.types.answers import Answers

GARBAGE = 50_000
"""Objects made since the last collection that are worth one when nothing is asked for a while."""

REST_S = 0.1
"""Reading ahead takes tens of milliseconds a step, and the next key press may be near."""

QUIET_S = 0.3
"""Collecting takes tens of milliseconds, which somebody who types would feel."""


def main() -> None:
    """Serve until stdin ends."""
    answers_to = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    inbox: queue.SimpleQueue[wire.Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, inbox), daemon=True).start()
    try:
        from astral_runtime.types.answers import Answers

        answers = Answers(json.loads(sys.argv[1]))
    except ImportError as error:
        _send(answers_to, {"unavailable": f"mypy cannot be imported: {error}"})
        return
    except Exception as error:
        _send(answers_to, {"unavailable": f"mypy did not start: {type(error).__name__}: {error}"})
        return
    gc.collect()
    gc.freeze()
    gc.disable()
    _send(answers_to, {"ready": True})
    _serve(answers, inbox, answers_to)


def _listen(stdin: BinaryIO, inbox: queue.SimpleQueue[wire.Message]) -> None:
    try:
        while (message := wire.read(stdin)) is not None:
            inbox.put(message)
    except (OSError, wire.Garbled):
        pass
    os._exit(0)


def _serve(answers: Answers, inbox: queue.SimpleQueue[wire.Message], answers_to: BinaryIO) -> None:
    rested = False
    while True:
        message = _message(inbox, answers, rested)
        rested = message is None
        if message is None:
            if (done := answers.work()) is not None:
                _send(answers_to, done)
        elif _is_late(message) and not inbox.empty():  # nobody waits for it any more, and others do
            _send(answers_to, {"id": message["id"], "error": "it came too late"})
        elif (answer := answers.answer(message)) is not None:
            _send(answers_to, answer)


def _message(inbox: queue.SimpleQueue[wire.Message], answers: Answers, rested: bool) -> wire.Message | None:
    """What is to be answered now; None when there is work to go on with instead. What nobody asked for waits for a rest first."""
    try:
        if answers.only_ahead and not rested:
            return inbox.get(timeout=REST_S)
        if answers.busy:
            return inbox.get_nowait()
    except queue.Empty:
        return None
    return _next(inbox)


def _is_late(message: wire.Message) -> bool:
    return bool("deadline" in message and time.monotonic() > message["deadline"])


def _next(inbox: queue.SimpleQueue[wire.Message]) -> wire.Message:
    """The next message; garbage is collected while waiting for it."""
    try:
        return inbox.get(timeout=QUIET_S)
    except queue.Empty:
        if gc.get_count()[0] > GARBAGE:
            gc.collect()
        return inbox.get()


def _send(stream: BinaryIO, message: wire.Message) -> None:
    try:
        stream.write(wire.encode(message))
        stream.flush()
    except OSError:
        os._exit(0)


if __name__ == "__main__":
    main()
