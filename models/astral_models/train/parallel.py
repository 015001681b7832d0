"""One process or many: which windows are mine, averaged reports, FSDP2 sharding."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from astral_models.train.losses import Objective


@dataclass(frozen=True, slots=True)
class Team:
    """The processes of a run. `autocast` turns bfloat16 arithmetic on."""

    rank: int = 0
    size: int = 1
    autocast: bool = True

    @property
    def first(self) -> bool:
        """Whether this process writes logs and files."""
        return self.rank == 0

    def share(self, numbers: range) -> Sequence[int]:
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


def join_team(device: torch.device, autocast: bool) -> Team:
    """The team that torchrun started, or a team of one."""
    if "WORLD_SIZE" not in os.environ:
        return Team(autocast=autocast)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Team(dist.get_rank(), dist.get_world_size(), autocast)


def shard(objective: Objective, team: Team, device: torch.device) -> None:
    """FSDP2: every layer and the rest are sharded over the team, in place. A team of one stays as it is."""
    if team.size == 1:
        return
    mesh = init_device_mesh(device.type, (team.size,))
    for layer in (*objective.model.encoder.layers, *objective.model.denoiser.blocks):
        fully_shard(layer, mesh=mesh)
    fully_shard(objective, mesh=mesh)


def clip_gradients(model: nn.Module, limit: float) -> None:
    """Scales all gradients so that their joint norm is at most `limit`."""
    nn.utils.clip_grad_norm_(model.parameters(), limit)
