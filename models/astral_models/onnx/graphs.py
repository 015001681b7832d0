"""The three graphs of a model, as modules whose inputs and outputs are what `astral_runtime.backends` feeds and reads.

Glossary
    b: batch    l: tokens of a chunk    d: d_model    n: hidden states    s: segments    k: slots    q: slots asked for    m: memory keys

Embeddings of tokens are looked up by the runtime (the head's unit responses are the table), so the table is stored once.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn

from astral_models.nano.net import Ast, Astral, LayerState, Memory, Segments


class EncoderStep(nn.Module):
    """One direction of the context encoder over any number of tokens, from a carried state (§3.2)."""

    def __init__(self, model: Astral) -> None:
        super().__init__()
        self.ast, self.encoder, self.config = model.ast, deepcopy(model.encoder), model.config

    def forward(
        self, x: Tensor, node: Tensor, depth: Tensor, sibling: Tensor, scope: Tensor, direction: Tensor, conv: Tensor, ssm: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x: (b, l, d) in reading order, AST columns (b, l), direction (b,), conv (layers, b, d_conv − 1, …), ssm (layers, b, h, n, p).

        Returns the states (b, l, d) and the carry behind the last token.
        """
        whole = replace(self.config, chunk=x.shape[1])  # a chunk is as long as the input: any length works, none is padded
        for layer in self.encoder.layers:
            layer.config = whole  # type: ignore[assignment]  # a copy of the encoder that is only traced
        carry = [LayerState(conv[i], ssm[i]) for i in range(self.config.encoder_layers)]
        states, kept = self.encoder(x + self.ast(Ast(node, depth, sibling, scope)), direction, carry)
        return states, torch.stack([layer.conv for layer in kept]), torch.stack([layer.ssm for layer in kept])


class DenoiserStep(nn.Module):
    """One pass of the flow denoiser over segments that share their memory keys (§3.3)."""

    def __init__(self, model: Astral) -> None:
        super().__init__()
        self.ast, self.denoiser, self.confidence = model.ast, model.denoiser, model.confidence

    def forward(
        self,
        x: Tensor,
        valid: Tensor,
        kind: Tensor,
        from_start: Tensor,
        to_end: Tensor,
        node: Tensor,
        depth: Tensor,
        sibling: Tensor,
        scope: Tensor,
        t: Tensor,
        left: Tensor,
        right: Tensor,
        keys: Tensor,
        seen: Tensor,
        take: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """x: (s, k, d); valid bool, kind, places, AST (s, k); t (s,); left, right (s, d); keys (1, m, d); seen (s, m) bool; take (s, q).

        Returns hidden states (s, q, d) and confidence in [0, 1] (s, q) of the slots that `take` names.
        """
        ast = Ast(node, depth, sibling, scope)
        nothing = torch.zeros_like(kind)
        segments = Segments(nothing, valid, kind, from_start, to_end, ast, t, nothing[:, 0], nothing[:, 0], nothing[:, 0])
        bias = torch.zeros(seen.shape).masked_fill(~seen, -1e4).unsqueeze(1).expand(-1, x.shape[1], -1).flatten(0, 1)  # (s · k, m)
        hidden = self.denoiser(x + self.ast(ast), segments, (left, right), Memory(keys, bias[None, None], 1))
        hidden = hidden.gather(1, take.unsqueeze(-1).expand(-1, -1, x.shape[2]))
        return hidden, self.confidence(hidden).sigmoid().squeeze(-1)


class Head(nn.Module):
    """Scores over the vocabulary by the shared embedding."""

    def __init__(self, model: Astral) -> None:
        super().__init__()
        self.table = nn.Parameter(model.tokens.weight.detach().T.contiguous())

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """hidden: (n, d); returns logits (n, v) and the logarithm of the sum of their exponentials (n,)."""
        logits = hidden @ self.table
        top = logits.amax(-1, keepdim=True)
        return logits, (logits - top).exp().sum(-1).log() + top.squeeze(-1)
