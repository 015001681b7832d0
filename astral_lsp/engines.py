"""The engines of a session: one per workspace folder, made on first use, closed beside the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from astral_lsp.documents import OpenDocument
from astral_lsp.engine import Engine, EngineFactory, Health
from astral_lsp.settings import Settings
from astral_lsp.workers import Lane

MAX_ENGINES = 3
"""Warm oracles at a time; in a workspace of more folders the one used longest ago is closed."""

log = logging.getLogger(__name__)


class Engines:
    """Lives on the event loop; closing an engine blocks and runs on a lane."""

    def __init__(self, make: EngineFactory, settings: Callable[[], Settings]) -> None:
        self._make = make
        self._settings = settings
        self._engines: dict[Path | None, Engine] = {}
        self._closing = Lane("closing")
        self._closings: set[asyncio.Task[None]] = set()

    def of(self, document: OpenDocument) -> Engine:
        """The engine of the document's workspace folder."""
        root = document.snapshot.root
        engine = self._engines.pop(root, None) or self._make(root, self._settings())
        self._engines[root] = engine  # moves to the end: used last
        if len(self._engines) > MAX_ENGINES:
            self._retire(next(iter(self._engines)))
        return engine

    async def forget(self, document: OpenDocument) -> None:
        """The document was closed: whoever imports it sees the disk's text again."""
        engine = self._engines.get(document.snapshot.root)
        if engine is not None:
            await self._closing.run(lambda _: engine.forget(document.snapshot.path))

    def health(self) -> Health | None:
        """That of the engine which is worst off; None before there is one."""
        found = [engine.health() for engine in self._engines.values()]
        return max(found, key=lambda health: health.state == "unavailable", default=None)

    def retire_all(self) -> None:
        """Close every engine; the next use makes new ones, with the settings as they are then."""
        for root in list(self._engines):
            self._retire(root)

    async def close(self, timeout_s: float) -> None:
        """Close every engine, for at most `timeout_s`."""
        self.retire_all()
        if self._closings:
            _, late = await asyncio.wait(self._closings, timeout=timeout_s)
            if late:
                log.warning("%d oracles did not end in time", len(late))

    def _retire(self, root: Path | None) -> None:
        engine = self._engines.pop(root)
        task = asyncio.get_running_loop().create_task(self._closing.run(lambda _: engine.close()))
        self._closings.add(task)
        task.add_done_callback(self._retired)

    def _retired(self, task: asyncio.Task[None]) -> None:
        self._closings.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("closing an oracle failed", exc_info=error)
