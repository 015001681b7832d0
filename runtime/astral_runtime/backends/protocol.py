"""What the runtime asks of a network, whatever runs it. Arrays are numpy, float32 or int64.

Glossary
    b: batch    l: tokens    d: model width    v: vocabulary    s: segments (trajectories of holes)    k: slots    m: keys
    q: slots asked for
    F[i]: forward state after reading tokens ≤ i, predicts i + 1    B[i]: backward state after reading tokens ≥ i, predicts i − 1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

FORWARD, BACKWARD, DEFINITION = 0, 1, 2
"""How the encoder reads: a file from its start, from its end, or the head of a definition on its own."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of the net that shape its inputs, as its manifest states them."""

    vocab: int
    d_model: int
    encoder_layers: int
    d_inner: int
    d_state: int
    head_dim: int
    d_conv: int
    chunk: int
    memory_stride: int
    depths: int
    max_slots: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Sizes:
        """Reads a manifest's config. KeyError or TypeError when a size is missing or no positive integer."""
        known = {field.name: config[field.name] for field in fields(cls) if field.name != "d_inner"}
        values = known | {"d_inner": config["expand"] * config["d_model"]}
        wrong = [name for name, value in values.items() if type(value) is not int or value < 1]
        if wrong:
            raise TypeError(f"no positive integer: {', '.join(wrong)}")
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Serving:
    """How segments looked in training, in tokens: revealed neighbours on either side, slots of the type prefix, window of the context."""

    neighbours: int
    type_slots: int
    window: int
    longest_hole: int
    kinds: Mapping[str, int]


class Carry(NamedTuple):
    """What the encoder hands from chunk to chunk: conv (layers, b, d_conv − 1, d_inner + 2n) and ssm (layers, b, h, n, p)."""

    conv: Floats
    ssm: Floats

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self.conv.nbytes + self.ssm.nbytes


class Encoded(NamedTuple):
    """States (b, l, d) of the tokens read, and the carry behind the last."""

    states: Floats
    carry: Carry


@dataclass(frozen=True, slots=True)
class Segments:
    """Slots of s trajectories, padded to k: tokens, hole kind (0: revealed), places from the hole's own ends, AST positions (4, s, k)."""

    ids: Ints
    valid: Bools
    kind: Ints
    from_start: Ints
    to_end: Ints
    ast: Ints
    t: Floats
    take: Ints  # (s, q): the slots whose scores are wanted


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What the segments may know of their file: boundary states F[start−1], B[end] (s, d), keys (m, d), and which each sees (s, m)."""

    left: Floats
    right: Floats
    keys: Floats
    seen: Bools


class Scores(NamedTuple):
    """Of the slots asked for: logits (s, q, v), zeros where no mask stands, confidence in [0, 1] (s, q), hidden states (s, q, d)."""

    logits: Floats
    confidence: Floats
    hidden: Floats


class Denoiser(Protocol):
    """A loaded network. Every method may be called from several threads at once."""

    @property
    def sizes(self) -> Sizes:
        """Its numbers."""

    @property
    def serving(self) -> Serving:
        """How it wants to be fed."""

    def start(self, batch: int) -> Carry:
        """The carry before the first token."""

    def encode(self, columns: Ints, direction: int, carry: Carry) -> Encoded:
        """Reads on: columns (5, b, l) are ids and AST positions in reading order; carry belongs to the same b rows."""

    def press(self, states: Floats) -> Floats:
        """Any number of states (m, d), at least one, as the K latents (K, d) of repository memory (Perceiver, §3.2)."""

    def denoise(self, segments: Segments, conditioning: Conditioning) -> Scores:
        """One pass over partly masked segments (§3.3)."""

    def log_probs(self, states: Floats, targets: Ints) -> Floats:
        """log p(target | state) of the next token in reading direction. states (n, d), targets (n,); returns (n,)."""
