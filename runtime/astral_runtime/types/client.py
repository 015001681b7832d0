"""The oracle as the rest of the runtime sees it: σ, Γ, fits, verdicts and diagnostics, or the reason why there are none."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Certain, Fit, Hole, HoleContext, HoleKind, Span
from astral_runtime.types import wire
from astral_runtime.types.child import COMMAND, Child, NoAnswer
from astral_runtime.verify.spec import Fault, Verdict

State = Literal["cold", "warm", "unavailable"]


@dataclass(frozen=True, slots=True)
class OracleSettings:
    """What the oracle works on and how long it is borne with.

    `python` names the workspace's interpreter, whose packages imports are resolved with; None: the virtual environment in
    `root`, else our own. It is read, never run. `trusted` lets the workspace's mypy configuration (`mypy_config`, or the one
    found in `root`) and the plugins it names count. A process that says nothing for `stuck_after_ms` while asked is killed;
    after `restart_limit` ends within `restart_window_ms` it is not started again until the window has passed.
    `command` starts the process; it gets these settings as one more argument.
    """

    root: Path | None = None
    python: str | None = None
    trusted: bool = False
    mypy_config: Path | None = None
    stuck_after_ms: int = 60_000
    restart_limit: int = 5
    restart_window_ms: int = 60_000
    backoff_ms: int = 100
    command: tuple[str, ...] = COMMAND


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No answer, and why."""

    why: str


class Oracle:
    """A handle on one oracle process. Thread-safe; starts the process when first needed and again when it has ended."""

    def __init__(self, settings: OracleSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._ends: list[float] = []
        self._closed = False
        self._unstartable = ""

    @property
    def state(self) -> State:
        """`cold` before the process is up, `warm` while it answers, `unavailable` when it cannot (see `why`)."""
        with self._lock:
            if self._child is not None and self._child.ready:
                return "warm"
            return "unavailable" if self._refusal() else "cold"

    @property
    def why(self) -> str:
        """The reason of `unavailable`, else empty."""
        with self._lock:
            return "" if self._child is not None and self._child.ready else self._refusal()

    @property
    def pid(self) -> int | None:
        """Process id while the process runs."""
        child = self._child
        return child.pid if child is not None and child.alive else None

    def silent_ms(self) -> float:
        """How long the process has said nothing although a question is open; 0 while none is."""
        child = self._child
        return child.silent_ms() if child is not None else 0.0

    def warm(self) -> None:
        """Start the process, without waiting for it."""
        try:
            self._running()
        except NoAnswer:
            return  # `why` says it, and so does every later answer

    def contexts(self, document: DocumentSnapshot, holes: Sequence[Hole], deadline_ms: int) -> tuple[HoleContext, ...]:
        """One context per hole, in order. Never raises for missing types: they are None and `expected_because` says why."""
        if not holes:
            return ()
        rows = [wire.hole_message(document, hole) for hole in holes]
        try:
            found = self._ask("contexts", deadline_ms, document=wire.document_message(document, holes), holes=rows)
        except NoAnswer as error:
            return tuple(wire.context_without_types(document, hole, error.why) for hole in holes)
        return tuple(wire.context_from(hole, answer) for hole, answer in zip(holes, found, strict=True))

    def certain(self, document: DocumentSnapshot, hole: Hole, deadline_ms: int) -> Certain:
        """What hard masks may rely on at a hole; nothing on any outage."""
        row = wire.hole_message(document, hole)
        try:
            found = self._ask("certain", deadline_ms, document=wire.document_message(document, [hole]), hole=row)
        except NoAnswer:
            return Certain()
        return wire.certain_from(found)

    def search(self, document: DocumentSnapshot, hole: Hole, limit: int, deadline_ms: int) -> tuple[Fit, ...] | Unavailable:
        """Fits of type-directed search, cheapest first."""
        row = wire.hole_message(document, hole)
        try:
            found = self._ask("search", deadline_ms, document=wire.document_message(document, [hole]), hole=row, limit=limit)
        except NoAnswer as error:
            return Unavailable(error.why)
        return tuple(wire.fit_from(each) for each in found)

    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]:
        """One verdict of domain "types" per fit, put at `span` one at a time; the document's other holes count as Any.

        `pass`: the fit adds no error of mypy to those that the document has with `span` as Any. `skipped` on any outage."""
        if not fits:
            return ()
        hole = Hole("checked", _kind_at(document, span), span)
        message = {"document": wire.document_message(document, [hole]), "span": list(span), "fits": [wire.fit_row(fit) for fit in fits]}
        try:
            found = self._ask("check", deadline_ms, **message)
        except NoAnswer as error:
            return tuple(Verdict("types", "skipped", error.why) for _ in fits)
        return tuple(wire.verdict_from(each) for each in found)

    def diagnostics(self, document: DocumentSnapshot, deadline_ms: int) -> tuple[Fault, ...] | Unavailable:
        """Every error of mypy in the document, its holes counting as Any; spans are in the document."""
        try:
            found = self._ask("diagnostics", deadline_ms, document=wire.document_message(document, []))
        except NoAnswer as error:
            return Unavailable(error.why)
        return tuple(wire.fault_from(row) for row in found)

    def forget(self, path: Path) -> None:
        """The document at `path` is no longer open: other documents see what is on disk from now on."""
        child = self._child
        if child is not None and child.alive:
            child.tell({"op": "close", "path": str(path.absolute())})

    def close(self) -> None:
        """End the process and wait for it. Later questions are answered with an outage."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.close()

    def _ask(self, operation: str, deadline_ms: int, **message: Any) -> Any:
        child = self._running()
        try:
            return child.ask({"op": operation, **message}, deadline_ms)
        except NoAnswer:
            if child.alive and child.silent_ms() > self.settings.stuck_after_ms:
                child.kill()
            if not child.alive:
                self.warm()  # so that the next question finds it up
            raise

    def _running(self) -> Child:
        """The process; a new one if it has ended. Raises NoAnswer if it may not be started."""
        with self._lock:
            ended = self._child if self._child is not None and not self._child.alive else None
            if ended is not None and not ended.unavailable:
                self._ends.append(time.monotonic())
                self._child = None
                ended.close()
            if self._child is None or ended is not None:
                if refusal := self._refusal():
                    raise NoAnswer(refusal)
                try:
                    self._child = Child([*self.settings.command, json.dumps(self._process_settings())])
                except OSError as error:
                    self._unstartable = f"the oracle process cannot be started: {error.strerror}"
                    raise NoAnswer(self._unstartable) from error
            return self._child

    def _refusal(self) -> str:
        """Why the process is not there and may not be started now; empty if it may."""
        if self._closed:
            return "the oracle is closed"
        if self._child is not None and self._child.unavailable:
            return self._child.unavailable
        if self._unstartable:
            return self._unstartable
        now, settings = time.monotonic(), self.settings
        self._ends = [end for end in self._ends if (now - end) * 1000 < settings.restart_window_ms]
        if len(self._ends) >= settings.restart_limit:
            return f"the oracle process ended {len(self._ends)} times in {settings.restart_window_ms // 1000} s"
        pause_ms = settings.backoff_ms * (2 ** (len(self._ends) - 1) - 1) if self._ends else 0
        if self._ends and (now - self._ends[-1]) * 1000 < pause_ms:
            return "the oracle process ended and waits to be started again"
        return ""

    def _process_settings(self) -> dict[str, Any]:
        root, config = self.settings.root, self.settings.mypy_config
        return {
            "root": str(root.absolute()) if root is not None else None,
            "python": self.settings.python,
            "trusted": self.settings.trusted,
            "config": str(config.absolute()) if config is not None else None,
        }


def _kind_at(document: DocumentSnapshot, span: Span) -> HoleKind:
    """The kind of the document's own hole at a span; any other span is a gap or a region."""
    own = next((hole.kind for hole in document.holes() if hole.span == span), None)
    return own or ("region" if span.end > span.start else "implicit")
