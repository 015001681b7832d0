"""Bytes in and out on threads of their own: a slow client, a full pipe or busy workers never stop the event loop."""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from astral_lsp.framing import Frame, FrameParser, Malformed

_READ_BYTES = 65536
_MAX_UNHANDLED = 512
"""Messages that may wait for the event loop before the reader stops reading."""


class Source(Protocol):
    """Where bytes come from. An empty result means the end; a broken source raises OSError."""

    def read(self, size: int, /) -> bytes: ...


class Sink(Protocol):
    """Where bytes go. Blocks as long as it must; a broken sink raises OSError."""

    def write_all(self, data: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A file descriptor as source and sink."""

    fd: int

    def read(self, size: int, /) -> bytes:
        """Whatever is there, at most `size` bytes."""
        return os.read(self.fd, size)

    def write_all(self, data: bytes, /) -> None:
        """Every byte, however often the pipe must be asked."""
        view = memoryview(data)
        while view:
            view = view[os.write(self.fd, view) :]


def claim_stdio() -> tuple[Descriptor, Descriptor]:
    """Take stdin and stdout for the protocol alone.

    Afterwards a stray print, of Python or of native code or of a child, goes to stderr, and a child that reads stdin sees
    its end: neither can damage the protocol.
    """
    sys.stdout.flush()
    source, sink = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return Descriptor(source), Descriptor(sink)


class Reader:
    """Reads frames on a daemon thread and hands them to the event loop in order."""

    def __init__(self, source: Source, on_item: Callable[[Frame | Malformed], None], on_end: Callable[[], None]) -> None:
        self._source = source
        self._on_item = on_item
        self._on_end = on_end
        self._room = threading.BoundedSemaphore(_MAX_UNHANDLED)
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, name="astral-reader", daemon=True).start()

    def _run(self) -> None:
        parser = FrameParser()
        try:
            while data := self._source.read(_READ_BYTES):
                for item in parser.feed(data):
                    self._room.acquire()
                    self._loop.call_soon_threadsafe(self._deliver, item)
        except OSError:
            pass  # a client that vanished is a client that ended
        except RuntimeError:
            return  # the loop has closed: the server is leaving
        self._end()

    def _deliver(self, item: Frame | Malformed) -> None:
        self._room.release()
        self._on_item(item)

    def _end(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._on_end)
        except RuntimeError:
            return  # as above


class Writer:
    """Writes on a daemon thread, in the order of the calls."""

    def __init__(self, sink: Sink, on_broken: Callable[[], None]) -> None:
        self._sink = sink
        self._on_broken = on_broken
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="astral-writer", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Queue `data`. Never blocks; after the client has gone it does nothing."""
        self._queue.put(data)

    def close(self, timeout_s: float) -> None:
        """Write what is queued, for at most `timeout_s`."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while (data := self._queue.get()) is not None:
                self._sink.write_all(data)
        except OSError:
            self._broken()

    def _broken(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._on_broken)
        except RuntimeError:
            return  # the loop has closed: the server is leaving
