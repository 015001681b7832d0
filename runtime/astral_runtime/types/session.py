"""The oracle's documents: which module each is, what makes one stale, how an unfinished one is still read."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from mypy.find_sources import InvalidSourceList, SourceFinder
from mypy.modulefinder import ModuleNotFoundReason

from astral_runtime.holes import Span
from astral_runtime.types.engine import Blocked, Engine, under
from astral_runtime.types.environment import interpreter, options_for
from astral_runtime.types.live import Live
from astral_runtime.types.masked import Lines, Mask, Masked, mask
from astral_runtime.types.parse import Unparsable
from astral_runtime.types.plugin import HolePlugin

MOST_REPAIRS = 8
"""Broken lines that are left out before a text is given up."""

MOST_ROUNDS = 4
"""How often modules that import each other are loaded anew until they agree."""


class Session:
    """One workspace. `trusted` lets its mypy configuration count. Not thread-safe."""

    def __init__(self, root: Path | None, python: str | None, config: Path | None, *, trusted: bool, disk_every_s: float = 1.0) -> None:
        found = interpreter(root, python)
        options = options_for(root, found, config, trusted=trusted)
        self.root = root
        self.plugin = HolePlugin(options)
        self.engine = Engine(options, found, self.plugin)
        self.lives: dict[str, Live] = {}
        self._stale: set[str] = set()
        self._stamps: dict[str, tuple[int, int] | None] = {}
        self._disk_every_s = disk_every_s
        self._looked = 0.0

    def open(self, path: str, text: str, masks: Sequence[Mask]) -> tuple[Live, Masked]:
        """The document, in step with `text`. Lines that do not parse are left out if no hole is on them.

        Raises Unparsable or Blocked."""
        live = self.lives.get(path) or self._new(path)
        self._look_at_disk()
        self._freshen(live)
        masked = self._synced(live, text, masks)
        live.text = text
        return live, masked

    def _new(self, path: str) -> Live:
        module, base = self._module_of(path)
        if base not in self.engine.bases:
            self.engine.find_under([base])
        self.lives[path] = live = Live(self.engine, self.plugin, module, path)
        return live

    def _module_of(self, path: str) -> tuple[str, str]:
        try:
            module, base = SourceFinder(self.engine.overlay, self.engine.options).crawl_up(path)
        except InvalidSourceList:
            module, base = Path(path).stem, str(Path(path).parent)
        package, dot, name = module.rpartition(".")
        wanted = package + dot + re.sub(r"\W", "_", name)
        taken = {live.module for live in self.lives.values()}
        taken |= {id for id, state in self.engine.graph.items() if state.path is None or os.path.abspath(state.path) != path}
        return next(name for n in range(len(taken) + 1) if (name := f"{wanted}__{n}" if n else wanted) not in taken), base

    def _synced(self, live: Live, text: str, masks: Sequence[Mask]) -> Masked:
        requests = list(masks)
        for attempt in range(MOST_REPAIRS + 1):
            masked = mask(text, requests)
            try:
                if live.sync(masked):
                    self._outdate_importers(live.module)
                return masked
            except (Unparsable, Blocked) as error:
                repaired = _without_line(text, masked, error.line, requests)
                if repaired is None or attempt == MOST_REPAIRS:
                    raise
                requests = repaired
        raise AssertionError("the loop returns or raises")

    def _outdate_importers(self, module: str) -> None:
        by_module = {live.module: live for live in self.lives.values()}
        for importer in self.engine.importers(module):
            if importer in by_module:
                by_module[importer].forget()
            else:
                self._stale.add(importer)

    def _freshen(self, live: Live) -> None:
        """Load anew what the document imports and has changed, dependencies first."""
        if not self._stale and not any(each.outdated for each in self.lives.values() if each is not live):
            return
        for _ in range(MOST_ROUNDS):
            below = self.engine.closure(live.module) - {live.module}
            open_ones = {each.module: each for each in self.lives.values() if each.outdated and each.module in below}
            todo = sorted((self._stale & below) | set(open_ones), key=lambda module: len(self.engine.closure(module)))
            if not todo:
                return
            for module in todo:
                self._reload(module, open_ones.get(module))

    def _reload(self, module: str, live: Live | None) -> None:
        self._stale.discard(module)
        state = self.engine.graph.get(module)
        try:
            if live is not None:
                changed = live.sync(live.masked)
            elif state is not None and state.path is not None:
                changed = self.engine.load(module, state.path, None).changed
            else:
                return
        except (Blocked, Unparsable):
            return  # a broken import keeps its last good version
        if changed:
            self._outdate_importers(module)

    def _look_at_disk(self) -> None:
        """Notice files of the workspace that changed or vanished, and imports that can be found by now."""
        now = time.monotonic()
        if now - self._looked < self._disk_every_s:
            return
        self._looked = now
        paths = {state.path: id for id, state in self.engine.graph.items() if state.path is not None and self._is_ours(state.path)}
        for path, module in paths.items():
            stamp = _stamp(path)
            if path in self._stamps and self._stamps[path] != stamp:
                self._stale.add(module)
                if stamp is None:
                    self._vanished(module)
            self._stamps[path] = stamp
        for live in self.lives.values():
            if self._found_by_now(live.module):
                live.forget()

    def _is_ours(self, path: str) -> bool:
        if self.engine.overlay.holds(path) or f"{os.sep}site-packages{os.sep}" in path:
            return False
        folders = [*self.engine.bases, *([str(self.root)] if self.root is not None else [])]
        return any(under(os.path.abspath(path), folder) for folder in folders)

    def _vanished(self, module: str) -> None:
        self._outdate_importers(module)
        self.engine.unload(module)
        self._stale.discard(module)

    def _found_by_now(self, module: str) -> bool:
        state = self.engine.graph.get(module)
        if state is None or not state.suppressed:
            return False
        self.engine.overlay.flush()
        cache = self.engine.manager.find_module_cache
        cache.clear()
        return any(not isinstance(cache.find_module(name), ModuleNotFoundReason) for name in state.suppressed)

    def close(self, path: str) -> None:
        """The document is no longer open: others see what is on disk."""
        live = self.lives.pop(path, None)
        self.engine.overlay.drop(path)
        if live is None:
            return
        if os.path.isfile(path):
            self._stale.add(live.module)
        else:
            self._vanished(live.module)


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _without_line(text: str, masked: Masked, line: int, masks: Sequence[Mask]) -> list[Mask] | None:
    """The masks and one more, of a whole broken line, or of nothing at all in its place if it was masked before and is
    still in the way. None if it is blank or another mask touches it."""
    lines = Lines(masked.text)
    line = min(max(line, 1), len(lines.starts))
    span = Span(masked.to_document(lines.starts[line - 1]), masked.to_document(lines.end(line)))
    before = next((each for each in masks if each.kind == "line" and each.span.start == span.start), None)
    if before is not None:
        return [Mask(each.span, "nothing") if each is before else each for each in masks]
    if not text.encode()[span.start : span.end].strip():
        return None
    if any(span.start <= each.span.end and each.span.start <= span.end for each in masks):
        return None
    return [*masks, Mask(span, "line")]
