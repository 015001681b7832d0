"""Who proposes in the model's benchmark, and what the arms share so that a case costs no more than it must."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from astral_runtime.backends.onnx import Model
from astral_runtime.bundled import Absent, ModelSource
from astral_runtime.context.repository import NoMemory
from astral_runtime.denoise.proposer import Proposal, Wish
from astral_runtime.denoise.warm import WarmModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, OnProgress, Source
from astral_runtime.holes import Fit, Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.types.client import Oracle, Unavailable
from astral_runtime.verify.spec import Verdict


@dataclass(frozen=True, slots=True)
class Arm:
    """Proposers, the model behind them, and whether only cases that need a name of another file are asked."""

    proposers: tuple[Source, ...]
    model: Literal["none", "whole", "no memory"]
    crossing: bool = False


ARMS: dict[str, Arm] = {
    "search": Arm(("search",), "none"),
    "search, ordered by energy": Arm(("search",), "whole"),
    "denoiser": Arm(("denoiser",), "whole"),
    "both": Arm(("search", "denoiser"), "whole"),
    "denoiser, no repository memory": Arm(("denoiser",), "no memory", crossing=True),
    "both, no repository memory": Arm(("search", "denoiser"), "no memory", crossing=True),
}


class Opened(WarmModel):
    """A model that is already loaded, proposes once for the same question of one case, and knows how often it proposed something."""

    proposed = 0

    def open(self) -> WarmModel:
        """Itself."""
        return self

    def forget_case(self) -> None:
        """The next case begins."""
        self._proposals = dict[object, tuple[Proposal, ...]]()

    def propose(
        self, document: DocumentSnapshot, hole: Hole, wish: Wish, cancel: CancelToken, on_progress: OnProgress
    ) -> tuple[Proposal, ...]:
        """Proposals of an earlier arm, where search had no skeletons for them to begin with; or new ones."""
        key = (document.native.text(), hole, tuple(wish.skeletons()), wish.expected_type)
        if not self._proposals.get(key):  # nothing may only mean that there was no time
            self._proposals[key] = super().propose(document, hole, wish, cancel, on_progress)
        self.proposed += bool(self._proposals[key])
        return self._proposals[key]


class Remembering(Oracle):
    """An oracle that is asked once: arms of one case search the same hole, and verify many of the same texts.

    Nothing changes but time: search and verdicts depend on the document and the question alone. Answers that were not obtained
    are asked for again.
    """

    _fits: dict[object, tuple[Fit, ...]]
    _verdicts: dict[object, Verdict]

    def forget_case(self) -> None:
        """The next case begins."""
        self._fits, self._verdicts = {}, {}

    def search(self, document: DocumentSnapshot, hole: Hole, limit: int, deadline_ms: int) -> tuple[Fit, ...] | Unavailable:
        """Fits of an earlier arm, or new ones."""
        key = (document.native.text(), hole, limit)
        if key not in self._fits:
            found = super().search(document, hole, limit, deadline_ms)
            if isinstance(found, Unavailable):
                return found
            self._fits[key] = found
        return self._fits[key]

    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]:
        """Verdicts of earlier arms, and new ones for the rest."""
        text = document.native.text()
        keys = [(text, span, fit.text, fit.imports) for fit in fits]
        new = [fit for key, fit in zip(keys, fits, strict=True) if key not in self._verdicts]
        fresh = iter(super().check(document, span, new, deadline_ms) if new else ())
        verdicts = [self._verdicts[key] if key in self._verdicts else next(fresh) for key in keys]
        self._verdicts |= {key: said for key, said in zip(keys, verdicts, strict=True) if said.outcome != "skipped"}
        return tuple(verdicts)


def pipelines(oracle: Oracle, model: Model, arms: Sequence[str]) -> dict[str, Pipeline]:
    """One pipeline for each arm, over one oracle and one network."""
    sources: dict[str, ModelSource] = {
        "none": Absent(),
        "whole": Opened(model),
        "no memory": Opened(model, memory=NoMemory(model.denoiser.sizes.d_model)),
    }
    return {arm: Pipeline(oracle, sources[ARMS[arm].model]) for arm in arms}


def forget(pipelines: Iterable[Pipeline]) -> None:
    """Nothing is shared between cases."""
    for pipeline in pipelines:
        for part in (pipeline.oracle, pipeline.model):
            if isinstance(part, Remembering | Opened):
                part.forget_case()
