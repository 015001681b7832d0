"""How large a config is and what a token costs, without allocating it."""

from __future__ import annotations

import torch

from astral_models.nano.config import Config
from astral_models.nano.net import Astral


def parameters(config: Config) -> int:
    """Number of weights, counted on the meta device."""
    with torch.device("meta"):
        return sum(weight.numel() for weight in Astral(config).parameters())


def flops_per_token(config: Config, slots_per_token: float = 1.0) -> float:
    """Floating-point operations of one forward pass per window token: both directions of the encoder, their heads, and the denoiser.

    `slots_per_token`: denoiser slots per window token (1 when a window is tiled). Attention over keys is counted at 1,024 of them.
    """
    d, n, q = config.d_model, config.d_state, config.chunk
    layer = d * (2 * config.d_inner + 2 * n + config.ssd_heads) + config.d_inner * d
    scan = q * (n + config.d_inner) + 2 * n * config.d_inner
    encoder = 2 * config.encoder_layers * (layer + scan)
    block = (4 + 2 * config.mlp_ratio) * d * d
    cross = len(config.cross_layers) * (2 * d * d + 2 * 1024 * d)
    head = config.vocab * d
    return 2.0 * (encoder + 2 * head + slots_per_token * (config.denoiser_layers * block + cross + head))
