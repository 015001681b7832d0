"""What the denoiser gives texts that it need not have written: −log p of their tokens, every slot masked, as many slots as they have tokens.

One pass serves all texts of a length, so that two dozen candidates cost about as much as one step of a walk. The denoiser sees both sides of
the hole, its expected type and the repository memory at once, which the two directions of the sequence energy do not. Slots are taken as
independent given the context: joint probabilities of long texts are not what this says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from astral_runtime.backends.protocol import Floats, Ints
from astral_runtime.context.vocabulary import MASK, PAD
from astral_runtime.denoise.sampler import Predict
from astral_runtime.fill import CancelToken

BATCH = 16
"""Lengths that are asked at once: a batch pads all of them to the longest."""


def surprises(predict: Predict, texts: Sequence[Ints], cancel: CancelToken) -> list[list[float]]:
    """−log p of each token of each text (n,), in nats, where nothing but its length is known. Raises Cancelled."""
    lengths = sorted({len(text) for text in texts})
    rows: dict[int, Floats] = {}
    for start in range(0, len(lengths), BATCH):
        cancel.check()
        batch = lengths[start : start + BATCH]
        valid = np.arange(batch[-1]) < np.array(batch)[:, None]
        logits = predict(np.where(valid, MASK, PAD), valid, np.ones(len(batch), np.float32))
        rows |= {length: row[:length] for length, row in zip(batch, logits, strict=True)}
    return [_nats(rows[len(text)], text).tolist() for text in texts]


def _nats(logits: Floats, text: Ints) -> Floats:
    """logits: (n, v), text: (n,)."""
    most = logits.max(1)
    return most + np.log(np.exp(logits - most[:, None]).sum(1)) - logits[np.arange(len(text)), text]
