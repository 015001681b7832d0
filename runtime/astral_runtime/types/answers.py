"""Requests to the oracle, answered: contexts at once, all else a little at a time between others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from astral_runtime.holes import Span
from astral_runtime.types import wire
from astral_runtime.types.certain import NOTHING_CERTAIN, certain_of
from astral_runtime.types.check import check
from astral_runtime.types.contexts import context_of
from astral_runtime.types.diagnostics import Superseded, diagnose
from astral_runtime.types.engine import Blocked
from astral_runtime.types.jobs import Job, Rank, Steps
from astral_runtime.types.live import Live
from astral_runtime.types.masked import Mask, Masked, Piece
from astral_runtime.types.parse import Unparsable
from astral_runtime.types.scope import Binding
from astral_runtime.types.seek import Wanted, prepare, seek
from astral_runtime.types.session import Session

R = TypeVar("R")

MOST_AHEAD = 8
"""Holes of a document whose surroundings are read before anybody asks for their fills."""


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

    @property
    def only_ahead(self) -> bool:
        """Whether all that is left to do is what nobody asked for."""
        return bool(self._jobs) and not self._dropped and all(job.rank is Rank.AHEAD for job in self._jobs)

    def answer(self, message: wire.Message) -> wire.Message | None:
        """The reply to a request; None if there is none, or not yet."""
        operation: Callable[[wire.Message], Any] = getattr(self, f"_{message['op']}")
        return self._guarded(message["id"], lambda: operation(message))

    def work(self) -> wire.Message | None:
        """Do a little of the work under way, the most pressing first; a reply when there is one."""
        if self._dropped:
            return self._dropped.pop()
        if not self._jobs:
            return None
        job = min(self._jobs, key=lambda each: each.rank)  # of several the first
        return self._guarded(job.id, lambda: self._step(job))

    def _guarded(self, id: int | None, operation: Callable[[], Any]) -> wire.Message | None:
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
        return {"id": id, "error": why} if id is not None else None

    def _drop(self, jobs: Sequence[Job], why: str) -> None:
        """Every question gets an answer, if only that there will be none."""
        self._dropped += [{"id": job.id, "error": why} for job in jobs if job.id is not None]
        self._jobs = [job for job in self._jobs if job not in jobs]

    def _open(self, message: wire.Message) -> tuple[Live, Masked]:
        document = message["document"]
        masks = [Mask(Span(start, end), kind) for start, end, kind in document["masks"]]
        return self._session.open(document["path"], document["text"], masks)

    def _contexts(self, message: wire.Message) -> list[wire.Message]:
        live, masked = self._open(message)
        found = [self._context(live, masked.piece_at(Span(*hole["span"])), hole) for hole in message["holes"]]
        self._prepare(live, message["document"]["text"], message["holes"][:MOST_AHEAD])
        return found

    def _prepare(self, live: Live, text: str, holes: Sequence[wire.Message]) -> None:
        wanted = [(Span(*hole["span"]), hole["intent"]) for hole in holes]
        self._jobs = [job for job in self._jobs if job.live is not live or job.rank is not Rank.AHEAD]
        self._jobs.append(Job(None, Rank.AHEAD, math.inf, live, prepare(live, text, wanted)))

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

    def _certain(self, message: wire.Message) -> wire.Message:
        live, masked = self._open(message)
        piece = masked.piece_at(Span(*message["hole"]["span"]))
        return certain_of(live, piece, _bindings(message["hole"])) if piece is not None else dict(NOTHING_CERTAIN)

    def _search(self, message: wire.Message) -> list[list[Any]] | None:
        live, masked = self._open(message)
        hole, text = message["hole"], message["document"]["text"]
        piece = masked.piece_at(Span(*hole["span"]))
        if piece is None:
            return []
        steps = seek(live, masked, piece, Wanted(_bindings(hole), text, hole["intent"], message["limit"]))
        self._begin(message, Rank.ASKED, message["deadline"], live, _rows(steps, wire.fit_row))
        return None

    def _check(self, message: wire.Message) -> list[wire.Message] | None:
        live, masked = self._open(message)
        fits = [wire.fit_from(row) for row in message["fits"]]
        piece = masked.piece_at(Span(*message["span"]))
        if piece is None:
            return [{"outcome": "skipped", "why": "the place to check is part of another hole", "faults": []} for _ in fits]
        deadline: float = message["deadline"]
        steps = check(live, masked, piece, fits, lambda: time.monotonic() > deadline)
        self._begin(message, Rank.ASKED, math.inf, live, _rows(steps, wire.verdict_message))  # it minds its deadline itself
        return None

    def _diagnostics(self, message: wire.Message) -> None:
        live, masked = self._open(message)
        self._drop([job for job in self._jobs if job.live is live and job.rank is Rank.DIAGNOSTICS], "asked again meanwhile")
        steps = diagnose(live, masked, message["document"]["text"])
        self._begin(message, Rank.DIAGNOSTICS, message["deadline"], live, _rows(steps, wire.fault_row))

    def _begin(self, message: wire.Message, rank: Rank, deadline: float, live: Live, steps: Steps[Any]) -> None:
        self._jobs.append(Job(message["id"], rank, deadline, live, steps))

    def _step(self, job: Job) -> Any:
        if time.monotonic() > job.deadline:
            raise Superseded("it came too late")
        try:
            next(job.steps)
        except StopIteration as done:
            self._jobs.remove(job)
            return done.value
        return None

    def _close(self, message: wire.Message) -> bool:
        self._drop([job for job in self._jobs if job.live.path == message["path"]], "the document was closed")
        self._session.close(message["path"])
        return True


def _rows(steps: Steps[list[R]], row: Callable[[R], Any]) -> Steps[list[Any]]:
    return [row(each) for each in (yield from steps)]


def _bindings(hole: wire.Message) -> list[Binding]:
    return [Binding(name, origin, line) for name, origin, line in hole["scope"]]


def _unknown(why: str) -> wire.Message:
    return {"type": None, "because": f"type unknown: {why}", "scope": [], "constraints": []}
