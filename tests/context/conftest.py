"""The tiny random model of tests/denoise/tiny, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_runtime.backends.onnx import Model, load_model
from astral_runtime.backends.providers import Device

TINY = Path(__file__).resolve().parents[1] / "denoise" / "tiny"


@pytest.fixture(scope="session")
def model() -> Model:
    """A net of random weights and a thousand-token vocabulary: real graphs, no skill."""
    return load_model(TINY, Device("cpu", threads=1))
