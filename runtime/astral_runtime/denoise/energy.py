"""Sequence energy: how surprised the encoder, read as a language model both ways, is by a candidate and by what comes after it (MODEL.md).

E(candidate) = −log p_fwd(hole + next 16 tokens | left) − log p_bwd(hole + previous 16 tokens | right) − TYPICAL · tokens,
in nats; lower is better. One short recurrent pass from the warm carries per direction, all candidates as one batch. Ranks candidates of any
origin and length.

Glossary
    b: candidates    l: tokens of the longest, with neighbours    d: model width
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from astral_runtime.backends.protocol import BACKWARD, FORWARD, Carry, Denoiser, Floats, Ints
from astral_runtime.context.state import ContextState
from astral_runtime.context.tokens import Tokens
from astral_runtime.fill import CancelToken

NEIGHBOURS = 16
BATCH = 16
"""Candidates read at once: a batch pads all of them to its longest."""
TYPICAL = 2.0
"""Nats that a token of a right fill costs both ways together: without it the shortest text always wins, since every token adds surprise.
Fitted with the other weights of the ranking (`tests/benchmarks/fit_ranking.py`)."""
REACH = 64
"""How many tokens outside the hole a candidate may change: one that leaves a bracket open changes everything behind it."""
BROKEN = 1e4
"""Energy of a candidate that changes more, in nats: worse than any that was read."""


def energies(
    denoiser: Denoiser, state: ContextState, tokens: Tokens, hole: tuple[int, int], candidates: Sequence[Tokens], cancel: CancelToken
) -> list[float]:
    """E of each candidate. `candidates` are the tokens of the whole document with the hole, tokens [first, last) of `tokens`, filled.

    Where a candidate changes tokens outside the hole (it may continue a word) the compared region grows for all, so that energies stay
    comparable. One that changes them further than REACH away has energy BROKEN and costs the others nothing. Raises Cancelled.
    """
    heads = [_same(tokens.ids, candidate.ids) for candidate in candidates]
    tails = [_same(tokens.ids[::-1], candidate.ids[::-1]) for candidate in candidates]
    near = [n for n in range(len(candidates)) if hole[0] - heads[n] <= REACH and len(tokens) - hole[1] - tails[n] <= REACH]
    found = [BROKEN] * len(candidates)
    if near:
        first = min(max(1, hole[0]), *(heads[n] for n in near))
        kept = min(len(tokens) - hole[1], *(tails[n] for n in near))
        kept = max(1, min(kept, *(len(version) - first for version in (tokens, *(candidates[n] for n in near)))))
        for n, nats in zip(near, _of(denoiser, state, tokens, (first, kept), [candidates[n] for n in near], cancel), strict=True):
            found[n] = nats - TYPICAL * (len(candidates[n]) - first - kept)
    return found


def _of(
    denoiser: Denoiser, state: ContextState, tokens: Tokens, region: tuple[int, int], candidates: Sequence[Tokens], cancel: CancelToken
) -> list[float]:
    """E of candidates that agree with `tokens` in front of the first token of the region and in the last `kept` ones."""
    first, kept = region
    around = state.around(tokens, first, len(tokens) - kept, cancel)
    found = [0.0] * len(candidates)
    order = sorted(range(len(candidates)), key=lambda n: len(candidates[n]))  # like lengths together: a batch is padded to its longest
    for start in range(0, len(candidates), BATCH):
        cancel.check()
        batch = order[start : start + BATCH]
        columns = [candidates[n].columns() for n in batch]
        ahead = [c[:, first : c.shape[1] - kept + min(NEIGHBOURS, kept)] for c in columns]
        behind = [c[:, max(0, first - NEIGHBOURS) : c.shape[1] - kept][:, ::-1] for c in columns]
        forward = surprise(denoiser, ahead, FORWARD, around.left, around.forward)
        nats = forward + surprise(denoiser, behind, BACKWARD, around.right, around.backward)
        for n, each in zip(batch, nats.tolist(), strict=True):
            found[n] = each
    return found


def surprise(denoiser: Denoiser, rows: Sequence[Ints], direction: int, edge: Floats, carry: Carry) -> Floats:
    """−log p of every row (5, l) in reading order, after what left `edge` (d,) and `carry`. Rows of no tokens cost 0. Returns (b,)."""
    lengths = np.array([row.shape[1] for row in rows])
    longest = max(int(lengths.max()), 1)
    columns = np.zeros((5, len(rows), longest), np.int64)
    for place, row in enumerate(rows):
        columns[:, place, : row.shape[1]] = row
    states = np.repeat(edge[None, None], len(rows), 0)
    if longest > 1:
        many = Carry(*(np.repeat(part, len(rows), 1) for part in carry))
        states = np.concatenate([states, denoiser.encode(columns[:, :, :-1], direction, many).states], 1)
    real = np.arange(longest) < lengths[:, None]
    nats = np.zeros((len(rows), longest))
    nats[real] = -denoiser.log_probs(states[real], columns[0][real])
    return np.asarray(nats.sum(1), np.float32)


def _same(a: Ints, b: Ints) -> int:
    """Length of the common prefix."""
    shorter = min(len(a), len(b))
    different = np.flatnonzero(a[:shorter] != b[:shorter])
    return int(different[0]) if len(different) else shorter
