"""A model that the user named by path, a GGUF file or a folder for transformers: loaded by the first fill that wants it; what is wrong with
it is said, not raised."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.bundled import NoModel
from astral_runtime.proposers.gguf_header import read_header
from astral_runtime.proposers.protocol import ModelFault, TextProposer


class LocalModel:
    """A `ProposerSource` of one file or folder. Thread-safe; a failure is remembered, not tried again."""

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
    """The models that settings name, by path: engines that name the same share it, the last that lets it go frees it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Path, LocalModel] = {}
        self._engines: Counter[Path] = Counter()

    def of(self, path: str | None) -> LocalModel | None:
        """The source of a path, until it is let go; None for none."""
        if not path:
            return None
        wanted = Path(path).expanduser()
        with self._lock:
            self._engines[wanted] += 1
            return self._held.setdefault(wanted, LocalModel(wanted))

    def let_go(self, source: LocalModel) -> None:
        """An engine ends. A model that none has any more is freed behind the caller's back: it may still answer a question."""
        with self._lock:
            self._engines[source.path] -= 1
            if self._engines[source.path] > 0 or self._held.pop(source.path, None) is None:
                return
        threading.Thread(target=source.close, name="language model ends", daemon=True).start()


def _load(path: Path) -> TextProposer | NoModel:
    try:
        from astral_runtime.proposers.proposer import LanguageModelProposer

        if path.is_dir():
            from astral_runtime.proposers.causal import Causal

            return LanguageModelProposer(Causal(path))
        read_header(path)
        from astral_runtime.proposers.llama import Llama

        return LanguageModelProposer(Llama(path))
    except (ModelLoadError, ModelFault) as wrong:
        return NoModel(str(wrong))
