"""Work-done progress: tokens that live exactly as long as the work, and whose cancellation reaches it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from astral_lsp.protocol import AstralProtocol

CREATE_TIMEOUT_S = 2.0

Report = Callable[[str, int | None], None]
"""Say how far the work is: a message, and a percentage from 0 to 100 or None."""


class Progresses:
    """The running progresses of a session. Lives on the event loop."""

    def __init__(self, protocol: AstralProtocol) -> None:
        self._protocol = protocol
        self._tasks: dict[types.ProgressToken, asyncio.Task[Any]] = {}
        self._numbers = itertools.count(1)

    @property
    def running(self) -> int:
        """How many tokens are in use."""
        return len(self._tasks)

    def cancel(self, token: types.ProgressToken) -> None:
        """`window/workDoneProgress/cancel`: cancel the task behind a token; an unknown token is a task that has ended."""
        if (task := self._tasks.get(token)) is not None:
            task.cancel()

    async def create(self) -> types.ProgressToken | None:
        """A token of our own, if the client takes it."""
        token = f"astral-progress-{next(self._numbers)}"
        try:
            await self._protocol.ask(types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token), CREATE_TIMEOUT_S)
        except (JsonRpcException, TimeoutError):
            return None
        return token

    @asynccontextmanager
    async def show(self, token: types.ProgressToken | None, title: str) -> AsyncIterator[Report]:
        """Report on `token` while the block runs; without a token nobody is told. The current task is what a cancel stops."""
        task = asyncio.current_task()
        if token is None or task is None or token in self._tasks:
            yield lambda message, percentage: None
            return
        self._tasks[token] = task
        self._tell(token, types.WorkDoneProgressBegin(title, cancellable=True))
        try:
            yield lambda message, percentage: self._tell(token, types.WorkDoneProgressReport(message=message, percentage=percentage))
        finally:
            del self._tasks[token]
            self._tell(token, types.WorkDoneProgressEnd())

    def _tell(self, token: types.ProgressToken, value: Any) -> None:
        self._protocol.notify(types.PROGRESS, types.ProgressParams(token, value))
