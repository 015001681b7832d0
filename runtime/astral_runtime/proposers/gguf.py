"""A GGUF file that the user named: loaded by the first fill that wants it, shared by all; what is wrong with it is said, not raised."""

from __future__ import annotations

import threading
from pathlib import Path

from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.bundled import NoModel
from astral_runtime.proposers.gguf_header import read_header
from astral_runtime.proposers.protocol import ModelFault, TextProposer


class Gguf:
    """A `ProposerSource` of one file. Thread-safe; a failure is remembered, not tried again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._opened: TextProposer | NoModel | None = None

    @property
    def opened(self) -> TextProposer | NoModel | None:
        """What was found, None before anybody asked."""
        return self._opened

    def open(self) -> TextProposer | NoModel:
        """Load once."""
        with self._lock:
            if self._opened is None:
                self._opened = _load(self.path)
            return self._opened

    def close(self) -> None:
        """Free the model; whoever asks again is told that it was closed. Waits for a question under way."""
        with self._lock:
            opened, self._opened = self._opened, NoModel(f"{self.path}: it was closed")
        if opened is not None and not isinstance(opened, NoModel):
            opened.close()


class Named:
    """The file that the settings name now, by path: one is held at a time, however many workspaces ask. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Gguf | None = None

    def of(self, path: str | None) -> Gguf | None:
        """The source of a file; None for none. The file of before is freed behind the caller's back: it may still answer a question."""
        with self._lock:
            wanted = None if not path else Path(path).expanduser()
            if self._held is not None and self._held.path != wanted:
                threading.Thread(target=self._held.close, name="language model ends", daemon=True).start()
                self._held = None
            if self._held is None and wanted is not None:
                self._held = Gguf(wanted)
            return self._held


def _load(path: Path) -> TextProposer | NoModel:
    try:
        read_header(path)
        from astral_runtime.proposers.llama import Llama
        from astral_runtime.proposers.proposer import LanguageModelProposer

        return LanguageModelProposer(Llama(path))
    except (ModelLoadError, ModelFault) as wrong:
        return NoModel(str(wrong))
