"""The training loop: one step reads as draw a layout, take windows, forward, backward, two optimisers, average, log."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from astral_models.corpus.shards import Shard
from astral_models.nano.net import Astral
from astral_models.train.batches import LAYOUTS, Corruption, Windows
from astral_models.train.loader import Draw, Drawn, batches
from astral_models.train.log import DEV_FIELDS, FIELDS, Log, draw_curve
from astral_models.train.losses import Objective, joint_loss, stack, summary
from astral_models.train.optimiser import Ema, optimisers, rate_factor, set_rate
from astral_models.train.parallel import Team, clip_gradients
from astral_models.train.recipes import Recipe
from astral_models.train.state import Cursor, capture, write_state
from astral_models.train.syntax import syntax_weights

DEV_LAYOUTS = ("holes64", "tile16")
DEV_WINDOWS = 24
READ_EVERY = {"cpu": 1, "cuda": 16}
"""After how many steps their figures are read: reading waits for an accelerator, which should never wait itself."""
SEED = 20_26


@dataclass(slots=True)
class Run:
    """A run in memory. `objective` holds the model, sharded under FSDP2, and may be compiled."""

    folder: Path
    objective: Objective
    ema: Ema
    optimisers: list[torch.optim.Optimizer]
    cursor: Cursor
    recipe: Recipe
    windows: Windows
    dev: Shard | None
    team: Team
    device: torch.device
    names: list[str]
    """The vocabulary, for L_AST."""
    warm_from: int = 0
    """Step at which the optimisers began: the warm-up counts from there."""
    workers: int = 0
    """Processes that draw batches ahead of time."""

    @property
    def model(self) -> Astral:
        """The net that is trained."""
        return self.objective.model


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: wall-clock minutes, processor minutes of this process, steps; whichever comes first. `cooldown` steps end the run.

    `cooldown_minutes`: over the last of `minutes` the rate falls to zero. `save_minutes`: how long between two saves.
    """

    minutes: float = float("inf")
    cpu_minutes: float = float("inf")
    steps: int = 1 << 62
    cooldown: int = 0
    cooldown_minutes: float = 0.0
    save_minutes: float = 10.0


class Stop:
    """Set by SIGTERM and SIGINT: the step at hand is finished, the state saved, the process ends well."""

    def __init__(self) -> None:
        self.wanted = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.wanted = True


def train(run: Run, limits: Limits, stop: Stop) -> Cursor:
    """Steps until a limit or a stop; saves now and then and at the end. Returns the last cursor."""
    first, began, saved = run.cursor.step, time.monotonic(), time.monotonic()
    until = _Deadline(limits, first)
    rows = _Rows(run)
    for row in _steps(run, limits, until):
        rows.add(*row)
        if run.team.any(stop.wanted or until.passed(run.cursor.step)):
            break
        if run.team.any(time.monotonic() - saved > limits.save_minutes * 60):
            checkpoint(run)
            saved = time.monotonic()
    rows.write()
    if not limits.cooldown:
        checkpoint(run)
    else:
        save(run, "cooled.pt")
    if run.team.first:
        print(
            f"{run.cursor.step - first} steps in {(time.monotonic() - began) / 60:.1f} min; {run.cursor.tokens:,} window tokens seen",
            flush=True,
        )
    return run.cursor


class _Deadline:
    """The limits of a run, measured from its start."""

    def __init__(self, limits: Limits, step: int) -> None:
        self.step = step + (limits.cooldown or limits.steps)
        self.time = time.monotonic() + limits.minutes * 60
        self.cpu = time.process_time() + limits.cpu_minutes * 60

    def passed(self, step: int) -> bool:
        return step >= self.step or time.monotonic() >= self.time or time.process_time() >= self.cpu

    def left(self, minutes: float) -> float:
        """Share of the last `minutes` before the limit that is still to come, in [0, 1]."""
        return min(1.0, max(0.0, self.time - time.monotonic()) / (minutes * 60)) if minutes else 1.0


Position = dict[str, float | int | str]


@dataclass(slots=True)
class _Rows:
    """The log of a run. Figures are read together after some steps."""

    run: Run
    log: Log = field(init=False)
    waiting: list[tuple[Position, Tensor]] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.log = Log(self.run.folder / "train.csv", FIELDS)

    def add(self, where: Position, report: Tensor) -> None:
        self.waiting.append((where, report))
        if len(self.waiting) >= READ_EVERY[self.run.device.type]:
            self.write()

    def write(self) -> None:
        read = [(where, summary(report.float().cpu().numpy())) for where, report in self.waiting]
        seconds = max(1e-6, time.monotonic() - self.since)
        speed = len(read) * self.run.recipe.windows * self.run.recipe.length / seconds
        for where, figures in read:
            if self.run.team.first:
                self.log.write(**where, **figures, tokens_per_s=speed)
        self.waiting, self.since = [], time.monotonic()


def _steps(run: Run, limits: Limits, until: _Deadline) -> Iterator[tuple[Position, Tensor]]:
    cooldown = (run.cursor.step, run.cursor.step + limits.cooldown) if limits.cooldown else None
    began = time.monotonic()
    for drawn in batches(Draw(run.windows, run.recipe, run.cursor, run.team), run.workers, run.device):
        factor = rate_factor(run.cursor.step, cooldown, run.warm_from) * until.left(limits.cooldown_minutes)
        report = step(run, drawn, factor)
        seconds, began = time.monotonic() - began, time.monotonic()
        run.cursor = run.cursor.advance(run.recipe.windows, run.recipe.windows * run.recipe.length, seconds / 60)
        yield {**position(run.cursor, drawn.layout.name), "rate": factor}, report


def position(cursor: Cursor, layout: str) -> Position:
    """Where in the run a row of a log belongs."""
    return {"step": cursor.step, "minutes": cursor.minutes, "tokens": cursor.tokens, "layout": layout}


def step(run: Run, drawn: Drawn, factor: float) -> Tensor:
    """One update. Returns the report of the loss, averaged over the team, where it was computed."""
    batch = drawn.batch
    with torch.autocast(run.device.type, torch.bfloat16, enabled=run.team.autocast):
        outcome = run.objective(batch, drawn.layout.crosses)
    weight = batch.weight
    if drawn.layout.crosses and run.recipe.parsed:
        weight = weight * syntax_weights(batch, outcome.said, run.names, drawn.numbers, run.recipe.parsed)
    loss = joint_loss(outcome, weight)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    run.team.agree(run.objective)
    clip_gradients(run.objective, 1.0)
    for optimiser in run.optimisers:
        set_rate(optimiser, factor)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    run.ema.update(run.model, run.cursor.step)
    return run.team.average(outcome.report)


def checkpoint(run: Run) -> None:
    """Measures the averages on the held-out packages, saves the state and redraws the curve."""
    if run.dev is not None and run.team.whole and run.team.first:
        measure(run, run.dev)
    save(run, "state.pt")
    if run.team.first:
        draw_curve(run.folder, run.folder / "curve.png")


def save(run: Run, name: str) -> None:
    """Writes the whole state once, from the first process."""
    state = capture(run.model, run.ema, run.optimisers, run.cursor)
    if run.team.first:
        write_state(run.folder / name, state)
    run.team.wait()


def measure(run: Run, dev: Shard) -> None:
    """Losses and accuracies of the averaged weights on fixed windows of the held-out packages."""
    log = Log(run.folder / "dev.csv", DEV_FIELDS)
    windows, each = Windows(dev, run.recipe.length, SEED, run.names), run.recipe.windows // run.team.size  # batches of the compiled shape
    steps = max(1, DEV_WINDOWS // each)
    run.ema.swap(run.model)
    for name in DEV_LAYOUTS:
        total = torch.zeros(6)
        for i in range(steps):
            batch = stack([windows.window(i * each + k, LAYOUTS[name], Corruption()) for k in range(each)], run.device)
            with torch.autocast(run.device.type, torch.bfloat16, enabled=run.team.autocast):
                total += run.objective(batch, LAYOUTS[name].crosses).report.float().cpu()
        total[:2] /= steps
        log.write(**position(run.cursor, name), **summary(total.numpy()))
    run.ema.swap(run.model)


def new_optimisers(model: nn.Module) -> tuple[list[torch.optim.Optimizer], Ema]:
    """Fresh optimisers and averages of a model."""
    return optimisers(model), Ema(model)
