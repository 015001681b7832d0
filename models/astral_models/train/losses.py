"""The joint loss of steps A1–A3: next token in both directions, masked slots, and a head that learns how sure to be (§3.3, §9.1).

L = λ_lm · L_ctx-recon + L_DFM + λ_cal · L_cal. The next-token loss is what keeps the context states informative: L_ctx-recon of A3.
Plain cross-entropy on masked slots, no 1/t weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from astral_models.nano.net import Ast, Astral, Context, Definitions, Segments
from astral_models.train.batches import Window

CALIBRATION = 0.1


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows stacked for the net."""

    ids: Tensor  # (b, l)
    ast: Ast  # (b, l) each
    picked: Tensor  # (b, 2 · positions)
    segments: Segments
    target_at: Tensor  # (b · targets,) index into s · k
    target: Tensor
    weight: Tensor
    definitions: Definitions

    def mapped(self, change: Callable[[Any], Any]) -> Batch:
        """The same batch with every tensor changed."""
        return _mapped(self, change)  # type: ignore[no-any-return]  # what it is given, it returns

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return self.mapped(lambda tensor: tensor.to(device))


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Ast):
        return Ast(*(change(column) for column in value))
    if isinstance(value, Batch | Segments | Definitions):
        return replace(value, **{each.name: _mapped(getattr(value, each.name), change) for each in fields(value)})
    return change(value)


def stack(windows: list[Window], device: torch.device) -> Batch:
    """Windows of one layout as tensors, their segments one window after the other."""
    s, k = windows[0].slots.shape

    def together(name: str) -> Tensor:
        return torch.from_numpy(np.concatenate([getattr(window, name) for window in windows])).to(device)

    ast = torch.from_numpy(np.stack([window.ast for window in windows], 1)).to(device)
    slot_ast = torch.from_numpy(np.concatenate([window.slot_ast for window in windows], 1)).to(device)
    owner = torch.arange(len(windows), device=device).repeat_interleave(s)
    columns = (together("kind"), together("from_start"), together("to_end"), Ast(*slot_ast), together("t"), owner)
    segments = Segments(together("slots"), together("valid"), *columns, together("start"), together("end"))
    at = np.concatenate([window.target_at + i * s * k for i, window in enumerate(windows)])
    stacked = (torch.from_numpy(np.stack([getattr(window, name) for window in windows])).to(device) for name in ("ids", "picked"))
    ids, picked = stacked
    targets = (torch.from_numpy(at).to(device), together("target"), together("weight"))
    return Batch(ids, Ast(*ast), picked, segments, *targets, definitions(windows, device))


def definitions(windows: list[Window], device: torch.device) -> Definitions:
    """Repository memory of windows."""
    names = ("defined", "defined_valid", "open", "pressed")
    ids, valid, seen, pressed = (torch.from_numpy(np.stack([getattr(window, name) for window in windows])).to(device) for name in names)
    ast = torch.from_numpy(np.stack([window.defined_ast for window in windows], 1)).to(device)  # (4, b, m, l)
    return Definitions(ids, Ast(*ast), valid, seen, pressed)


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Per-row cross-entropy in float32. logits: (n, v), target: (n,)."""
    scores = logits.float()
    return scores.logsumexp(-1) - scores.gather(-1, target.unsqueeze(-1)).squeeze(-1)


def judged(table: Tensor, hidden: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy and most probable token of hidden states, by the shared embedding. table: (v, d), hidden: (n, d), target: (n,)."""
    logits = hidden @ table.to(hidden.dtype).T
    return cross_entropy(logits, target), logits.argmax(-1)


class Outcome(NamedTuple):
    """What a forward pass found. Slots are the batch's targets."""

    lm: Tensor  # () mean next-token loss of both directions
    slots: Tensor  # (targets,) cross-entropy
    calibration: Tensor  # () weighted sum
    said: Tensor  # (targets,) most probable token
    report: Tensor  # (6,) lm, lm right, slots · weight, right · weight, weight, calibration


class Objective(nn.Module):
    """The forward pass of training as a module around the model, so that sharding and compilation see one call."""

    def __init__(self, model: Astral) -> None:
        super().__init__()
        self.model = model
        self.judge: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]] = judged

    def forward(self, batch: Batch, crosses: bool) -> Outcome:
        """Encodes the windows, predicts next tokens, fills the segments."""
        model = self.model
        context = model.encode(batch.ids, batch.ast)
        hidden, target = next_token(context, batch)
        entropy, said = self.judge(model.tokens.weight, hidden, target)
        lm, lm_right = entropy.mean(), (said == target).float().mean()
        memory = model.memory(context, batch.segments, model.define(batch.definitions)) if crosses else None
        slots = model.denoise(batch.segments, model.edges(context, batch.segments), memory).flatten(0, 1)[batch.target_at]
        entropy, said = self.judge(model.tokens.weight, slots, batch.target)
        right = (said == batch.target).float()
        sure = model.confidence(slots.detach()).squeeze(-1).float()
        calibration = (F.binary_cross_entropy_with_logits(sure, right, reduction="none") * batch.weight).sum()
        sums = ((entropy * batch.weight).sum(), (right * batch.weight).sum(), batch.weight.sum(), calibration)
        return Outcome(lm, entropy, calibration, said, torch.stack([lm, lm_right, *sums]).detach())


def joint_loss(outcome: Outcome, weight: Tensor) -> Tensor:
    """L of the module's docstring. weight: (targets,). The divisor is constant: the same gradient however windows are spread."""
    slots = (outcome.slots * weight).sum()
    return outcome.lm + (slots + CALIBRATION * outcome.calibration) * (2.0 / len(weight))


def next_token(context: Context, batch: Batch) -> tuple[Tensor, Tensor]:
    """States of the picked positions and the tokens that they should predict: F[i] → i + 1, B[i + 1] → i."""
    states = torch.cat([context.forward[:, :-1], context.backward[:, 1:]], 1)  # (b, 2(l − 1), d)
    targets = torch.cat([batch.ids[:, 1:], batch.ids[:, :-1]], 1)
    picked = batch.picked.unsqueeze(-1).expand(-1, -1, states.shape[-1])
    return states.gather(1, picked).flatten(0, 1), targets.gather(1, batch.picked).flatten()


def summary(report: NDArray[np.float32]) -> dict[str, float]:
    """The figures of a report by name: mean losses in nats, accuracies in [0, 1]."""
    lm, lm_right, weighted, right, weight, calibration = (float(value) for value in report)
    weight = max(weight, 1e-6)
    return {
        "lm_loss": lm,
        "lm_acc": lm_right,
        "slot_loss": weighted / weight,
        "slot_acc": right / weight,
        "calibration": calibration / weight,
    }
