"""What is known of one document version, as far as it is known yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from astral_lsp.documents import OpenDocument
from astral_lsp.engine import Report
from astral_runtime.fill import Candidate, Fill
from astral_runtime.holes import Hole, HoleContext
from astral_runtime.values.observation import Seen

Stage = Literal["contexts", "report", "values", "fills"]


@dataclass(slots=True, eq=False)
class Settled:
    """What is known of one document version so far. None, or a missing key, means: not computed yet."""

    document: OpenDocument
    contexts: dict[str, HoleContext] | None = None
    report: Report | None = None
    fills: dict[str, Fill] = field(default_factory=dict)
    values: dict[str, Seen] = field(default_factory=dict)
    """What was seen at holes that someone looked at."""
    rendered: dict[object, object] = field(default_factory=dict)
    """Answers kept until the next stage."""
    wanted: list[str] = field(default_factory=list)
    """Ids of holes that someone looked at: filled first."""
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    """Someone waits for what is known of the version: no more rest."""
    hurry_fills: asyncio.Event = field(default_factory=asyncio.Event)
    """Someone waits for candidates."""
    fills_ended: bool = False
    blind: bool = False
    """Types are unknown because nobody could be asked, and not because mypy has none: worth another look."""
    waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def next_hole(self, at_most: int) -> Hole | None:
        """The hole to fill ahead next: one that was looked at, else the first in the document."""
        open_holes = {hole.id: hole for hole in self.document.holes if hole.id not in self.fills}
        looked_at = next((id for id in reversed(self.wanted) if id in open_holes), None)
        if looked_at is not None:
            return open_holes[looked_at]
        return next(iter(open_holes.values()), None) if len(self.fills) < at_most else None

    def candidates(self, hole: Hole) -> tuple[Candidate, ...]:
        """The candidates known for a hole."""
        fill = self.fills.get(hole.id)
        return fill.candidates if fill else ()

    async def wait(self, known: Callable[[], bool], at_most_ms: int) -> bool:
        """Wait until `known`, looking again at every stage; whether it is. Ends the document's rest."""
        if known():
            return True
        self.hurry.set()
        try:
            async with asyncio.timeout(at_most_ms / 1000):
                while not known():
                    await self._next_stage()
        except TimeoutError:
            return False
        return True

    def reached(self) -> None:
        """A stage brought something new: kept answers are old, and who waits looks again."""
        self.rendered.clear()
        waiting, self.waiting = self.waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def _next_stage(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.add(future)
        try:
            await future
        finally:
            self.waiting.discard(future)
