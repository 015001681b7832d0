"""The engine that runs here: an oracle process, the pipeline, and the model, which is loaded when the first fill needs it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from astral_lsp.engine import Health, Report
from astral_lsp.settings import Settings
from astral_runtime.bundled import Bundled, NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken, Fill, FillOptions, OnProgress
from astral_runtime.holes import Fit, Hole, HoleContext, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.proposers.local import LocalModel, Named
from astral_runtime.proposers.served import served
from astral_runtime.sandbox.level import Level
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.trace import Explanation, explain
from astral_runtime.types.client import Oracle, OracleSettings, Unavailable
from astral_runtime.values.observation import Seen
from astral_runtime.verify.spec import Verdict


class LocalEngine:
    """Engine over one oracle. The models are shared by all engines of the server."""

    def __init__(self, model: Bundled, named: Named, root: Path | None, settings: Settings) -> None:
        self._model = model
        self._oracle = Oracle(OracleSettings(root=root, python=settings.interpreter, trusted=settings.trusted))
        self._runner = Runner(SandboxSettings(root, settings.interpreter, settings.trusted, settings.sandbox.limits_only))
        self._level: Level | None = None  # looking for it starts a process: not on the event loop
        self._named = named
        self._lm = named.of(settings.lm.model) or served(settings.lm.endpoint, settings.lm.allow_remote)
        self._pipeline = Pipeline(self._oracle, model, self._runner, lm=self._lm)

    def contexts(self, document: DocumentSnapshot, holes: Sequence[Hole], deadline_ms: int) -> tuple[HoleContext, ...]:
        """σ, Γ and constraints; what is unknown says why."""
        return self._oracle.contexts(document, holes, deadline_ms)

    def report(self, document: DocumentSnapshot, deadline_ms: int) -> Report:
        """What mypy rejects, holes taken as Any."""
        found = self._oracle.diagnostics(document, deadline_ms)
        return Report(unchecked=found.why) if isinstance(found, Unavailable) else Report(found)

    def values(self, document: DocumentSnapshot, hole: Hole, cancel: CancelToken, ms: int) -> Seen:
        """What the names hold at a hole in each of its examples; why nothing was seen."""
        self._level = self._runner.level
        return self._pipeline.values(document, hole, cancel, ms)

    def fill(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress) -> Fill:
        """Propose, verify and rank. A search that was cut off is not taken for one that found nothing."""
        begin = time.perf_counter()
        self._level = self._runner.level
        fill = self._pipeline.fill(document, hole, options, cancel, on_progress)
        if not fill.candidates and (time.perf_counter() - begin) * 1000 >= options.budget_ms:
            return replace(fill, status="degraded", why=f"no candidate within {options.budget_ms} ms")
        return fill

    def explain(
        self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress
    ) -> Explanation:
        """A fill with every state that it went through, judged."""
        return explain(self._pipeline, document, hole, options, cancel, on_progress)

    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]:
        """What mypy says of texts in the place of `span`."""
        return self._oracle.check(document, span, fits, deadline_ms)

    def forget(self, path: Path) -> None:
        """The document at `path` was closed: other documents see what is on disk."""
        self._oracle.forget(path)
        if not isinstance(opened := self._model.opened, NoModel | None):
            opened.forget(path)

    def health(self) -> Health:
        """Whether types can be had, and a model."""
        model, model_why = _state(self._model.opened)
        lm, lm_why = ("", "") if self._lm is None else _state(self._lm.opened)
        return Health(self._oracle.state, self._oracle.why, model, model_why, _said(self._level), lm, lm_why)

    def close(self) -> None:
        """End the oracle process and the sandbox, and let the language model go."""
        self._oracle.close()
        self._runner.close()
        if isinstance(self._lm, LocalModel):
            self._named.let_go(self._lm)
            self._lm = None


def _state(opened: object) -> tuple[str, str]:
    if isinstance(opened, NoModel):
        return "unavailable", opened.why
    return ("cold" if opened is None else "warm"), ""


def _said(level: Level | None) -> str:
    if level is None:
        return ""
    return f"level {level.number}, {level.name}" + (f": {level.why}" if level.why else "")
