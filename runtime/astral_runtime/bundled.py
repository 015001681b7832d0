"""The model that came with the installation: loaded when first needed, and what is said when it cannot be (§4.3's degradation)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from astral_runtime.backends.locate import bundled_weights

if TYPE_CHECKING:  # numpy and ONNX Runtime stay out of a process until a fill needs them
    from astral_runtime.denoise.warm import WarmModel


@dataclass(frozen=True, slots=True)
class NoModel:
    """There is no model to be had; `why` names the file or package and the reason."""

    why: str


class ModelSource(Protocol):
    """Where a pipeline gets its model from."""

    def open(self) -> WarmModel | NoModel:
        """The loaded model. May take a second the first time; never raises."""


class Bundled:
    """The weights in `folder`, or those that were installed with us. Thread-safe; a failure is remembered, not tried again."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._opened: WarmModel | NoModel | None = None

    @property
    def opened(self) -> WarmModel | NoModel | None:
        """What was found, None before anybody asked."""
        return self._opened

    def open(self) -> WarmModel | NoModel:
        """Load once."""
        with self._lock:
            if self._opened is None:
                self._opened = _load(self._folder or bundled_weights())
            return self._opened


class Absent:
    """No model is wanted."""

    def open(self) -> WarmModel | NoModel:
        """None, by choice."""
        return NoModel("no model was asked for")


def _load(folder: Path | None) -> WarmModel | NoModel:
    if folder is None:
        return NoModel("the package that carries the weights (astral_models) is not installed")
    try:
        from astral_runtime.backends.fault import ModelLoadError
        from astral_runtime.backends.onnx import load_model
        from astral_runtime.denoise.warm import WarmModel
    except ImportError as missing:
        return NoModel(f"{missing.name or missing} is not installed")
    try:
        return WarmModel(load_model(folder))
    except ModelLoadError as wrong:
        return NoModel(str(wrong))
