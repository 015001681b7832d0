"""Repository memory: what a hole's neighbourhood names and cannot see is found in the workspace, read once, and never run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from astral_native import Snapshot
from astral_runtime.backends.onnx import Model
from astral_runtime.context.repository import HEAD_TOKENS, OPEN, NoMemory, Repository
from astral_runtime.document import DocumentSnapshot

FILLER = "\n".join(f"filler_{n} = [{n}, {n}, {n}, {n}, {n}, {n}]" for n in range(80)) + "\n"
"""More tokens than the network sees on one side of a hole."""

FILES = {
    "shop/__init__.py": "from .goods import Crate\n",
    "shop/goods.py": "class Item:\n    name: str\n\n    def price(self) -> int:\n        return 1\n\n\nclass Crate:\n    pass\n",
    "shop/deep/far.py": "def distance(a: int) -> int:\n    return a\n",
    "many.py": "".join(f"class C{n}:\n    def run(self) -> None: ...\n" for n in range(6)),
    "raises.py": "def careful(x: int) -> int:\n    return x\n\n\nraise SystemExit('a workspace file was run')\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small workspace, and a file beside it that is none of its own."""
    for name, text in {**FILES, "../outside.py": "def stranger() -> None: ...\n"}.items():
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "work"


def remembered(model: Model, root: Path, text: str, name: str = "shop/cart.py", expected: str | None = None) -> list[str]:
    """First lines of the definitions that are remembered for the `...` of a text."""
    document = DocumentSnapshot(root / name, Snapshot(text), root=root)
    tokens, at = model.tokenizer.tokens(document.native), text.index("...")
    found = Repository(model.denoiser, model.tokenizer).heads(document, tokens, *tokens.at(at, at + 3), expected)
    assert all(head.shape[1] <= HEAD_TOKENS for head in found)
    return [model.tokenizer.text(head[0]).split(":")[0].split("(")[0] for head in found]


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("from shop.goods import Item\nx = Item\ny = ...\n", None, ["class Item"]),
        ("from .goods import Item\nx = Item\ny = ...\n", None, ["class Item"]),
        ("from .deep import far\ny = far.distance(...)\n", None, ["def distance"]),
        ("from .goods import Item\ny = Item().price() + ...\n", None, ["def price", "class Item"]),
        ("import shop\ny = shop.Crate if ... else None\n", None, ["class Crate"]),
        ("from .goods import *\ny = ...\n", "list[Crate]", ["class Crate"]),
        (f"def here(a):\n    return a\n{FILLER}y = here(...)\n", None, ["def here"]),
        ("def here(a):\n    return a\ny = here(...)\n", None, []),
        (f"def Item(a):\n    return a\n{FILLER}from .goods import *\ny = Item(...)\n", None, ["def Item"]),
        ("from raises import careful\ny = careful(...)\n", None, ["def careful"]),
        ("from many import *\ny = run(...)\n", None, []),
        ("from ..outside import stranger\ny = stranger(...)\n", None, []),
        ("from outside import stranger\ny = stranger(...)\n", None, []),
        ("from nowhere import thing\ny = thing(...)\n", None, []),
        ("def broken(:\n  from .goods import Item\ny = Item, ...\n", None, ["class Item"]),
    ],
)
def test_definitions_that_are_named_and_out_of_sight(model: Model, root: Path, text: str, expected: str | None, found: list[str]) -> None:
    """Own definitions before imported ones, σ before the neighbourhood; what is in sight, ambiguous or outside the workspace is left out."""
    assert remembered(model, root, text, expected=expected) == found


def test_keys_are_bounded_and_the_same_again(model: Model, root: Path) -> None:
    """A few definitions are keys themselves, the rest become K latents, however many there are."""
    names = [f"thing{n}" for n in range(20)]
    (root / "things.py").write_text("".join(f"def {name}(a: int) -> int:\n    return a\n\n\n" for name in names))
    text = f"from things import *\n{' , '.join(names)}\ny = ...\n"
    document, repository = DocumentSnapshot(root / "x.py", Snapshot(text), root=root), Repository(model.denoiser, model.tokenizer)
    tokens, at = model.tokenizer.tokens(document.native), text.index("...")
    place = tokens.at(at, at + 3)
    keys, latents = repository.keys(document, tokens, *place), 64
    heads = repository.heads(document, tokens, *place)
    stride = model.denoiser.sizes.memory_stride
    assert len(heads) == 20
    assert len(keys) == sum(head.shape[1] // stride for head in heads[:OPEN]) + latents
    assert np.isfinite(keys).all()
    np.testing.assert_array_equal(repository.keys(document, tokens, *place), keys)


def test_a_file_that_changed_is_read_again(model: Model, root: Path) -> None:
    """What is remembered of a file lasts as long as the file stays as it was."""
    text = "from shop.goods import Fruit\ny = Fruit(...)\n"
    assert remembered(model, root, text) == []
    (root / "shop/goods.py").write_text("class Fruit:\n    pass\n")
    assert remembered(model, root, text) == ["class Fruit"]


def test_the_ablation_remembers_nothing(model: Model, root: Path) -> None:
    """Without repository memory there are no keys where there would be some, and they have the width of the others."""
    text, width = "from shop.goods import Item\nx = Item\ny = ...\n", model.denoiser.sizes.d_model
    document, place = DocumentSnapshot(root / "x.py", Snapshot(text), root=root), (5, 5)
    tokens = model.tokenizer.tokens(document.native)
    assert len(Repository(model.denoiser, model.tokenizer).keys(document, tokens, *place))
    assert NoMemory(width).keys(document, tokens, *place).shape == (0, width)


def test_a_file_that_appears_is_found(model: Model, root: Path) -> None:
    """Which files there are is looked up for every question, in packages that are new and in those that were there."""
    beside, below = "from .late import after\ny = after(...)\n", "from .fresh.later import soon\ny = soon(...)\n"
    assert remembered(model, root, beside) == remembered(model, root, below) == []
    (root / "shop" / "late.py").write_text("def after() -> None: ...\n")
    (root / "shop" / "fresh").mkdir()
    (root / "shop" / "fresh" / "later.py").write_text("def soon() -> None: ...\n")
    assert remembered(model, root, beside) == ["def after"]
    assert remembered(model, root, below) == ["def soon"]
    (root / "shop" / "late.py").unlink()
    assert remembered(model, root, beside) == []
