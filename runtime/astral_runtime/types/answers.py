"""Requests to the oracle, answered. One request at a time; diagnostics are worked off between others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from astral_runtime.holes import Span
from astral_runtime.types import diagnostics, wire
from astral_runtime.types.check import check
from astral_runtime.types.contexts import context_of
from astral_runtime.types.engine import Blocked
from astral_runtime.types.live import Live
from astral_runtime.types.masked import Mask, Masked, Piece
from astral_runtime.types.parse import Unparsable
from astral_runtime.types.scope import Binding
from astral_runtime.types.seek import seek
from astral_runtime.types.session import Session


class Superseded(Exception):
    """Work that nobody waits for any more."""


@dataclass(slots=True)
class Job:
    """Diagnostics under way: of which text, and what is left to do."""

    id: int
    deadline: float
    text: str
    live: Live
    masked: Masked
    steps: Iterator[None]


class Answers:
    """The oracle's side of every operation. An unexpected failure of mypy costs its state: the session is made anew."""

    def __init__(self, settings: wire.Message) -> None:
        self._settings = settings
        self._session = self._new_session()
        self._jobs: list[Job] = []
        self._dropped: list[wire.Message] = []

    def _new_session(self) -> Session:
        given = self._settings
        root, config = given.get("root"), given.get("config")
        return Session(
            Path(root) if root else None, given.get("python"), Path(config) if config else None, trusted=bool(given.get("trusted"))
        )

    @property
    def busy(self) -> bool:
        """Whether `work` has something left to do."""
        return bool(self._jobs or self._dropped)

    def answer(self, message: wire.Message) -> wire.Message | None:
        """The reply to a request; None if there is none, or not yet."""
        operation: Callable[[wire.Message], Any] = getattr(self, f"_{message['op']}")
        return self._guarded(message["id"], lambda: operation(message))

    def work(self) -> wire.Message | None:
        """Do a little of the diagnostics under way; the reply when they are done."""
        if self._dropped:
            return self._dropped.pop()
        if not self._jobs:
            return None
        job = self._jobs[0]
        return self._guarded(job.id, lambda: self._step(job))

    def _guarded(self, id: int, operation: Callable[[], Any]) -> wire.Message | None:
        try:
            found = operation()
            return {"id": id, "ok": found} if found is not None else None
        except Unparsable as error:
            why = f"line {error.line} does not parse: {error.message}"
        except Superseded as error:
            why = str(error)
        except Blocked as error:
            why = f"mypy gave up: {error.message}"
        except Exception as error:
            why = f"mypy failed: {type(error).__name__}: {error}"
            self._drop([job for job in self._jobs if job.id != id], why)
            self._session = self._new_session()
        self._jobs = [job for job in self._jobs if job.id != id]
        return {"id": id, "error": why}

    def _drop(self, jobs: Sequence[Job], why: str) -> None:
        """Every question gets an answer, if only that there will be none."""
        self._dropped += [{"id": job.id, "error": why} for job in jobs]
        self._jobs = [job for job in self._jobs if job not in jobs]

    def _open(self, message: wire.Message) -> tuple[Live, Masked]:
        document = message["document"]
        masks = [Mask(Span(start, end), kind) for start, end, kind in document["masks"]]
        return self._session.open(document["path"], document["text"], masks)

    def _contexts(self, message: wire.Message) -> list[wire.Message]:
        live, masked = self._open(message)
        return [self._context(live, masked.piece_at(Span(*hole["span"])), hole) for hole in message["holes"]]

    def _context(self, live: Live, piece: Piece | None, hole: wire.Message) -> wire.Message:
        """What mypy cannot say of one hole is not held against the others."""
        if piece is None:
            return _unknown("it is part of another hole")
        try:
            return context_of(live, piece, _bindings(hole))
        except (Blocked, Unparsable) as error:
            return _unknown(f"line {error.line}: {error.message}")
        except (AssertionError, AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
            live.forget()
            live.sync(live.masked)
            return _unknown(f"mypy failed: {type(error).__name__}: {error}")

    def _search(self, message: wire.Message) -> list[list[Any]]:
        live, masked = self._open(message)
        hole = message["hole"]
        piece = masked.piece_at(Span(*hole["span"]))
        if piece is None:
            return []
        text = message["document"]["text"]
        return [wire.fit_row(fit) for fit in seek(live, piece, _bindings(hole), text, hole["intent"], message["limit"])]

    def _check(self, message: wire.Message) -> list[wire.Message]:
        live, masked = self._open(message)
        fits = [wire.fit_from(row) for row in message["fits"]]
        piece = masked.piece_at(Span(*message["span"]))
        if piece is None:
            return [{"outcome": "skipped", "why": "the place to check is part of another hole", "faults": []} for _ in fits]
        deadline: float = message["deadline"]
        return [wire.verdict_message(each) for each in check(live, masked, piece, fits, lambda: time.monotonic() > deadline)]

    def _diagnostics(self, message: wire.Message) -> None:
        live, masked = self._open(message)
        self._drop([job for job in self._jobs if job.live is live], "asked again meanwhile")
        self._jobs.append(Job(message["id"], message["deadline"], message["document"]["text"], live, masked, diagnostics.step(live)))

    def _step(self, job: Job) -> list[Any] | None:
        if time.monotonic() > job.deadline or job.live.text != job.text:
            raise Superseded("the document has changed meanwhile")
        if job.live.outdated or job.live.masked != job.masked:
            job.live.sync(job.masked)
            job.steps = diagnostics.step(job.live)
        for _ in job.steps:
            return None
        self._jobs.remove(job)
        return [wire.fault_row(fault) for fault in diagnostics.faults(job.live, job.masked)]

    def _close(self, message: wire.Message) -> bool:
        self._session.close(message["path"])
        return True


def _bindings(hole: wire.Message) -> list[Binding]:
    return [Binding(name, origin, line) for name, origin, line in hole["scope"]]


def _unknown(why: str) -> wire.Message:
    return {"type": None, "because": f"type unknown: {why}", "scope": [], "constraints": []}
