"""What a stored graph costs in accuracy: how much more it is surprised by real tokens than the exact one.

Glossary
    l: tokens of the sample    n: tokens that are asked for    d: model width    v: vocabulary
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from astral_models.nano.net import Ast, Astral
from astral_runtime.context.vocabulary import MASK

Feed = Mapping[str, NDArray[Any]]
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
ROWS = 4
BLOCK = 48
"""Slots of a denoiser probe; every third is masked."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Inputs of a graph, the rows of its first output (flattened to (·, d)) that are asked, the true token of each, the table (v, d)."""

    feeds: Sequence[Feed]
    rows: Ints
    targets: Ints
    table: Floats

    def nats(self, graph: bytes) -> float:
        """Mean −log p of the true tokens, in nats."""
        quiet = onnxruntime.SessionOptions()
        quiet.log_severity_level = 3
        session = onnxruntime.InferenceSession(graph, quiet, providers=["CPUExecutionProvider"])
        first = session.get_outputs()[0].name
        states = np.concatenate([session.run([first], dict(feed))[0].reshape(-1, self.table.shape[1]) for feed in self.feeds])
        logits = states[self.rows] @ self.table.T
        top = logits.max(-1)
        return float((top + np.log(np.exp(logits - top[:, None]).sum(-1)) - logits[np.arange(len(self.rows)), self.targets]).mean())


def sample(model: Astral, tokens: int = 2048) -> Ints:
    """Random columns (5, l), for nets that never learnt anything."""
    chance, config = np.random.default_rng(0), model.config
    sizes = (config.vocab, config.node_types, config.depths, config.siblings, config.scopes)
    return np.stack([chance.integers(8, size, tokens) for size in sizes])


def denoiser_probe(model: Astral, columns: Ints) -> Probe:
    """Masked tokens of blocks of a text, between true boundary states, with the states of what stands before as keys."""
    feeds, targets = [], []
    for number in range(ROWS):
        start = model.config.chunk + number * BLOCK
        block = columns[:, start : start + BLOCK]
        with torch.no_grad():
            ids, ast = torch.from_numpy(columns[:1]), Ast(*(torch.from_numpy(column[None]) for column in columns[1:]))
            length = columns.shape[1] // model.config.chunk * model.config.chunk
            context = model.encode(ids[:, :length], Ast(*(column[:, :length] for column in ast)))
        asked = np.arange(number % 3, BLOCK, 3)
        masked = block[0].copy()
        masked[asked] = MASK
        hidden_ast = np.where(masked == MASK, 0, block[1:])
        states, behind = context.forward[0].numpy(), context.backward[0].numpy()
        places = np.arange(BLOCK)[None]
        feeds.append(
            {
                "x": _table(model)[masked[None]],
                "valid": np.ones((1, BLOCK), np.bool_),
                "kind": np.full((1, BLOCK), 4),
                "from_start": places,
                "to_end": places[:, ::-1].copy(),
                **_ast(hidden_ast[:, None]),
                "t": np.array([len(asked) / BLOCK], np.float32),
                "left": states[None, start - 1],
                "right": behind[None, start + BLOCK],
                "keys": states[None, :start],
                "seen": np.ones((1, start), np.bool_),
                "take": asked[None],
            }
        )
        targets.append(block[0][asked])
    targets_flat = np.concatenate(targets)
    return Probe(feeds, np.arange(len(targets_flat)), targets_flat, _table(model))


def _table(model: Astral) -> Floats:
    return np.asarray(model.tokens.weight.detach().numpy(), np.float32)


def _ast(columns: Ints) -> dict[str, Ints]:
    return dict(zip(("node", "depth", "sibling", "scope"), columns, strict=True))
