"""The trainer: corruption keeps its promises, batches are functions of their number, runs resume exactly, two processes are one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="training needs the extra 'train' (pip install '.[train]')")
pytest.importorskip("safetensors", reason="training needs the extra 'train'")

from astral_models.corpus.clean import Source  # noqa: E402  # after the skip
from astral_models.corpus.shards import Shard, open_shard, write_shard  # noqa: E402
from astral_models.nano.config import Config  # noqa: E402
from astral_models.nano.net import Astral  # noqa: E402
from astral_models.paths import WEIGHTS  # noqa: E402
from astral_models.tokenizer import load_tokenizer  # noqa: E402
from astral_models.train.__main__ import start_from  # noqa: E402
from astral_models.train.batches import LAYOUTS, Corruption, Windows, holes, tile, use_vocabulary  # noqa: E402
from astral_models.train.corruption import corrupt, dense_mask, hole_mask  # noqa: E402
from astral_models.train.exported import WEIGHTS_FILE, packed, read_exported  # noqa: E402
from astral_models.train.loader import CPU, Draw, batches  # noqa: E402
from astral_models.train.loop import Limits, Run, Stop, new_optimisers, train  # noqa: E402
from astral_models.train.losses import Objective, stack  # noqa: E402
from astral_models.train.optimiser import WARMUP_STEPS, orthogonalise, rate_factor  # noqa: E402
from astral_models.train.parallel import Team  # noqa: E402
from astral_models.train.recipes import RECIPES, Phase, Recipe  # noqa: E402
from astral_models.train.state import Cursor, capture, load_state, write_state  # noqa: E402
from astral_models.train.syntax import sampled, syntax_weights  # noqa: E402
from astral_runtime.context.vocabulary import DELETE, EXPAND, MASK  # noqa: E402

if TYPE_CHECKING:
    from torch import Tensor

VOCABULARY = 512
NAMES = load_tokenizer(WEIGHTS / "nano" / "tokenizer.json").names
TINY = Config("tiny", VOCABULARY, 32, 1, 8, 16, 2, 4, 64, 2, 2, 2, (1,), 4, 4, 160, 40, 24, 10)
LAYOUTS |= {"small_tile": replace(tile(16, 256, 32), name="small_tile"), "small_holes": replace(holes(4, 64, 32, 32), name="small_holes")}
SHORT = Recipe("short", (Phase(1 << 62, (("small_tile", 0.5), ("small_holes", 0.5))),), windows=2, length=256)
MODULES = ("argparse", "dataclasses", "inspect", "statistics", "textwrap", "heapq")


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Shard:
    """A few modules of the standard library as a split."""
    tokenizer = load_tokenizer(WEIGHTS / "nano" / "tokenizer.json")
    use_vocabulary((9,))
    folder, library = tmp_path_factory.mktemp("data") / "train", Path(sysconfig.get_path("stdlib"))
    write_shard((Source("library", name, (library / f"{name}.py").read_text()) for name in MODULES), tokenizer, folder)
    return open_shard(folder)


def folded(shard: Shard) -> Shard:
    """The same split over a vocabulary small enough for a test's net."""
    return replace(shard, ids=shard.ids % np.uint16(VOCABULARY))


def new_run(shard: Shard, folder: Path, recipe: Recipe = SHORT) -> Run:
    """A run of the tiny net that starts from the same weights each time."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    objective = Objective(Astral(TINY))
    built, ema = new_optimisers(objective.model)
    return Run(
        folder,
        objective,
        ema,
        built,
        Cursor(),
        recipe,
        Windows(folded(shard), recipe.length, 5, NAMES),
        None,
        Team(autocast=False),
        torch.device("cpu"),
        list(NAMES),
    )


@given(st.integers(1, 60), st.integers(0, 12), st.integers(0, 10**6), st.floats(0, 1))
def test_corruption_can_be_undone(length: int, room: int, seed: int, uncertain: float) -> None:
    """Following the labels gives the tokens back: [EXPAND] stands for two slots, [DELETE] for none, masks for their label."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(8, 8192, length)
    masked = hole_mask(length, rng, 0.5)
    hole = corrupt(tokens, masked, room, rng, uncertain)
    again, i = [], 0
    for token, label in zip(hole.ids.tolist(), hole.labels.tolist(), strict=True):
        if label == EXPAND:
            again += tokens[i : i + 2].tolist()
            i += 2
        elif label != DELETE:
            again.append(token if label < 0 else label)
            i += 1
    assert again == tokens.tolist()
    assert ((hole.ids == MASK) == (hole.labels >= 0)).all()
    assert hole.weights[hole.labels == DELETE].sum() <= 1 + 1e-5
    assert len(hole.ids) <= length + room
    assert 0 < hole.t <= 1


@given(st.sampled_from([16, 32, 64]), st.integers(0, 10**6))
def test_dense_masks_hide_subtrees_and_leave_no_block_empty(block: int, seed: int) -> None:
    """Every block has something to learn from; nothing is masked far beyond its share."""
    rng = np.random.default_rng(seed)
    starts = np.sort(rng.integers(0, 900, 80))
    masked = dense_mask(1024, block, starts, rng.integers(1, 20, 80), rng, (0.1, 0.9))
    assert masked.reshape(-1, block).any(1).all()
    assert 0.1 < masked.mean() < 0.95


@pytest.mark.parametrize("layout", ["tile16", "holes64", "holes168"])
def test_windows_are_functions_of_their_number(shard: Shard, layout: str) -> None:
    """The same number gives the same window whoever asks; another number gives another; targets name masked slots only."""
    windows, other = Windows(shard, 1024, 5, NAMES), Windows(shard, 1024, 5, NAMES)
    first, again = windows.window(3, LAYOUTS[layout], Corruption()), other.window(3, LAYOUTS[layout], Corruption())
    for name in first.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(windows.window(4, LAYOUTS[layout], Corruption()).ids, first.ids)
    asked = first.target_at[first.weight > 0]
    assert (first.slots.ravel()[asked] == MASK).all()
    assert len(np.unique(asked)) == len(asked)


@pytest.mark.parametrize("layout", ["tile16", "holes64", "holes168"])
def test_holes_hide_what_they_should(shard: Shard, layout: str) -> None:
    """Revealed slots show the window's own tokens, holes lie between their start and end, labels are the tokens that are missing there."""
    window = Windows(shard, 1024, 5, NAMES).window(7, LAYOUTS[layout], Corruption(uncertain=0.0, fully=1.0, region=0.2))
    for row, (start, end) in enumerate(zip(window.start, window.end, strict=True)):
        hole = window.kind[row] > 0
        assert hole.sum() == end - start
        at = np.flatnonzero(hole)[0]
        shown = hole & (window.slots[row] != MASK)
        assert (window.slots[row][shown] == window.ids[start:end][shown[hole]]).all()
        left = int(min(16, start))
        if layout != "tile16":
            assert (window.slots[row, at - left : at] == window.ids[start - left : start]).all()
    k = window.slots.shape[1]
    for at, target, weight in zip(window.target_at, window.target, window.weight, strict=True):
        row, slot = divmod(int(at), k)
        if weight > 0:
            assert window.ids[window.start[row] + window.from_start[row, slot]] == target


def test_memory_is_of_definitions_that_are_named_and_elsewhere(shard: Shard) -> None:
    """Every remembered definition begins with `def` or `class`, stands outside the window, and its name stands inside."""
    windows, vocabulary = Windows(shard, 1024, 5, NAMES), load_tokenizer(WEIGHTS / "nano" / "tokenizer.json")
    seen = 0
    for number in range(12):
        window = windows.window(number, LAYOUTS["holes64"], Corruption(memory=(0.0, 1.0, 0.0, 0.0)))
        inside = vocabulary.text(window.ids)
        for head in window.defined[window.defined_valid.any(1)]:
            seen += 1
            word, name = vocabulary.text(head).replace("(", " ").replace(":", " ").split()[:2]
            assert word in ("def", "class")
            assert name in inside
            assert not any((window.ids[at : at + 12] == head[:12]).all() for at in range(1012))
        assert bool(window.open)
        assert not window.pressed
    assert seen
    assert not windows.window(3, LAYOUTS["tile16"], Corruption(memory=(0.0, 1.0, 0.0, 0.0))).defined_valid.any()


def test_every_token_of_an_epoch_is_seen_once(shard: Shard) -> None:
    """The windows of an epoch do not overlap; the next epoch cuts elsewhere."""
    windows = Windows(shard, 1024, 5, NAMES)
    starts = [windows.start(number) for number in range(windows.count)]
    assert (np.diff(sorted(starts)) == 1024).all()
    assert {start % 1024 for start in starts} != {windows.start(windows.count) % 1024}


@pytest.mark.parametrize("shape", [(16, 16), (48, 16), (16, 64)])
def test_orthogonalised_updates(shape: tuple[int, int]) -> None:
    """Newton–Schulz brings all singular values near one."""
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)).float())
    assert values.min() > 0.4
    assert values.max() < 1.4


@pytest.mark.parametrize(
    ("step", "cooldown", "factor"), [(0, None, 1 / 80), (79, None, 1.0), (10**6, None, 1.0), (150, (100, 200), 0.5), (200, (100, 200), 0.0)]
)
def test_rate(step: int, cooldown: tuple[int, int] | None, factor: float) -> None:
    """Warm-up, constant, linear cool-down."""
    assert rate_factor(step, cooldown) == pytest.approx(factor)


def test_a_run_learns(shard: Shard, tmp_path: Path) -> None:
    """Thirty steps of a tiny net bring both losses down from those of a blind guess; the log has a line for each."""
    run = new_run(shard, tmp_path)
    run.cursor = Cursor(step=WARMUP_STEPS)
    train(run, Limits(steps=30), Stop())
    rows = (tmp_path / "train.csv").read_text().splitlines()
    assert len(rows) == 31
    first, last = (dict(zip(rows[0].split(","), rows[i].split(","), strict=True)) for i in (1, 30))
    assert float(last["lm_loss"]) < float(first["lm_loss"]) - 0.3
    assert run.cursor.tokens == 30 * 2 * 256


def test_a_resumed_run_goes_on_alike(shard: Shard, tmp_path: Path) -> None:
    """Four steps at once and two plus two through the file give the same weights, averages and cursor."""
    whole, first = new_run(shard, tmp_path / "a"), new_run(shard, tmp_path / "b")
    train(whole, Limits(steps=4), Stop())
    train(first, Limits(steps=2), Stop())
    second = new_run(shard, tmp_path / "b")
    torch.nn.init.normal_(second.model.tokens.weight)
    second.cursor = load_state(tmp_path / "b" / "state.pt", second.model, second.ema, second.optimisers)
    train(second, Limits(steps=2), Stop())
    assert replace(second.cursor, minutes=0.0) == replace(whole.cursor, minutes=0.0)
    for name, weight in whole.model.named_parameters():
        torch.testing.assert_close(second.model.get_parameter(name), weight, atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(second.ema.weights[name], whole.ema.weights[name], atol=1e-6, rtol=1e-5)


def test_an_interrupted_save_leaves_the_old_state(shard: Shard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash while saving leaves the last good file in place."""
    run = new_run(shard, tmp_path)
    write_state(tmp_path / "state.pt", capture(run.model, run.ema, run.optimisers, Cursor(step=1)))

    def crash(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(OSError, match="disk full"):
        write_state(tmp_path / "state.pt", capture(run.model, run.ema, run.optimisers, Cursor(step=2)))
    assert load_state(tmp_path / "state.pt", run.model, run.ema, run.optimisers).step == 1


def test_exported_weights_carry_their_cursor(tmp_path: Path) -> None:
    """Float16 averages come back within half precision, with the cursor that they were saved at."""
    weights = {name: weight.detach() for name, weight in Astral(TINY).named_parameters()}
    (tmp_path / WEIGHTS_FILE).write_bytes(packed(weights, Cursor(step=9, tokens=1234, corpus="abc")))
    again, cursor = read_exported(tmp_path)
    assert cursor == Cursor(step=9, tokens=1234, corpus="abc")
    for name, weight in weights.items():
        torch.testing.assert_close(again[name], weight, atol=1e-3, rtol=1e-3)


def test_syntax_errors_weigh_more(shard: Shard) -> None:
    """A hole whose decoded argmax is its own text keeps weight 1; the same hole filled with closing brackets weighs more."""
    names = load_tokenizer(WEIGHTS / "nano" / "tokenizer.json").names
    plain, source, numbers = Corruption(uncertain=0.0, fully=0.0, region=0.0), Windows(shard, 1024, 5, NAMES), range(4)
    batch = stack([source.window(number, LAYOUTS["holes64"], plain) for number in numbers], torch.device("cpu"))
    right = syntax_weights(batch, batch.target, names, numbers, 2)
    wrong = syntax_weights(batch, torch.full_like(batch.target, names.index("<kw>)")), names, numbers, 2)
    assert right.tolist() == [1.0] * len(right)
    rows = set((batch.target_at[wrong > 1] // 64).tolist())
    assert rows
    assert rows <= set(sampled(numbers, 20, 2))


def test_a_run_begins_again_from_shipped_weights(shard: Shard, tmp_path: Path) -> None:
    """Without a state, weights and averages are the shipped ones, and the rate warms up from their step."""
    shipped, run = Astral(TINY), new_run(shard, tmp_path)
    (tmp_path / WEIGHTS_FILE).write_bytes(packed(dict(shipped.named_parameters()), Cursor(step=500)))
    weights, cursor = read_exported(tmp_path)
    start_from(weights, run.model, run.ema)
    for name, weight in shipped.named_parameters():
        torch.testing.assert_close(run.model.get_parameter(name), weight, atol=1e-3, rtol=1e-3)
        torch.testing.assert_close(run.ema.weights[name], run.model.get_parameter(name).detach())
    assert rate_factor(cursor.step, None, cursor.step) == pytest.approx(1 / WARMUP_STEPS)


def test_recipes_follow_their_phases() -> None:
    """The default begins with tiles alone and ends with holes; a step's layout depends on nothing but its number and phase."""
    recipe = RECIPES["curriculum"]
    assert {recipe.layout(step, 0).name for step in range(50)} == {"tile16"}
    late = [recipe.layout(step, 10**9).name for step in range(200)]
    assert late.count("holes64") > 100
    assert late == [recipe.layout(step, 10**9).name for step in range(200)]


def test_sigterm_saves_and_ends_well(shard: Shard, tmp_path: Path) -> None:
    """A terminated run finishes its step, saves, and exits with 0."""
    process = subprocess.Popen([sys.executable, __file__, "endless", str(shard.ids.filename), str(tmp_path)], env=environment())  # type: ignore[attr-defined]  # a memory map
    log = tmp_path / "train.csv"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (log.exists() and log.read_text().count("\n") > 2):
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    run = new_run(shard, tmp_path)
    assert load_state(tmp_path / "state.pt", run.model, run.ema, run.optimisers).step >= 2


def test_workers_draw_what_the_run_would(shard: Shard) -> None:
    """Batches that worker processes draw ahead are those that the process draws itself, in the same order, from any cursor."""
    draw = Draw(Windows(folded(shard), SHORT.length, 5, NAMES), SHORT, Cursor(step=3, windows=6, tokens=1536), Team())
    for alone, ahead, _ in zip(batches(draw, 0, CPU), batches(draw, 2, CPU), range(5), strict=False):
        assert alone.layout == ahead.layout
        assert alone.numbers == ahead.numbers
        mine: list[Tensor] = []
        theirs: list[Tensor] = []
        alone.batch.mapped(mine.append)
        ahead.batch.mapped(theirs.append)
        assert len(mine) == len(theirs) > 20
        for one, other in zip(mine, theirs, strict=True):
            assert one.dtype == other.dtype
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("spread", ["shards", "copies"])
def test_two_processes_are_one(shard: Shard, tmp_path: Path, spread: str) -> None:
    """Twenty steps over two gloo processes, interrupted and resumed half-way, follow the losses of one process.

    Their last state is one that a single process can go on from.
    """
    single = new_run(shard, tmp_path / "one", SHORT)
    train(single, Limits(steps=20), Stop())
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [sys.executable, *launcher, __file__, spread, str(shard.ids.filename), str(tmp_path / "two")]  # type: ignore[attr-defined]  # a memory map
    for _ in range(2):
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    one, two = (columns(tmp_path / name / "train.csv") for name in ("one", "two"))
    for field in ("lm_loss", "slot_loss"):
        np.testing.assert_allclose(two[field], one[field], rtol=2e-2)
    again = new_run(shard, tmp_path / "two")
    assert load_state(tmp_path / "two" / "state.pt", again.model, again.ema, again.optimisers).step == 20
    for name, weight in again.model.named_parameters():
        torch.testing.assert_close(weight, single.model.get_parameter(name), atol=2e-2, rtol=5e-2)


def columns(path: Path) -> dict[str, list[float]]:
    """The losses of a log."""
    rows = [line.split(",") for line in path.read_text().splitlines()]
    return {name: [float(row[i]) for row in rows[1:]] for i, name in enumerate(rows[0]) if name.endswith("_loss")}


def environment() -> dict[str, str]:
    """The environment of a child that shares the machine."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def child(kind: str, ids: str, folder: str) -> None:
    """What the tests' own processes run: an endless run, or a member of a team."""
    from astral_models.train.parallel import join_team
    from astral_models.train.parallel import shard as divide

    corpus = open_shard(Path(ids).parent)
    use_vocabulary((9,))
    run = new_run(corpus, Path(folder))
    if kind != "endless":
        run.team = join_team(run.device, False, kind)  # type: ignore[arg-type]  # one of the two
        divide(run.objective, run.team, run.device)
        run.optimisers, run.ema = new_optimisers(run.objective.model)
        if (run.folder / "state.pt").exists():
            run.cursor = load_state(run.folder / "state.pt", run.model, run.ema, run.optimisers)
    train(run, Limits(steps=1 << 62 if kind == "endless" else 10), Stop())


if __name__ == "__main__":
    child(*sys.argv[1:])
