"""Muon on the matrices of the layers, AdamW on the rest; warm-up, then a constant rate, then, when asked, a linear cool-down (WSD)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

MUON_RATE = 0.02
ADAM_RATE = 3e-3
MOMENTUM = 0.95
DECAY = 0.01
WARMUP_STEPS = 80
SHARED = ("tokens.", "ast.", "confidence", "latents")
"""Modules whose matrices are tables or heads, for AdamW."""


def orthogonalise(matrix: Tensor, steps: int = 5) -> Tensor:
    """The nearest semi-orthogonal matrix of each of (…, rows, columns) by the quintic Newton–Schulz iteration (Muon), in bfloat16."""
    x = matrix.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    result: Tensor = (x.mT if tall else x).to(matrix.dtype)
    return result


class Muon(torch.optim.Optimizer):
    """Momentum whose update is orthogonalised, for two-dimensional weights; sharded weights (DTensor) are gathered for it."""

    def __init__(self, params: Iterable[Tensor], lr: float = MUON_RATE) -> None:
        super().__init__(list(params), {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # no closure: the loss is never re-evaluated
        """One update of every weight that has a gradient."""
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            for alike in _by_shape(weights, self._directions(weights)):
                _move(alike, group["lr"])

    def _directions(self, weights: list[Tensor]) -> list[Tensor]:
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        momenta = [self.state[weight].setdefault("momentum", torch.zeros_like(weight)) for weight in weights]
        torch._foreach_lerp_(momenta, gradients, 1 - MOMENTUM)
        return list(torch._foreach_lerp(gradients, momenta, MOMENTUM))


def _by_shape(weights: list[Tensor], directions: list[Tensor]) -> Iterable[list[tuple[Tensor, Tensor]]]:
    """Matrices of one shape together: few large operations instead of many small ones."""
    alike: dict[torch.Size, list[tuple[Tensor, Tensor]]] = defaultdict(list)
    for weight, direction in zip(weights, directions, strict=True):
        alike[weight.shape].append((weight, direction.full_tensor() if isinstance(direction, DTensor) else direction))
    return alike.values()


def _move(alike: list[tuple[Tensor, Tensor]], rate: float) -> None:
    weights = [weight for weight, _ in alike]
    updates = list(orthogonalise(torch.stack([direction for _, direction in alike])).unbind())
    scale = max(1.0, weights[0].shape[0] / weights[0].shape[1]) ** 0.5
    if isinstance(weights[0], DTensor):
        updates = [distribute_tensor(update, weights[0].device_mesh, weights[0].placements) for update in updates]
    torch._foreach_mul_(weights, 1 - rate * DECAY)
    torch._foreach_add_(weights, updates, alpha=-rate * scale)


def optimisers(model: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon and AdamW over a model's weights."""
    named = list(model.named_parameters())
    matrices = [weight for name, weight in named if is_matrix(name, weight)]
    tables = [weight for name, weight in named if not is_matrix(name, weight)]
    return [Muon(matrices), torch.optim.AdamW(tables, lr=ADAM_RATE, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0)]


def is_matrix(name: str, weight: Tensor) -> bool:
    """Whether Muon updates a weight: a matrix that mixes features."""
    table = any(part in name for part in (*SHARED, "kind", "from_start", "to_end", "gain", "direction", "conv"))
    return weight.ndim == 2 and not table


def set_rate(optimiser: torch.optim.Optimizer, factor: float) -> None:
    """Scales every group's rate to `factor` of its full one."""
    for group in optimiser.param_groups:
        group.setdefault("full", group["lr"])
        group["lr"] = group["full"] * factor


def rate_factor(step: int, cooldown: tuple[int, int] | None = None, warm_from: int = 0) -> float:
    """Share of the full rate at a step; `cooldown`: first and last step of the descent to zero; `warm_from`: where optimisers began."""
    factor = min(1.0, (step - warm_from + 1) / WARMUP_STEPS)
    if cooldown is not None:
        first, last = cooldown
        factor *= min(1.0, max(0.0, (last - step) / max(1, last - first)))
    return factor


class Ema:
    """Exponential moving average of the weights: what is exported and evaluated."""

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self.decay = decay
        self.weights = {name: weight.detach().clone() for name, weight in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Moves towards the model; early on faster, so that the first random weights do not linger."""
        decay = min(self.decay, (step + 1) / (step + 10))
        named = [(self.weights[name], weight.detach()) for name, weight in model.named_parameters()]
        torch._foreach_lerp_([average for average, _ in named], [weight for _, weight in named], 1 - decay)  # all in one operation

    @torch.no_grad()
    def swap(self, model: nn.Module) -> None:
        """Exchanges the model's weights and the averages; a second call puts them back."""
        for name, weight in model.named_parameters():
            kept = weight.detach().clone()
            weight.copy_(self.weights[name])
            self.weights[name].copy_(kept)
