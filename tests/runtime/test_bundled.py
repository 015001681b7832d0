"""The bundled model: loaded once and when needed; whatever is wrong with the weights, fills go on and the reason is said."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.bundled import Bundled, NoModel
from astral_runtime.denoise.warm import WarmModel
from astral_runtime.document import DocumentSnapshot, filled
from astral_runtime.fill import Cancelled, CancelToken, Deadline, FillOptions, Progress
from astral_runtime.holes import Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.types.client import Oracle, OracleSettings

TINY = Path(__file__).resolve().parents[1] / "denoise" / "tiny"
"""A net of random weights: what it proposes is no use, how it is treated is the same."""

SOURCE = "def total(prices: list[float], rate: float) -> float:\n    subtotal = sum(prices)\n    return subtotal * ...\n"


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    started = Oracle(OracleSettings(root=tmp_path_factory.mktemp("root")))
    yield started
    started.close()


def document(oracle: Oracle, tmp_path: Path) -> DocumentSnapshot:
    return DocumentSnapshot(tmp_path / "prices.py", Snapshot(SOURCE), version=7, root=tmp_path)


def test_proposals_of_both_are_weighed_together(oracle: Oracle, tmp_path: Path) -> None:
    """Every stage took place, each candidate names its source once, steps count on and t never rises."""
    opened, steps = document(oracle, tmp_path), list[Progress]()
    pipeline = Pipeline(oracle, Bundled(TINY))
    fill = pipeline.fill(opened, opened.holes()[0], FillOptions(400, 120_000), CancelToken(), steps.append)
    assert set(fill.timings_ms) == {"search", "denoise", "energy", "tests", "verify", "total"}
    assert filled.cache_info().currsize == 0
    assert {candidate.source for candidate in fill.candidates} == {"search", "denoiser"}
    assert len({candidate.text for candidate in fill.candidates}) == len(fill.candidates)
    assert fill.status == "accepted"
    assert [step.step for step in steps] == list(range(len(steps)))
    assert [step.t for step in steps] == sorted((step.t for step in steps), reverse=True)
    assert any(step.confidence for step in steps)


@pytest.mark.parametrize("proposer", ["search", "denoiser"])
def test_only_those_who_are_asked_propose(oracle: Oracle, tmp_path: Path, proposer: str) -> None:
    """Search alone is still ordered by energy; the denoiser alone has nothing of search's."""
    opened = document(oracle, tmp_path)
    options = FillOptions(20, 120_000, (proposer,))  # type: ignore[arg-type]  # a parametrized Source
    fill = Pipeline(oracle, Bundled(TINY)).fill(opened, opened.holes()[0], options, CancelToken(), lambda step: None)
    assert {candidate.source for candidate in fill.candidates} == {proposer}
    assert "energy" in fill.timings_ms


def test_a_line_that_was_all_of_its_block_is_denoised_inside_it(oracle: Oracle, tmp_path: Path) -> None:
    """The file without it has no block at all: the denoiser reads the line as a statement that stands there, indented as it was."""
    line = "        return self.first\n"
    text = f"class Pair:\n    def left(self) -> int:\n{line}\n    def right(self) -> int:\n        return self.second\n"
    start = text.index(line)
    opened = DocumentSnapshot(tmp_path / "pair.py", Snapshot(text), version=1, root=tmp_path)
    for shown, end in ((opened, start + len(line)), (DocumentSnapshot(opened.path, Snapshot(text.replace(line, "")), 1, tmp_path), start)):
        hole = Hole("r1", "region", Span(start, end))
        fill = Pipeline(oracle, Bundled(TINY)).fill(shown, hole, FillOptions(20, 120_000, ("denoiser",)), CancelToken(), lambda step: None)
        texts = [candidate.text for candidate in fill.candidates]
        assert texts
        for candidate in texts:
            assert len(candidate) - len(candidate.lstrip(" ")) == 8, candidate
            ast.parse(text.replace(line, candidate))


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _cut(folder: Path) -> None:
    data = (folder / "encoder.onnx").read_bytes()
    (folder / "encoder.onnx").write_bytes(data[: len(data) // 2])


def _altered(folder: Path) -> None:
    data = bytearray((folder / "denoiser.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "denoiser.onnx").write_bytes(bytes(data))


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (shutil.rmtree, "cannot be opened"),
    "no manifest": (_without("model.json"), "model.json: it cannot be opened"),
    "no weights": (_without("model.safetensors"), "model.safetensors: it cannot be opened"),
    "truncated": (_cut, "the manifest says"),
    "altered": (_altered, "it was altered"),
}


@pytest.mark.parametrize(("damage", "why"), DAMAGE.values(), ids=DAMAGE)
def test_broken_weights_leave_search(oracle: Oracle, tmp_path: Path, damage: Callable[[Path], None], why: str) -> None:
    """Search fills, nobody else is named, and the source of the model says what is wrong with which file."""
    weights = tmp_path / "weights"
    shutil.copytree(TINY, weights)
    damage(weights)
    model, opened = Bundled(weights), document(oracle, tmp_path)
    fill = Pipeline(oracle, model).fill(opened, opened.holes()[0], FillOptions(5, 60_000), CancelToken(), lambda step: None)
    assert fill.status == "accepted"
    assert fill.candidates[0].text == "rate"
    assert {candidate.source for candidate in fill.candidates} == {"search"}
    assert isinstance(model.opened, NoModel)
    assert why in model.opened.why


def test_the_model_is_loaded_once_and_only_when_needed() -> None:
    """A server that fills nothing loads nothing."""
    model = Bundled(TINY)
    assert model.opened is None
    assert isinstance(model.open(), WarmModel)
    assert model.open() is model.open() is model.opened


def test_a_stage_ends_with_its_time_or_with_the_fill() -> None:
    """A deadline cancels its own stage only; a cancelled fill cancels every stage."""
    whole = CancelToken()
    late, early = Deadline(whole, 0), Deadline(whole, 60_000)
    assert late.cancelled
    assert late.left_ms <= 0 < early.left_ms <= 60_000 < whole.left_ms
    with pytest.raises(Cancelled):
        late.check()
    early.check()
    assert not whole.cancelled
    whole.cancel()
    assert early.cancelled


def test_a_fill_without_time_for_the_model_still_has_what_search_found(oracle: Oracle, tmp_path: Path) -> None:
    """The model's stages are left when their time is over; verification has what remains."""
    opened = document(oracle, tmp_path)
    oracle.contexts(opened, opened.holes(), 60_000)
    model = Bundled(TINY)
    model.open()
    fill = Pipeline(oracle, model).fill(opened, opened.holes()[0], FillOptions(5, 60), CancelToken(), lambda step: None)
    assert "rate" in [candidate.text for candidate in fill.candidates]
