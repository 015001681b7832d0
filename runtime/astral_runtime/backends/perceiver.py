"""Repository memory pressed into K latents (Perceiver, §3.2): the latents ask as slots of the first crossing layer of the denoiser do.

A single small product per fill and, unlike the three graphs, the same on every device: numpy does it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from astral_runtime.backends.artefacts import WEIGHTS, Artefacts
from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.backends.protocol import Floats

EPSILON = 1e-5


def perceiver(artefacts: Artefacts) -> Callable[[Floats], Floats]:
    """From states (m, d) to latents (K, d). ModelLoadError when a weight of it is missing or the manifest's sizes are unusable."""
    try:
        layer, heads = min(artefacts.manifest["config"]["cross_layers"]), int(artefacts.manifest["config"]["denoiser_heads"])
        cross = f"denoiser.blocks.{layer}.cross"
        parts = (f"{cross}.{part}.weight" for part in ("norm", "q", "kv", "out"))
        names = ("latents.weight", *parts, "encoder.norm.weight")
        latents, norm, q, kv, out, last = (np.asarray(artefacts.tensors[name], np.float32) for name in names)
    except (KeyError, TypeError, ValueError) as wrong:
        raise ModelLoadError(artefacts.folder / WEIGHTS, f"it cannot press repository memory: {wrong}") from wrong
    asked = _split(_normed(latents, norm) @ q.T, heads)  # (heads, K, d / heads)

    def press(states: Floats) -> Floats:
        keys, values = (_split(part, heads) for part in np.split(states @ kv.T, 2, -1))
        scores = asked @ keys.transpose(0, 2, 1) / np.sqrt(asked.shape[-1])  # (heads, K, m)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = weights / weights.sum(-1, keepdims=True) @ values
        return _normed(latents + mixed.transpose(1, 0, 2).reshape(latents.shape) @ out.T, last)

    return press


def _split(x: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    return x.reshape(len(x), heads, -1).transpose(1, 0, 2)


def _normed(x: NDArray[np.float32], weight: NDArray[np.float32]) -> Floats:
    scale = 1 / np.sqrt(np.mean(np.square(x), -1, keepdims=True) + EPSILON)
    return np.asarray(x * scale * weight, np.float32)
