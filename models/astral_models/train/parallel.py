"""One process or many: which windows are mine, averaged reports; weights sharded by FSDP2, or a copy each and averaged gradients.

Two processes of one thread each, with copies, train a small net on two cores faster than one process of two threads: its many short
operations gain little from a second thread.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from astral_models.nano.net import CrossAttention
from astral_models.train.losses import Objective

Spread = Literal["shards", "copies"]


@dataclass(frozen=True, slots=True)
class Team:
    """The processes of a run. `autocast` turns bfloat16 arithmetic on; `spread` says how weights lie in several of them."""

    rank: int = 0
    size: int = 1
    autocast: bool = True
    spread: Spread = "shards"

    @property
    def whole(self) -> bool:
        """Whether every process holds all weights."""
        return self.size == 1 or self.spread == "copies"

    @property
    def first(self) -> bool:
        """Whether this process writes logs and files."""
        return self.rank == 0

    def share(self, numbers: range) -> range:
        """This process's contiguous part of the windows of a step; ValueError when they do not divide evenly."""
        if len(numbers) % self.size:
            raise ValueError(f"{len(numbers)} windows do not divide over {self.size} processes")
        each = len(numbers) // self.size
        return numbers[self.rank * each : (self.rank + 1) * each]

    def average(self, report: Tensor) -> Tensor:
        """Means of the first two figures and sums of the others over all processes."""
        if self.size == 1:
            return report
        total = report.clone()
        dist.all_reduce(total)
        total[:2] /= self.size
        return total

    def agree(self, model: nn.Module) -> None:
        """Makes the gradients of copies their mean; FSDP2 does so itself."""
        if self.size == 1 or self.spread == "shards":
            return
        gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
        together = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(together)
        means = torch.split(together / self.size, [gradient.numel() for gradient in gradients])
        for gradient, mean in zip(gradients, means, strict=True):
            gradient.copy_(mean.view_as(gradient))

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in any process: they stop together or not at all."""
        if self.size == 1:
            return flag
        votes = torch.tensor(float(flag))
        dist.all_reduce(votes)
        return bool(votes > 0)

    def wait(self) -> None:
        """Returns when every process is here."""
        if self.size > 1:
            dist.barrier()


def join_team(device: torch.device, autocast: bool, spread: Spread = "shards") -> Team:
    """The team that torchrun started, or a team of one."""
    if "WORLD_SIZE" not in os.environ:
        return Team(autocast=autocast)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Team(dist.get_rank(), dist.get_world_size(), autocast, spread)


def shard(objective: Objective, team: Team, device: torch.device) -> None:
    """FSDP2: every layer and the rest are sharded over the team, in place. Where everyone has all weights they stay as they are.

    Cross-attention is a unit of its own: the latents of repository memory use it outside of its layer.
    """
    if team.whole:
        return
    mesh = init_device_mesh(device.type, (team.size,))
    model = objective.model
    crossing = [module for module in model.denoiser.modules() if isinstance(module, CrossAttention)]
    for layer in (*crossing, *model.encoder.layers, *model.denoiser.blocks):
        fully_shard(layer, mesh=mesh)
    fully_shard(objective, mesh=mesh)


def clip_gradients(model: nn.Module, limit: float) -> None:
    """Scales all gradients so that their joint norm is at most `limit`."""
    nn.utils.clip_grad_norm_(model.parameters(), limit)
