"""Ending with the editor: a server whose parent has died must not stay behind."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

POLL_S = 1.0


def watch(process_id: int, on_death: Callable[[], None]) -> None:
    """Call `on_death` on the event loop when the process ends. At once where the system can tell, else within POLL_S.

    On Windows nothing is watched: there a signal that only asks does not exist, and our pipes end with the editor.
    """
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(process_id)
    except ProcessLookupError:
        loop.call_soon(on_death)
    except (AttributeError, OSError):  # not Linux, or a kernel without it
        loop.call_later(POLL_S, _poll, loop, process_id, on_death)
    else:
        loop.add_reader(descriptor, _ended, loop, descriptor, on_death)


def _ended(loop: asyncio.AbstractEventLoop, descriptor: int, on_death: Callable[[], None]) -> None:
    loop.remove_reader(descriptor)
    os.close(descriptor)
    on_death()


def _poll(loop: asyncio.AbstractEventLoop, process_id: int, on_death: Callable[[], None]) -> None:
    if alive(process_id):
        loop.call_later(POLL_S, _poll, loop, process_id, on_death)
    else:
        on_death()


def alive(process_id: int) -> bool:
    """Whether the process runs. One that has ended and was not collected (a zombie) does not."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there, and not ours
    try:
        status = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True  # no /proc here
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")
