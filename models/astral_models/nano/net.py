"""astral-nano: a Mamba-2 context encoder, both ways, and a masked flow denoiser that never lets a hole see itself (§3.2, §3.3).

Glossary
    b: windows or files in a batch      l: tokens of a window          d: d_model         v: vocabulary
    h: SSD heads                        p: head_dim                    n: d_state         c, q: chunks, tokens of a chunk
    s: segments (holes) in a batch      k: slots of a segment          m: repository keys of a window
    t: share of a segment's slots that is masked, in (0, 1]            κ_t = t (§2.1)
    F[i]: forward state after reading tokens ≤ i; it predicts i+1      B[i]: backward state after reading tokens ≥ i; it predicts i−1

A segment [start, end) of a window is conditioned by F[start−1] and B[end] (boundary states) and by F[<start], B[≥end] through
cross-attention. None of these has seen a token of the segment, so one pass over a clean window serves every segment in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from astral_models.nano.config import Config

FORWARD, BACKWARD, DEFINITION = 0, 1, 2
DIRECTIONS = 3
"""How the encoder reads: a file from its start, from its end, or the head of a definition on its own."""

NEAR_SLOTS = 16
"""How far from a hole's ends its boundary states speak to the head directly."""


class Ast(NamedTuple):
    """AST-aware positions of tokens (§3.2): node type of the leaf's parent, depth, sibling index, scope nesting. All (…, l) int."""

    node: Tensor
    depth: Tensor
    sibling: Tensor
    scope: Tensor


class LayerState(NamedTuple):
    """What one encoder layer carries from chunk to chunk: the last d_conv − 1 inputs of its convolution and its SSM state."""

    conv: Tensor  # (b, d_conv - 1, d_inner + 2n)
    ssm: Tensor  # (b, h, n, p) float32


class Context(NamedTuple):
    """States of both directions over the same tokens, in document order."""

    forward: Tensor  # (b, l, d): F
    backward: Tensor  # (b, l, d): B


@dataclass(frozen=True, slots=True)
class Segments:
    """Partly masked regions of the windows of a batch, padded to a common number of slots.

    `kind` is 0 for a revealed neighbour, else the hole kind; `from_start` and `to_end` count slots from the hole's own ends.
    `start` and `end` delimit what the encoder states must not have seen; `window` says which window of the batch it lies in.
    """

    ids: Tensor  # (s, k)
    valid: Tensor  # (s, k) bool: not padding
    kind: Tensor  # (s, k)
    from_start: Tensor  # (s, k)
    to_end: Tensor  # (s, k)
    ast: Ast  # (s, k) each
    t: Tensor  # (s,)
    window: Tensor  # (s,)
    start: Tensor  # (s,)
    end: Tensor  # (s,)


@dataclass(frozen=True, slots=True)
class Definitions:
    """Repository memory of the windows of a batch (§3.2): the first tokens of definitions that stand elsewhere and are named in the window.

    Each is read forward on its own. `open` and `pressed` say which windows see the definitions' states, and which their K latents.
    """

    ids: Tensor  # (b, m, l)
    ast: Ast  # (b, m, l) each
    valid: Tensor  # (b, m, l) bool: not padding
    open: Tensor  # (b,) bool
    pressed: Tensor  # (b,) bool


class Keys(NamedTuple):
    """Further keys of the cross-attention and which of them each window sees."""

    states: Tensor  # (b, m, d)
    seen: Tensor  # (b, m) bool


def ssd(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor, chunk: int, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Mamba-2's scan h_t = exp(dt·a)·h_{t−1} + dt·B_t⊗x_t, y_t = C_t·h_t (§2.4), in chunks: attention inside, recurrence between.

    x: (b, l, h, p), dt: (b, l, h) ≥ 0, a: (h,) < 0, b and c: (b, l, n), state: (b, h, n, p) or None for zeros; l divisible by chunk.
    Returns y like x, and the state after the last token in float32. On CUDA `mamba_ssm`'s kernel does it, where it is installed.
    """
    kernel = fused_kernel() if x.is_cuda else None
    if kernel is not None:
        carried = None if state is None else state.transpose(-1, -2).contiguous()
        y, last = kernel(x, dt, a, b.unsqueeze(2), c.unsqueeze(2), chunk, initial_states=carried, return_final_states=True)
        return y, last.transpose(-1, -2).float()
    batch, length, heads, width = x.shape
    q = chunk
    log_decay = (dt.float() * a).view(batch, length // q, q, heads).permute(0, 1, 3, 2)  # (b, c, h, q)
    cum = log_decay.cumsum(-1)  # (b, c, h, q)
    xs = (x * dt.to(x.dtype).unsqueeze(-1)).view(batch, length // q, q, heads, width).permute(0, 1, 3, 2, 4)  # (b, c, h, q, p)
    bs, cs = b.view(batch, length // q, q, -1), c.view(batch, length // q, q, -1)  # (b, c, q, n)
    y = _Within.apply(cs @ bs.transpose(-1, -2), cum, xs)  # (b, c, h, q, p)
    to_end = (cum[..., -1:] - cum).exp().to(x.dtype)  # (b, c, h, q)
    added = bs.transpose(-1, -2).unsqueeze(2) @ (xs * to_end.unsqueeze(-1))  # (b, c, h, n, p)
    before, last = _carry(added.float(), cum[..., -1], state)  # (b, c, h, n, p), (b, h, n, p)
    y = y + (cs.unsqueeze(2) @ before.to(x.dtype)) * cum.exp().to(x.dtype).unsqueeze(-1)
    return y.permute(0, 1, 3, 2, 4).reshape(batch, length, heads, width), last


class _Within(torch.autograd.Function):
    """y_i = Σ_{j ≤ i} (C_i · B_j) exp(cum_i − cum_j) x_j inside each chunk: SSD as masked attention, with S the decayed scores.

    The gradient of cum would be two sums over S ∘ dS, (b, c, h, q, q); both equal sums over the width p: Σ_j S_ij dS_ij = y_i · dy_i and
    Σ_i S_ij dS_ij = x_j · dx_j.
    """

    @staticmethod
    def forward(ctx: Any, scores: Tensor, cum: Tensor, x: Tensor) -> Tensor:
        """scores: (b, c, q, q), cum: (b, c, h, q) float32, x: (b, c, h, q, p)."""
        y = (scores.unsqueeze(2) * _decays(cum).to(x.dtype)) @ x
        ctx.save_for_backward(scores, cum, x, y)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]  # one gradient comes in
        """Gradients of scores, cum and x."""
        scores, cum, x, y = ctx.saved_tensors
        decays = _decays(cum).to(x.dtype)
        dx = (scores.unsqueeze(2) * decays).transpose(-1, -2) @ dy
        dscores = ((dy @ x.transpose(-1, -2)) * decays).sum(2)
        dcum = (dy.float() * y.float()).sum(-1) - (dx.float() * x.float()).sum(-1)
        return dscores, dcum, dx


def _decays(cum: Tensor) -> Tensor:
    """exp(cum_i − cum_j) for j ≤ i, else 0. cum: (…, q); returns (…, q, q) float32."""
    causal = torch.ones(cum.shape[-1], cum.shape[-1], dtype=torch.bool, device=cum.device).tril()
    return (cum.unsqueeze(-1) - cum.unsqueeze(-2)).masked_fill(~causal, float("-inf")).exp()


@cache
def fused_kernel() -> Callable[..., Any] | None:
    """The scan of `mamba_ssm` for CUDA, or None where it does not import."""
    try:
        from mamba_ssm.ops.triton.ssd_combined import mamba_chunk_scan_combined
    except ImportError:
        return None
    return mamba_chunk_scan_combined  # type: ignore[no-any-return]  # the package has no types


def _carry(added: Tensor, log_decay: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
    """States before each chunk and after the last. added: (b, c, h, n, p), log_decay: (b, c, h) of whole chunks."""
    batch, chunks, heads, n, p = added.shape
    first = torch.zeros_like(added[:, :1]) if state is None else state.unsqueeze(1).float()
    stacked = torch.cat([first, added], 1).permute(0, 2, 1, 3, 4).reshape(batch, heads, chunks + 1, n * p)
    cum = F.pad(log_decay.permute(0, 2, 1), (1, 0)).cumsum(-1)  # (b, h, c + 1)
    states = (_decays(cum) @ stacked).view(batch, heads, chunks + 1, n, p)
    return states[:, :, :-1].permute(0, 2, 1, 3, 4), states[:, :, -1]


def ssd_recurrent(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """The same scan as `ssd`, token by token: the plain recurrence of §2.4, for single steps and for tests."""
    outputs = []
    for i in range(x.shape[1]):
        decay = (dt[:, i].float() * a).exp()[..., None, None]  # (b, h, 1, 1)
        state = decay * state + torch.einsum("bn,bhp->bhnp", b[:, i].float(), (x[:, i] * dt[:, i].unsqueeze(-1)).float())
        outputs.append(torch.einsum("bn,bhnp->bhp", c[:, i].float(), state).to(x.dtype))
    return torch.stack(outputs, 1), state


def rms_norm(x: Tensor, weight: Tensor) -> Tensor:
    """Root-mean-square norm over the last axis, computed in float32."""
    return F.rms_norm(x.float(), (x.shape[-1],), weight.float(), 1e-5).to(x.dtype)


class Norm(nn.Module):
    """RMS norm with a learned scale."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return rms_norm(x, self.weight)


class Mamba2Block(nn.Module):
    """Mamba-2 layer: norm, projection, short causal convolution, SSD, gated norm, projection, residual."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        inner, n, heads = config.d_inner, config.d_state, config.ssd_heads
        self.norm = Norm(config.d_model)
        self.in_proj = nn.Linear(config.d_model, 2 * inner + 2 * n + heads, bias=False)
        self.conv = nn.Parameter(torch.randn(config.d_conv, inner + 2 * n) * config.d_conv**-0.5)
        self.conv_bias = nn.Parameter(torch.zeros(inner + 2 * n))
        dt = torch.exp(torch.linspace(math.log(1e-3), math.log(1e-1), heads))
        self.dt_bias = nn.Parameter(dt + torch.log(-torch.expm1(-dt)))
        self.a_log = nn.Parameter(torch.log(torch.linspace(1, 16, heads)))
        self.skip = nn.Parameter(torch.ones(heads))
        self.gate_norm = Norm(inner)
        self.out_proj = nn.Linear(inner, config.d_model, bias=False)

    def forward(self, x: Tensor, state: LayerState | None = None) -> tuple[Tensor, LayerState]:
        """x: (b, l, d), l divisible by the chunk. Returns the layer's output and what the next tokens need of it."""
        inner, n, heads = self.config.d_inner, self.config.d_state, self.config.ssd_heads
        z, xbc, dt = self.in_proj(self.norm(x)).split([inner, inner + 2 * n, heads], dim=-1)
        mixed, tail = self._convolve(xbc, None if state is None else state.conv)
        values, b, c = torch.split(mixed, [inner, n, n], dim=-1)
        values = values.view(*values.shape[:-1], heads, -1)  # (b, l, h, p)
        dt = F.softplus(dt.float() + self.dt_bias)  # (b, l, h)
        y, ssm = ssd(values, dt, -torch.exp(self.a_log.float()), b, c, self.config.chunk, None if state is None else state.ssm)
        y = (y + values * self.skip.to(values.dtype).unsqueeze(-1)).flatten(-2)
        return x + self.out_proj(self.gate_norm(y * F.silu(z))), LayerState(tail, ssm)

    def _convolve(self, x: Tensor, tail: Tensor | None) -> tuple[Tensor, Tensor]:
        width = self.config.d_conv
        before = x.new_zeros(x.shape[0], width - 1, x.shape[2]) if tail is None else tail.to(x.dtype)
        padded = torch.cat([before, x], 1)  # (b, l + width - 1, …)
        weight = self.conv.to(x.dtype)
        mixed = sum((padded[:, i : i + x.shape[1]] * weight[i] for i in range(width)), self.conv_bias.to(x.dtype))
        return F.silu(mixed), padded[:, padded.shape[1] - width + 1 :]


class _Rows(torch.autograd.Function):
    """Rows of a small table. The gradient is one product with what was asked for; sorting many indices into few rows takes far longer."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, index: Tensor) -> Tensor:
        """table: (n, d), index: (…)."""
        ctx.save_for_backward(index)
        ctx.rows = len(table)
        return table[index]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]  # one gradient comes in
        """Gradient of the table."""
        (index,) = ctx.saved_tensors
        asked = index.flatten() == torch.arange(ctx.rows, device=index.device).unsqueeze(-1)  # (n, …)
        return (asked.bfloat16() @ gradient.flatten(0, -2).bfloat16()).to(gradient.dtype), None


def rows(table: nn.Embedding, index: Tensor) -> Tensor:
    """Rows of a small table; index: (…), returns (…, d). On CUDA with a gradient of its own."""
    return _Rows.apply(table.weight, index) if index.is_cuda else table(index)  # type: ignore[no-any-return]  # both are untyped


class AstEmbedding(nn.Module):
    """Sum of the embeddings of node type, depth, sibling index and scope nesting (§3.2). Index 0 of node types means unknown."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        sizes = (config.node_types, config.depths, config.siblings, config.scopes)
        self.tables = nn.ModuleList(nn.Embedding(size, config.d_model) for size in sizes)

    def forward(self, ast: Ast) -> Tensor:
        node, depth, sibling, scope = (
            rows(table, column.clamp(max=table.num_embeddings - 1)) for column, table in zip(ast, self.each(), strict=True)
        )
        return node + depth + sibling + scope

    def each(self) -> list[nn.Embedding]:
        """The four tables."""
        return [table for table in self.tables if isinstance(table, nn.Embedding)]


class ContextEncoder(nn.Module):
    """Mamba-2 over the tokens of a file; the backward direction shares the weights and reads the file from its end (§3.2)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.direction = nn.Embedding(DIRECTIONS, config.d_model)
        self.layers = nn.ModuleList(Mamba2Block(config) for _ in range(config.encoder_layers))
        self.norm = Norm(config.d_model)

    def forward(self, x: Tensor, direction: Tensor, state: list[LayerState] | None = None) -> tuple[Tensor, list[LayerState]]:
        """x: (b, l, d) embedded tokens in reading order, direction: (b,) of DIRECTIONS. Returns states (b, l, d) and the carry."""
        x = x + rows(self.direction, direction).unsqueeze(1)
        carry = []
        for i, layer in enumerate(self.layers):
            x, kept = layer(x, None if state is None else state[i])
            carry.append(kept)
        return self.norm(x), carry


def rotary(x: Tensor) -> Tensor:
    """Rotates pairs of features by their slot's position. x: (s, heads, k, width)."""
    half = x.shape[-1] // 2
    rates = 10_000 ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
    angles = torch.arange(x.shape[-2], device=x.device, dtype=torch.float32).unsqueeze(-1) * rates  # (k, half)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    left, right = x[..., :half], x[..., half:]
    return torch.cat([left * cos - right * sin, left * sin + right * cos], -1)


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
    """Attention in plain products: for a few dozen slots that is several times faster on a CPU than the fused kernel's backward pass.

    q: (s, heads, k, width), k and v: (s, heads, keys, width); bias is added to the scores, (s, 1, 1 or k, keys).
    """
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)  # (s, heads, k, keys)
    return torch.softmax(scores.float() + bias, -1).to(v.dtype) @ v


class DenoiserBlock(nn.Module):
    """Self-attention over the slots, optional cross-attention to the context, feed-forward."""

    def __init__(self, config: Config, crosses: bool) -> None:
        super().__init__()
        d = config.d_model
        self.heads = config.denoiser_heads
        self.norm, self.mlp_norm = Norm(d), Norm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.up, self.down = nn.Linear(d, config.mlp_ratio * d, bias=False), nn.Linear(config.mlp_ratio * d, d, bias=False)
        self.cross = CrossAttention(config) if crosses else None

    def forward(self, x: Tensor, bias: Tensor, memory: Memory | None) -> Tensor:
        """x: (s, k, d); bias: (s, 1, 1, k), −inf at padding."""
        q, k, v = (self._split(part) for part in self.qkv(self.norm(x)).chunk(3, -1))  # (s, heads, k, d / heads) each
        x = x + self.out(attend(rotary(q), rotary(k), v, bias).transpose(1, 2).flatten(-2))
        if self.cross is not None and memory is not None:
            x = x + self.cross(x, memory)
        widened: Tensor = self.down(F.gelu(self.up(self.mlp_norm(x)), approximate="tanh"))
        return x + widened

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


@dataclass(frozen=True, slots=True)
class Memory:
    """Keys of the cross-attention, [F | B | repository], shared by the segments of a window: `bias` hides what a segment may not see."""

    keys: Tensor  # (b, keys, d)
    bias: Tensor  # (b, 1, segments of a window × k, keys)
    windows: int


class CrossAttention(nn.Module):
    """Attention from the slots of all segments of a window to the window's context states at once: no gathers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        d = config.d_model
        self.heads = config.denoiser_heads
        self.norm = Norm(d)
        self.q, self.kv, self.out = nn.Linear(d, d, bias=False), nn.Linear(d, 2 * d, bias=False), nn.Linear(d, d, bias=False)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        """x: (s, k, d), the segments of a window one after the other, equally many in each window."""
        flat = self.norm(x).reshape(memory.windows, -1, x.shape[-1])  # (b, s/b · k, d)
        q, k, v = (x.view(*x.shape[:2], self.heads, -1).transpose(1, 2) for x in (self.q(flat), *self.kv(memory.keys).chunk(2, -1)))
        mixed = attend(q, k, v, memory.bias)
        return self.out(mixed.transpose(1, 2).flatten(-2)).reshape(x.shape)  # type: ignore[no-any-return]  # nn.Linear is untyped


class FlowDenoiser(nn.Module):
    """f_θ(x_t, t, ctx) = TransformerDec(Embed(x_t) + TimeEmb(t) + ASTEmb(x_t), ctx) (§3.3), plus the boundary states of the hole."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        d = config.d_model
        self.kind = nn.Embedding(config.hole_kinds, d)
        self.from_start = nn.Embedding(config.max_slots, d)
        self.to_end = nn.Embedding(config.max_slots, d)
        self.time = nn.Sequential(nn.Linear(d, d), nn.SiLU(), nn.Linear(d, d))
        self.boundary = nn.Linear(2 * d, d, bias=False)
        self.left_gain = nn.Embedding(config.max_slots, d)
        self.right_gain = nn.Embedding(config.max_slots, d)
        self.left_out_gain = nn.Embedding(NEAR_SLOTS, d)
        self.right_out_gain = nn.Embedding(NEAR_SLOTS, d)
        self.blocks = nn.ModuleList(DenoiserBlock(config, i in config.cross_layers) for i in range(config.denoiser_layers))
        self.norm = Norm(d)

    def forward(self, x: Tensor, segments: Segments, edges: tuple[Tensor, Tensor], memory: Memory | None) -> Tensor:
        """x: (s, k, d) embedded slots; edges: F[start−1] and B[end], each (s, d). Returns hidden states (s, k, d)."""
        hole = (segments.kind > 0).unsqueeze(-1)
        left, right = (edge.unsqueeze(1) for edge in edges)  # (s, 1, d) each
        both = self.boundary(torch.cat(edges, -1)).unsqueeze(1)
        near = left * rows(self.left_gain, segments.from_start) + right * rows(self.right_gain, segments.to_end)
        kind = rows(self.kind, segments.kind)
        place = kind + rows(self.from_start, segments.from_start) + rows(self.to_end, segments.to_end)
        time = self.time(wave(segments.t, x.shape[-1]).to(x.dtype)).unsqueeze(1)
        x = x + time + both + torch.where(hole, place + near, kind)
        bias = torch.zeros(segments.valid.shape, device=x.device).masked_fill(~segments.valid, float("-inf"))[:, None, None]
        for block in self.blocks:
            x = block(x, bias, memory)
        # The boundary states predict the hole's first and last token already: their say reaches the head directly.
        first, last = (place.clamp(max=NEAR_SLOTS - 1) for place in (segments.from_start, segments.to_end))
        said = left * rows(self.left_out_gain, first) + right * rows(self.right_out_gain, last)
        return torch.where(hole, self.norm(x) + said, self.norm(x))


def wave(t: Tensor, width: int) -> Tensor:
    """Sinusoidal features of t. t: (s,) in [0, 1]; returns (s, width)."""
    rates = torch.exp(torch.linspace(0.0, 7.0, width // 2, device=t.device))
    angles = t.float().unsqueeze(-1) * rates
    return torch.cat([angles.sin(), angles.cos()], -1)


class Astral(nn.Module):
    """The whole model: shared embeddings, context encoder, flow denoiser, confidence head."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocab, config.d_model)
        self.ast = AstEmbedding(config)
        self.encoder = ContextEncoder(config)
        self.denoiser = FlowDenoiser(config)
        self.confidence = nn.Linear(config.d_model, 1)
        self.latents = nn.Embedding(config.memory_latents, config.d_model)
        self.apply(_initialise)
        for gains, first in (("gain", 1.0), ("out_gain", 0.5)):
            for side in ("left", "right"):
                table = self.denoiser.get_submodule(f"{side}_{gains}").get_parameter("weight")
                nn.init.zeros_(table)
                nn.init.constant_(table[0], first)

    def embed(self, ids: Tensor, ast: Ast) -> Tensor:
        """Token plus AST position. ids: (…, l); returns (…, l, d)."""
        return self.tokens(ids) + self.ast(ast)  # type: ignore[no-any-return]  # modules are untyped callables

    def encode(self, ids: Tensor, ast: Ast) -> Context:
        """Both directions over clean windows in one batch. ids: (b, l), l divisible by the chunk."""
        x = self.embed(ids, ast)
        both = torch.cat([x, x.flip(1)])
        direction = torch.tensor([FORWARD, BACKWARD], device=ids.device).repeat_interleave(len(ids))
        states, _ = self.encoder(both, direction)
        forward, backward = states.chunk(2)
        return Context(forward, backward.flip(1))

    def define(self, definitions: Definitions) -> Keys:
        """Repository keys: every memory_stride-th state of each definition, then the latents that they are pressed into."""
        b, m = definitions.ids.shape[:2]
        ids, ast = definitions.ids.flatten(0, 1), Ast(*(column.flatten(0, 1) for column in definitions.ast))
        states, _ = self.encoder(self.embed(ids, ast), ids.new_full((b * m,), DEFINITION))
        stride = self.config.memory_stride
        states = states[:, stride - 1 :: stride].reshape(b, -1, states.shape[-1])  # (b, m · l / stride, d)
        valid = definitions.valid[..., stride - 1 :: stride].flatten(1)
        latents = self.press(states, valid)
        open_, pressed = valid & definitions.open.unsqueeze(-1), definitions.pressed.unsqueeze(-1).expand(-1, latents.shape[1])
        return Keys(torch.cat([states, latents], 1), torch.cat([open_, pressed & valid.any(-1, keepdim=True)], 1))

    def press(self, states: Tensor, valid: Tensor) -> Tensor:
        """Any number of states as K latents (Perceiver, §3.2): they ask as a slot of the first crossing layer does. Returns (b, K, d)."""
        cross: Any = self.denoiser.blocks[self.config.cross_layers[0]].cross
        asked = self.latents.weight.to(states.dtype).expand(len(states), -1, -1)
        bias = torch.zeros(valid.shape, device=states.device).masked_fill(~valid, -1e4)[:, None, None]
        return self.encoder.norm(asked + cross(asked, Memory(states, bias, len(states))))  # type: ignore[no-any-return]  # as below

    def memory(self, context: Context, segments: Segments, extra: Keys | None = None) -> Memory:
        """The keys of a batch of windows: every memory_stride-th state of both directions, then those of the repository."""
        stride, (b, length) = self.config.memory_stride, context.forward.shape[:2]
        f_at = torch.arange(stride - 1, length, stride, device=context.forward.device)
        b_at = torch.arange(0, length, stride, device=context.forward.device)
        seen = [f_at < segments.start.unsqueeze(-1), b_at >= segments.end.unsqueeze(-1)]  # (s, keys) each
        keys = [context.forward[:, f_at], context.backward[:, b_at]]
        if extra is not None:
            keys.append(extra.states.to(keys[0].dtype))
            seen.append(extra.seen[segments.window])
        visible = torch.cat(seen, -1)
        bias = torch.zeros(visible.shape, device=visible.device).masked_fill(~visible, -1e4)
        slots = segments.ids.shape[1]
        bias = bias.view(b, -1, 1, bias.shape[-1]).expand(-1, -1, slots, -1).flatten(1, 2).unsqueeze(1)
        return Memory(torch.cat(keys, 1), bias, b)

    def edges(self, context: Context, segments: Segments) -> tuple[Tensor, Tensor]:
        """F[start−1] and B[end] of every segment, zeros where the window ends. Each (s, d)."""
        length = context.forward.shape[1]
        left = context.forward[segments.window, (segments.start - 1).clamp(min=0)] * (segments.start > 0).unsqueeze(-1)
        right = context.backward[segments.window, segments.end.clamp(max=length - 1)] * (segments.end < length).unsqueeze(-1)
        return left, right

    def denoise(self, segments: Segments, edges: tuple[Tensor, Tensor], memory: Memory | None) -> Tensor:
        """Hidden states of the slots, (s, k, d)."""
        return self.denoiser(self.embed(segments.ids, segments.ast), segments, edges, memory)  # type: ignore[no-any-return]  # as above

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores over the vocabulary by the shared embedding. hidden: (…, d); returns (…, v)."""
        return hidden @ self.tokens.weight.to(hidden.dtype).T


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5 * 0.7)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    if isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
