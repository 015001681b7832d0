"""Fills from a causal language model: the text around the hole → prompt → beams under masks → texts (§1.1's swapped substrate)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Cancelled, CancelToken, OnProgress, Progress
from astral_runtime.holes import SUBHOLE, Hole
from astral_runtime.proposers.beam import Beaming, Written
from astral_runtime.proposers.beams import Beams, OnText
from astral_runtime.proposers.gap import Gap, gaps_of
from astral_runtime.proposers.lens import ANYTHING, Lens
from astral_runtime.proposers.names import NamesInSight, names_in_sight
from astral_runtime.proposers.pieces import Pieces
from astral_runtime.proposers.prompt import prompt_of
from astral_runtime.proposers.protocol import Asked, LanguageModel, Proposed


class LanguageModelProposer:
    """A `TextProposer` over a model in this process. Thread-safe: one question at a time."""

    def __init__(self, model: LanguageModel, how: Beaming | None = None) -> None:
        self.model = model
        self._how = how or Beaming()
        self._pieces = Pieces(model.tokens)
        self._lens = Lens()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The model's."""
        return self.model.name

    def propose(
        self, document: DocumentSnapshot, hole: Hole, asked: Asked, cancel: CancelToken, on_progress: OnProgress
    ) -> tuple[Proposed, ...]:
        """Distinct fills, the best first; what it has when the token is set. Raises ModelFault."""
        with self._lock, contextlib.suppress(Cancelled):
            cancel.check()
            gaps = gaps_of(document, hole, cancel)
            lens = [self._lens.of(gap) if "grammar" in asked.constraints else ANYTHING for gap in gaps]
            beams, prompt = Beams(self.model, self._pieces, _names(asked, gaps), self._how, cancel), prompt_of(self.model, gaps[0])
            found = beams.search(prompt, list(zip(gaps, lens, strict=True)), _shower(document, hole, on_progress))
            return _proposed(found[: asked.many])
        return ()

    def read(self, document: DocumentSnapshot, hole: Hole, fills: Sequence[str], cancel: CancelToken) -> tuple[Proposed, ...]:
        """What it thinks of fills; nothing where it knows middles: it would have to be asked for their ends as well. Raises ModelFault."""
        if self.model.fim is not None:
            return ()
        with self._lock, contextlib.suppress(Cancelled):
            cancel.check()
            gaps = gaps_of(document, hole, cancel)
            return _proposed(Beams(self.model, self._pieces, None, self._how, cancel).read(prompt_of(self.model, gaps[0]), gaps, fills))
        return ()

    def close(self) -> None:
        """Free the model; idempotent. Waits for a question under way."""
        with self._lock:
            self.model.close()


def _proposed(found: Sequence[Written]) -> tuple[Proposed, ...]:
    return tuple(Proposed(each.gap.fill(each.text), each.log_prob) for each in found)


def _names(asked: Asked, gaps: Sequence[Gap]) -> NamesInSight | None:
    if "names" not in asked.constraints:
        return None
    return names_in_sight((gaps[0].before, gaps[0].after), (entry.name for entry in asked.scope))


def _shower(document: DocumentSnapshot, hole: Hole, on_progress: OnProgress) -> OnText:
    def show(number: int, text: str) -> None:
        left = 1 / (2 + number)  # nobody knows how long it will be: halved, then thirds, …
        on_progress(Progress(hole, document.version, number, left, text.strip() + SUBHOLE))

    return show
