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

GARBAGE = 150_000
"""Objects made since the last collection that are worth one while nobody waits."""


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
    while True:
        try:
            message = inbox.get_nowait()
        except queue.Empty:
            if (done := answers.work()) is not None:
                _send(answers_to, done)
                continue
            if answers.busy:
                continue
            _tidy()
            message = inbox.get()
        if _is_late(message) and not inbox.empty():
            continue  # nobody waits for it any more, and others do
        answer = answers.answer(message)
        if answer is not None:
            _send(answers_to, answer)


def _is_late(message: wire.Message) -> bool:
    return bool("deadline" in message and time.monotonic() > message["deadline"])


def _tidy() -> None:
    """Collect garbage while nobody waits; during a request it would be felt."""
    if gc.get_count()[0] > GARBAGE:
        gc.collect()


def _send(stream: BinaryIO, message: wire.Message) -> None:
    try:
        stream.write(wire.encode(message))
        stream.flush()
    except OSError:
        os._exit(0)


if __name__ == "__main__":
    main()
