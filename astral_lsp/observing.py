"""Values at the holes that someone looks at: sought beside the rest of the analysis, once per hole and document version."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from astral_lsp.documents import OpenDocument
from astral_lsp.engine import Engine
from astral_lsp.settled import Settled
from astral_lsp.workers import Lane
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole
from astral_runtime.values.observation import Seen

RUN_MS = 3000
"""How long running the examples of one hole up to it may take."""

ANSWER_MS = RUN_MS + 1000
"""When `astral/values` answers without them: other holes may be in front, and the sandbox busy with a fill."""

log = logging.getLogger(__name__)


class Observing:
    """Lives on the event loop; only its lane blocks, and no other request waits for that lane."""

    def __init__(self, engine_of: Callable[[OpenDocument], Engine], reached: Callable[[Settled], None]) -> None:
        self._engine_of = engine_of
        self._reached = reached
        self._lane = Lane("values")
        self._tasks: dict[str, dict[str, asyncio.Task[None]]] = {}

    def look(self, settled: Settled, hole: Hole) -> None:
        """Have the values at a hole sought, unless they are known or being sought."""
        sought = self._tasks.setdefault(settled.document.uri, {})
        if hole.id not in settled.values and hole.id not in sought:
            sought[hole.id] = asyncio.get_running_loop().create_task(self._seek(settled, hole))

    async def of(self, settled: Settled, hole: Hole) -> Seen | None:
        """The values at a hole; None when they are still not known after ANSWER_MS."""
        self.look(settled, hole)
        await settled.wait(lambda: hole.id in settled.values, ANSWER_MS)
        return settled.values.get(hole.id)

    def forget(self, uri: str) -> None:
        """Nobody wants what is being sought in a document any more: it changed, or was closed."""
        for task in self._tasks.pop(uri, {}).values():
            task.cancel()

    async def _seek(self, settled: Settled, hole: Hole) -> None:
        engine, snapshot = self._engine_of(settled.document), settled.document.snapshot

        def run(token: CancelToken) -> Seen:
            return engine.values(snapshot, hole, token, RUN_MS)

        try:
            settled.values[hole.id] = await self._lane.run(run)
        except Exception as error:  # the edge: a bug below becomes one log line and an answer that says so
            log.exception("values of %s failed", hole.id)
            settled.values[hole.id] = Seen(why=f"internal error: {type(error).__name__}")
        self._reached(settled)
