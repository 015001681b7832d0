"""The server's own log: lines on stderr, written by a thread, dropped rather than waited for."""

from __future__ import annotations

import logging
import queue
import sys
from logging.handlers import QueueHandler, QueueListener

from astral_lsp.settings import LogSettings

_MAX_WAITING = 1000
LOGGERS = ("astral_lsp", "astral_runtime", "pygls")


class _DroppingHandler(QueueHandler):
    """A client that never reads our stderr fills its pipe; then lines are lost, and the event loop is not."""

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return


def start() -> None:
    """Send our loggers to stderr, at `warning` until the settings say otherwise."""
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(_MAX_WAITING)
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    listener = QueueListener(waiting, writer)
    listener.start()
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [_DroppingHandler(waiting)]
        logger.propagate = False
    apply(LogSettings())


def apply(settings: LogSettings) -> None:
    """Obey the settings."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(settings.level.upper())
