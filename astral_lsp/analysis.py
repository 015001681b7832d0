"""Settled analysis: what is known of each open document, computed when it comes to rest and not when someone asks.

One task per document version: rest, contexts (σ, Γ), mypy's report, then candidates hole by hole. A newer version cancels
the older one's task, and through it whatever runs on the worker lane.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from astral_lsp.documents import OpenDocument
from astral_lsp.engine import Engine, Health, Report
from astral_lsp.kept import KeptFills
from astral_lsp.observing import Observing
from astral_lsp.settings import Settings
from astral_lsp.settled import Settled, Stage
from astral_lsp.workers import Lane
from astral_runtime.fill import CancelToken, Fill, FillOptions
from astral_runtime.holes import Hole, HoleContext
from astral_runtime.values.observation import Seen

T = TypeVar("T")

_CONTEXTS, _REPORT, _FILLS = range(3)
"""Priorities on the lane: what the user reads at once goes first, across all documents."""

RETRY_S = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Pauses between looks at a document whose types nobody could tell; the last one repeats."""

log = logging.getLogger(__name__)


class Analysis:
    """Settled values of the open documents. Lives on the event loop; only the lane blocks."""

    def __init__(self, engine_of: Callable[[OpenDocument], Engine], settings: Callable[[], Settings]) -> None:
        self._engine_of = engine_of
        self._settings = settings
        self._lane = Lane("analysis")
        self._observing = Observing(engine_of, lambda settled: self._reached(settled, "values"))
        self._settled: dict[str, Settled] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.kept = KeptFills()
        self.listeners: list[Callable[[Settled, Stage], None]] = []

    def begin(self, document: OpenDocument) -> Settled:
        """A version was opened or changed: drop what belongs to older ones and settle this one after its rest."""
        self._observing.forget(document.uri)
        settled = Settled(document, fills=self.kept.of(document))
        self._settled[document.uri] = settled
        self._start(settled, self._settle(settled))
        return settled

    def end(self, uri: str) -> None:
        """The document was closed."""
        self._settled.pop(uri, None)
        self._observing.forget(uri)
        if (task := self._tasks.pop(uri, None)) is not None:
            task.cancel()

    def renew(self, except_uri: str | None = None) -> None:
        """Something outside the documents changed (settings, files, the oracle): compute again, serving the old answers meanwhile."""
        self.kept.forget(except_uri)
        for uri, settled in self._settled.items():
            if uri != except_uri:
                self._observing.forget(uri)
                settled.values.clear()
                self._start(settled, self._settle(settled))

    def of(self, document: OpenDocument) -> Settled:
        """What is known of the document, which must be open."""
        settled = self._settled.get(document.uri)
        return settled if settled is not None and settled.document is document else self.begin(document)

    def remember(self, document: OpenDocument, fill: Fill) -> None:
        """Keep a fill that someone asked for: it had more time than one computed ahead."""
        self.kept.keep(document, fill)
        if document.hole(fill.hole.id) == fill.hole:
            settled = self.of(document)
            settled.fills[fill.hole.id] = fill
            self._reached(settled, "fills")

    async def wait(self, settled: Settled, known: Callable[[], bool]) -> bool:
        """Wait until `known`, at most as long as an answer may take. Whether it is known."""
        return await settled.wait(known, self._settings().limits.answer_within_ms)

    async def wait_for_contexts(self, document: OpenDocument) -> Settled:
        """What is known when the contexts are, or when an answer is due."""
        settled = self.of(document)
        await self.wait(settled, lambda: settled.contexts is not None)
        return settled

    async def wait_for_fill(self, document: OpenDocument, hole: Hole) -> Settled:
        """What is known when the hole's candidates are, or when an answer is due. The hole moves to the front."""
        settled = self.look_at(document, hole)
        settled.hurry_fills.set()
        await self.wait(settled, lambda: hole.id in settled.fills or settled.fills_ended)
        return settled

    def look_at(self, document: OpenDocument, hole: Hole) -> Settled:
        """What is known of the document. Someone looks at the hole: it is filled next, also when filling ahead has ended."""
        settled = self.of(document)
        if hole.id not in settled.fills and self._settings().prefill.enabled:
            settled.wanted.append(hole.id)
            if settled.fills_ended:
                settled.fills_ended = False
                self._start(settled, self._fill_ahead(settled))
        return settled

    def look_for_values(self, document: OpenDocument, hole: Hole) -> Settled:
        """What is known of the document. The examples of the hole are run up to it, if they were not."""
        settled = self.of(document)
        self._observing.look(settled, hole)
        return settled

    async def values_of(self, document: OpenDocument, hole: Hole) -> Seen | None:
        """What was seen at the hole; None when its examples are still running after a while."""
        return await self._observing.of(self.of(document), hole)

    def _start(self, settled: Settled, work: Coroutine[Any, Any, None]) -> None:
        uri = settled.document.uri
        if (older := self._tasks.get(uri)) is not None:
            older.cancel()
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[uri] = task
        task.add_done_callback(partial(self._ended, uri))

    def _ended(self, uri: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(uri) is task:
            del self._tasks[uri]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("analysis failed", exc_info=error)

    async def _settle(self, settled: Settled) -> None:
        await _rest(settled.hurry, self._settings().debounce_ms)
        await self._look(settled)
        for pause_s in itertools.chain(RETRY_S, itertools.repeat(RETRY_S[-1])):
            if not settled.blind:
                return
            await asyncio.sleep(pause_s)
            await self._look(settled)

    async def _look(self, settled: Settled) -> None:
        settled.contexts = await self._contexts(settled)
        self._reached(settled, "contexts")
        settled.report = await self._report(settled)
        self._reached(settled, "report")
        settled.fills = self.kept.of(settled.document)
        settled.fills_ended = False
        await _rest(settled.hurry_fills, self._settings().prefill.rest_ms)
        await self._fill_ahead(settled)

    async def _contexts(self, settled: Settled) -> dict[str, HoleContext]:
        document = settled.document
        if not await self._run(lambda _: document.holes, _CONTEXTS, lambda why: ()):
            return {}
        if (why := self._too_large(document)) is not None:
            return {hole.id: context for hole, context in zip(document.holes, _untyped(document, why), strict=True)}
        engine, deadline_ms = self._engine_of(document), self._settings().limits.oracle_deadline_ms

        def ask(_: CancelToken) -> tuple[tuple[HoleContext, ...], Health]:
            begin = time.monotonic()
            found = engine.contexts(document.snapshot, document.holes, deadline_ms)
            late = (time.monotonic() - begin) * 1000 >= deadline_ms
            return found, Health("unavailable", "no answer in time") if late else engine.health()

        found, health = await self._run(ask, _CONTEXTS, lambda why: (_untyped(document, why), Health("unavailable", why)))
        settled.blind = health.state != "warm" and any(context.expected_type is None for context in found)
        return {context.hole.id: context for context in found}

    async def _report(self, settled: Settled) -> Report:
        document, settings = settled.document, self._settings()
        if settings.diagnostics.types == "off":
            return Report(unchecked="off in the settings")
        if (why := self._too_large(document)) is not None:
            return Report(unchecked=why)
        engine = self._engine_of(document)
        deadline_ms = settings.limits.oracle_deadline_ms
        return await self._run(lambda _: engine.report(document.snapshot, deadline_ms), _REPORT, lambda why: Report(unchecked=why))

    async def _fill_ahead(self, settled: Settled) -> None:
        document, settings = settled.document, self._settings()
        if settings.prefill.enabled and self._too_large(document) is None:
            options = FillOptions(settings.fill.candidates, settings.prefill.budget_ms, settings.prefill.proposers, settings.constraints.on)
            while (hole := settled.next_hole(settings.prefill.max_holes)) is not None:
                fill = settled.fills[hole.id] = await self._fill(document, hole, options)
                self.kept.keep(document, fill)
                self._reached(settled, "fills")
        settled.wanted.clear()
        settled.fills_ended = True
        self._reached(settled, "fills")

    async def _fill(self, document: OpenDocument, hole: Hole, options: FillOptions) -> Fill:
        engine = self._engine_of(document)
        return await self._run(
            lambda token: engine.fill(document.snapshot, hole, options, token, lambda _: None),
            _FILLS,
            lambda why: Fill(hole, "degraded", (), document.version, why),
        )

    async def _run(self, work: Callable[[CancelToken], T], priority: int, failed: Callable[[str], T]) -> T:
        """The one catch at the edge: a bug below becomes one log line and an answer that says so."""
        try:
            return await self._lane.run(work, priority)
        except Exception as error:
            log.exception("analysis failed")
            return failed(f"internal error: {type(error).__name__}")

    def _too_large(self, document: OpenDocument) -> str | None:
        limit = self._settings().limits.document_bytes
        return f"the file has more than {limit} bytes" if document.snapshot.native.byte_len > limit else None

    def _reached(self, settled: Settled, stage: Stage) -> None:
        settled.reached()
        for listener in self.listeners:
            listener(settled, stage)


def _untyped(document: OpenDocument, why: str) -> tuple[HoleContext, ...]:
    return tuple(HoleContext(hole, None, f"type unknown ({why})") for hole in document.holes)


async def _rest(hurry: asyncio.Event, at_most_ms: int) -> None:
    """Let the document rest, unless someone is in a hurry."""
    try:
        async with asyncio.timeout(at_most_ms / 1000):
            await hurry.wait()
    except TimeoutError:
        return  # it has rested
