"""The training loop: one step reads as draw a layout, take windows, forward, backward, two optimisers, average, log."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from astral_models.corpus.shards import Shard
from astral_models.nano.net import Astral
from astral_models.train.batches import LAYOUTS, Corruption, Windows
from astral_models.train.log import DEV_FIELDS, FIELDS, Log, draw_curve
from astral_models.train.losses import Batch, Objective, joint_loss, stack, summary
from astral_models.train.optimiser import Ema, optimisers, rate_factor, set_rate
from astral_models.train.parallel import Team, clip_gradients
from astral_models.train.recipes import Recipe
from astral_models.train.state import Cursor, capture, write_state
from astral_models.train.syntax import syntax_weights

SAVE_MINUTES = 10.0
DEV_LAYOUTS = ("holes64", "tile16")
DEV_WINDOWS = 24
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

    @property
    def model(self) -> Astral:
        """The net that is trained."""
        return self.objective.model


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: wall-clock minutes, processor minutes of this process, steps; whichever comes first. `cooldown` steps end the run."""

    minutes: float = float("inf")
    cpu_minutes: float = float("inf")
    steps: int = 1 << 62
    cooldown: int = 0


class Stop:
    """Set by SIGTERM and SIGINT: the step at hand is finished, the state saved, the process ends well."""

    def __init__(self) -> None:
        self.wanted = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.wanted = True


def train(run: Run, limits: Limits, stop: Stop) -> Cursor:
    """Steps until a limit or a stop; saves every ten minutes and at the end. Returns the last cursor."""
    log = Log(run.folder / "train.csv", FIELDS)
    first, began, saved = run.cursor.step, time.monotonic(), time.monotonic()
    until = _Deadline(limits, first)
    for row in _steps(run, limits):
        if run.team.first:
            log.write(**row)
        if run.team.any(stop.wanted or until.passed(run.cursor.step)):
            break
        if run.team.any(time.monotonic() - saved > SAVE_MINUTES * 60):
            checkpoint(run)
            saved = time.monotonic()
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


def _steps(run: Run, limits: Limits) -> Iterator[dict[str, float | int | str]]:
    cooldown = (run.cursor.step, run.cursor.step + limits.cooldown) if limits.cooldown else None
    while True:
        began = time.monotonic()
        layout = run.recipe.layout(run.cursor.step, run.cursor.tokens)
        factor = rate_factor(run.cursor.step, cooldown, run.warm_from)
        report = step(run, layout.name, factor)
        seconds = time.monotonic() - began
        tokens = run.recipe.windows * run.recipe.length
        run.cursor = run.cursor.advance(run.recipe.windows, tokens, seconds / 60)
        figures = summary(report)
        yield {**position(run.cursor, layout.name), **figures, "rate": factor, "tokens_per_s": tokens / seconds}


def position(cursor: Cursor, layout: str) -> dict[str, float | int | str]:
    """Where in the run a row of a log belongs."""
    return {"step": cursor.step, "minutes": cursor.minutes, "tokens": cursor.tokens, "layout": layout}


def step(run: Run, layout_name: str, factor: float) -> NDArray[np.float32]:
    """One update from the windows at the cursor. Returns the report of the loss, averaged over the team."""
    batch = take(run, layout_name)
    with torch.autocast(run.device.type, torch.bfloat16, enabled=run.team.autocast):
        outcome = run.objective(batch, LAYOUTS[layout_name].crosses)
    weight = batch.weight
    if LAYOUTS[layout_name].crosses:
        weight = weight * syntax_weights(batch, outcome.said, run.names, mine(run))
    loss = joint_loss(outcome, weight)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    run.team.agree(run.objective)
    clip_gradients(run.objective, 1.0)
    for optimiser in run.optimisers:
        set_rate(optimiser, factor)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    run.ema.update(run.model, run.cursor.step)
    return run.team.average(outcome.report).float().cpu().numpy()  # type: ignore[no-any-return]  # numpy() is untyped


def mine(run: Run) -> Sequence[int]:
    """This process's share of the windows at the cursor."""
    return run.team.share(range(run.cursor.windows, run.cursor.windows + run.recipe.windows))


def take(run: Run, layout_name: str) -> Batch:
    """This process's windows of the step, freshly corrupted."""
    corruption = run.recipe.phase(run.cursor.tokens).corruption
    windows = [run.windows.window(number, LAYOUTS[layout_name], corruption) for number in mine(run)]
    return stack(windows, run.device)


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
    steps = DEV_WINDOWS // each
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
