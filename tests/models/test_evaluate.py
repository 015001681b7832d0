"""Evaluation counts what it says, and an export is complete and says where it came from."""

from __future__ import annotations

import argparse
import json
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="evaluation needs the extra 'train' (pip install '.[train]')")
pytest.importorskip("safetensors", reason="export needs the extra 'train'")
pytest.importorskip("matplotlib", reason="the curve needs the extra 'train'")

from astral_models import evaluate as evaluation  # noqa: E402  # after the skip
from astral_models import export as exporting  # noqa: E402
from astral_models.corpus.clean import Source  # noqa: E402
from astral_models.corpus.shards import open_shard, write_shard  # noqa: E402
from astral_models.evaluate import Count, Figures, evaluate, fill, token_classes  # noqa: E402
from astral_models.nano.config import CONFIGS, Config  # noqa: E402
from astral_models.nano.net import Astral  # noqa: E402
from astral_models.paths import WEIGHTS  # noqa: E402
from astral_models.tokenizer import load_tokenizer  # noqa: E402
from astral_models.train.batches import LAYOUTS, Windows, use_vocabulary  # noqa: E402
from astral_models.train.exported import read_exported  # noqa: E402
from astral_models.train.loop import new_optimisers  # noqa: E402
from astral_models.train.losses import stack  # noqa: E402
from astral_models.train.state import Cursor, capture, write_state  # noqa: E402
from astral_runtime.context.tokenise import Tokenizer  # noqa: E402
from astral_runtime.context.vocabulary import MASK, SPECIALS  # noqa: E402

if TYPE_CHECKING:
    from torch import Tensor

    from astral_models.nano.net import Segments

TINY = Config("tiny", 8192, 16, 1, 8, 16, 2, 4, 64, 1, 2, 2, (0,), 8, 4)

NAMES = load_tokenizer(WEIGHTS / "nano" / "tokenizer.json").names


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """The shipped vocabulary."""
    return load_tokenizer(WEIGHTS / "nano" / "tokenizer.json")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Path:
    """A corpus of one module, in both splits."""
    folder = tmp_path_factory.mktemp("data")
    text = (Path(sysconfig.get_path("stdlib")) / "statistics.py").read_text(encoding="utf-8")
    for split in ("train", "dev"):
        write_shard([Source("library", "statistics.py", text)], tokenizer, folder / split)
    return folder


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("<kw>return", "keyword"),
        ("<kw>==", "operator"),
        ("<NEWLINE>", "layout"),
        ('<open>"', "literal"),
        ("▁self", "word"),
        ("▁1", "literal"),
    ],
)
def test_token_classes(tokenizer: Tokenizer, token: str, name: str) -> None:
    """Every token has the class that a reader would give it."""
    assert token_classes(tokenizer.names)[tokenizer.names.index(token)] == name


def test_counts_add_up() -> None:
    """A figure counts under its name and under `all`; shares are right answers over all."""
    figures = Figures()
    figures.add(figures.masked, "keyword", 1)
    figures.add(figures.masked, "operator", 0)
    assert figures.values()["masked"] == {
        "all": {"share": 0.5, "n": 2},
        "keyword": {"share": 1.0, "n": 1},
        "operator": {"share": 0.0, "n": 1},
    }
    assert Count().share == 0.0


def test_an_oracle_scores_everything(data: Path, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that knows the answers gets every hole and every masked token; one that does not gets few."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model, shard = Astral(TINY), open_shard(data / "dev")
    poor = evaluate(model, shard, tokenizer, 1).values()
    truth: list[Tensor] = []
    windows = Windows(shard, 1024, evaluation.SEED, NAMES)
    for corruption in (evaluation.EXACT, evaluation.SINGLE):
        window = windows.window(0, LAYOUTS["holes64"], corruption)
        truth.append(torch.from_numpy(evaluation.truth_of(window)))

    def oracle(_: Astral, __: object, segments: Segments) -> tuple[Tensor, Tensor]:
        ids = next(known for known in truth if torch.equal(torch.where(segments.ids == MASK, known, segments.ids), known))
        return ids, torch.ones(ids.shape)

    monkeypatch.setattr(evaluation, "guess", oracle)
    rich = evaluate(model, shard, tokenizer, 1).values()
    assert rich["masked"]["all"]["share"] == rich["exact"]["all"]["share"] == 1.0
    assert poor["masked"]["all"]["share"] < 0.5
    assert rich["exact"]["all"]["n"] >= 3


def test_fill_leaves_no_mask(data: Path, tokenizer: Tokenizer) -> None:
    """Decoding commits every slot, keeps what was revealed, and never says a special token."""
    use_vocabulary(tokenizer.word("bool"))
    model = Astral(TINY).eval()
    window = Windows(open_shard(data / "dev"), 1024, 3, NAMES).window(0, LAYOUTS["holes64"], evaluation.EXACT)
    batch = stack([window], torch.device("cpu"))
    with torch.no_grad():
        filled = fill(model, model.encode(batch.ids, batch.ast), batch.segments)
    masked = batch.segments.ids == MASK
    assert not (filled == MASK).any()
    assert torch.equal(filled[~masked], batch.segments.ids[~masked])
    assert (filled[masked] >= len(SPECIALS)).all()


def test_export_is_complete(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of weights has weights, vocabulary, manifest, curve and card; its hash and cursor are those of the run.

    The graphs, which take long to trace, are those of tests/denoise/test_export.py's concern.
    """
    monkeypatch.setitem(CONFIGS, "tiny", TINY)
    monkeypatch.setattr(exporting, "structures", lambda model: {})
    monkeypatch.setattr(exporting, "cost_in_nats", lambda *_: {"denoiser.onnx": 1.0})
    model = Astral(TINY)
    optimisers, ema = new_optimisers(model)
    write_state(tmp_path / "run" / "state.pt", capture(model, ema, optimisers, Cursor(step=3, tokens=4096, corpus="c0ffee")))
    options = argparse.Namespace(config="tiny", data=data, windows=1, run="run", recipe="curriculum")
    exporting.export(options, tmp_path / "run", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "model.safetensors",
        "tokenizer.json",
        "model.json",
        "curve.png",
        "CARD.md",
    }
    record = json.loads((tmp_path / "out" / "model.json").read_text())
    weights, cursor = read_exported(tmp_path / "out")
    assert cursor.corpus == record["training"]["corpus"] == "c0ffee"
    assert record["recipe"] == "curriculum"
    assert record["figures"]["masked"]["all"]["n"] > 0
    assert record["files"]["model.safetensors"]["sha256"] in (tmp_path / "out" / "CARD.md").read_text(encoding="utf-8")
    np.testing.assert_allclose(weights["tokens.weight"], ema.weights["tokens.weight"], atol=1e-3)
