"""Sizes of the net. The same code is the bundled `nano`, the 350M `base` and the `1b`; only these numbers differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Every number that shapes the weights. Widths are in features, lengths in tokens."""

    name: str = "nano"
    vocab: int = 8192
    d_model: int = 256
    encoder_layers: int = 5
    d_state: int = 64
    head_dim: int = 64
    expand: int = 2
    d_conv: int = 4
    chunk: int = 64
    """Length of the pieces inside which the SSD works as attention (Mamba-2)."""
    denoiser_layers: int = 6
    denoiser_heads: int = 4
    mlp_ratio: int = 4
    cross_layers: tuple[int, ...] = (1, 4)
    """Denoiser layers that attend to the context."""
    memory_stride: int = 2
    """Every how many tokens a context state becomes a key."""
    memory_latents: int = 64
    """K of §3.2: what repository memory past 32k tokens is compressed to."""
    node_types: int = 160
    depths: int = 40
    siblings: int = 24
    scopes: int = 10
    hole_kinds: int = 8
    max_slots: int = 128

    @property
    def d_inner(self) -> int:
        """Width of an SSD layer."""
        return self.expand * self.d_model

    @property
    def ssd_heads(self) -> int:
        """Number of SSD heads."""
        return self.d_inner // self.head_dim


NANO = Config()
BASE = Config("base", 50_304, 1024, 24, 128, 64, 2, 4, 128, 10, 16, 4, (1, 4, 7), 1, 64)
ONE_B = Config("1b", 50_304, 1536, 32, 128, 64, 2, 4, 128, 14, 16, 4, (1, 4, 7, 10, 13), 1, 64)
CONFIGS = {config.name: config for config in (NANO, BASE, ONE_B)}
