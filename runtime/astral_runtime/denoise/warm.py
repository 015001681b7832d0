"""A loaded model with the context states of the documents that were worked on last (§3.2: the warm state between edits)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from astral_runtime.backends.onnx import Model
from astral_runtime.context.repository import Memory
from astral_runtime.context.state import ContextState
from astral_runtime.denoise.proposer import Proposal, Proposer, Wish
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, OnProgress
from astral_runtime.holes import Hole

DOCUMENTS = 4
"""Documents whose states are kept: each takes up to `context.state.MEMORY_BYTES`."""


class WarmModel:
    """What a pipeline asks of the denoiser. Thread-safe; bounded in memory: the document used longest ago is forgotten."""

    def __init__(self, model: Model, documents: int = DOCUMENTS, memory: Memory | None = None) -> None:
        self.model = model
        self._proposer = Proposer(model, memory)
        self._documents = documents
        self._states: OrderedDict[Path, ContextState] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name of the weights' folder, as the model is called."""
        return f"astral-{self.model.artefacts.folder.name}"

    @property
    def digest(self) -> str:
        """The hash of the manifest: it names these very weights."""
        return self.model.artefacts.digest

    @property
    def runs_on(self) -> str:
        """The execution provider, and why it is no faster one."""
        provider = self.model.provider
        return f"{provider.name} ({provider.fallback})" if provider.fallback else provider.name

    def propose(
        self, document: DocumentSnapshot, hole: Hole, wish: Wish, cancel: CancelToken, on_progress: OnProgress
    ) -> tuple[Proposal, ...]:
        """Distinct candidates of the denoiser, likeliest walk first. Raises Cancelled."""
        return self._proposer.propose(document, hole, self._state(document.path), wish, cancel, on_progress)

    def energies(self, document: DocumentSnapshot, hole: Hole, texts: Sequence[str], cancel: CancelToken) -> list[float]:
        """Sequence energy, in nats, of texts of any origin in the hole's place. Raises Cancelled."""
        return self._proposer.energies(document, hole, self._state(document.path), texts, cancel)

    def forget(self, path: Path) -> None:
        """The document was closed."""
        with self._lock:
            self._states.pop(path, None)

    def _state(self, path: Path) -> ContextState:
        with self._lock:
            state = self._states.pop(path, None) or ContextState(self.model.denoiser)
            self._states[path] = state
            while len(self._states) > self._documents:
                self._states.popitem(last=False)
            return state
