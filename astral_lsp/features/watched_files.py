"""workspace/didChangeWatchedFiles: files change under us; by the client where it watches, else by watching ourselves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from lsprotocol import types

from astral_lsp.session import Session

GLOBS = ("**/*.py", "**/*.pyi", "**/pyproject.toml", "**/mypy.ini", "**/.mypy.ini", "**/setup.cfg", "**/pyvenv.cfg")
CONFIGURATION = frozenset({"pyproject.toml", "mypy.ini", ".mypy.ini", "setup.cfg", "pyvenv.cfg"})
_SUFFIXES = frozenset({".py", ".pyi"})
_GATHER_MS = 200


def did_change_watched_files(session: Session, params: types.DidChangeWatchedFilesParams) -> None:
    """Files changed on disk."""
    changed(session, [change.uri.rsplit("/", 1)[-1] for change in params.changes])


def changed(session: Session, names: Sequence[str]) -> None:
    """By file name: configuration makes new oracles, source makes the open documents be looked at again."""
    if any(name in CONFIGURATION for name in names):
        session.restart_engines()
    elif any(Path(name).suffix in _SUFFIXES for name in names):
        session.analysis.renew()


def registration() -> types.Registration:
    """What a client that watches files is asked to watch."""
    watchers = [types.FileSystemWatcher(glob) for glob in GLOBS]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    return types.Registration("astral-watched-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)


def watch(session: Session, roots: Sequence[Path]) -> Callable[[], None]:
    """Watch the folders ourselves, on a daemon thread. Returns what ends it."""
    loop, stop = asyncio.get_running_loop(), threading.Event()
    arguments = (tuple(root for root in roots if root.is_dir()), stop, loop, lambda names: changed(session, names))
    threading.Thread(target=_watch, args=arguments, name="astral-watch", daemon=True).start()
    return stop.set


def _watch(
    roots: tuple[Path, ...], stop: threading.Event, loop: asyncio.AbstractEventLoop, on_change: Callable[[Sequence[str]], None]
) -> None:
    import watchfiles

    if not roots:
        return
    try:
        for changes in watchfiles.watch(*roots, stop_event=stop, debounce=_GATHER_MS, raise_interrupt=False, ignore_permission_denied=True):
            names = [Path(path).name for _, path in changes]
            loop.call_soon_threadsafe(on_change, names)
    except (RuntimeError, OSError):
        return  # the loop has closed, or the system has no watches left: open documents still follow their own changes
