"""A folder for transformers as a language model: its tokens write what was encoded, its branches say what a plain pass says, it fills holes."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from astral_native import Snapshot
from astral_runtime.bundled import NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Cancelled, CancelToken
from astral_runtime.proposers.causal_tokens import CausalTokens, tokens_of
from astral_runtime.proposers.local import LocalModel
from astral_runtime.proposers.proposer import LanguageModelProposer
from astral_runtime.proposers.protocol import Asked, Fim, LanguageModel, ModelFault

CODE = ["def mean(values):\n    total = 0.0\n    for value in values:\n        total += value\n    return total / len(values)\n"] * 3
MARKS = ["<bos>", "<eos>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>"]


def byte_level() -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=True), decoders.ByteLevel()
    every = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(CODE, trainers.BpeTrainer(vocab_size=400, special_tokens=MARKS, initial_alphabet=every, show_progress=False))
    return made


def blanks() -> Tokenizer:
    """As SentencePiece writes them: ▁ for a blank, one put in front, bytes for what is in no piece."""
    made = Tokenizer(models.BPE(byte_fallback=True, unk_token=None))
    made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(prepend_scheme="always", split=False), decoders.Metaspace()
    fallback = [f"<0x{byte:02X}>" for byte in range(256)]
    made.train_from_iterator(CODE, trainers.BpeTrainer(vocab_size=600, special_tokens=[*MARKS, *fallback], show_progress=False))
    told = json.loads(made.to_str())
    told["added_tokens"] = [each for each in told["added_tokens"] if each["content"] in MARKS]
    return Tokenizer.from_str(json.dumps(told))


def saved(made: Tokenizer, folder: Path) -> CausalTokens:
    made.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", made.token_to_id("<bos>"))])
    made.save(str(folder / "tokenizer.json"))
    return tokens_of(folder)


@pytest.fixture(scope="module", params=[byte_level, blanks], ids=["byte-level", "blanks"])
def tokens(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CausalTokens:
    return saved(request.param(), tmp_path_factory.mktemp("tokens"))


@settings(deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="▁"), max_size=40)
    | st.sampled_from(["<eos>", "a<fim_middle>b", "  x\n\ty", *CODE])
)
def test_tokens_write_what_was_encoded(tokens: CausalTokens, text: str) -> None:
    """Whatever the text is: nothing in it is a control token, nothing is put in front. SentencePiece cannot tell its ▁ from a blank."""
    assert b"".join(tokens.pieces[each] for each in tokens.encode(text)) == text.encode()


def test_control_tokens_are_known(tokens: CausalTokens) -> None:
    """They write nothing, mark middles, begin and end texts."""
    ids = {name: tokens.tokenizer.token_to_id(name) for name in MARKS}
    assert [tokens.pieces[ids[name]] for name in MARKS] == [b""] * len(MARKS)
    assert tokens.fim == Fim(ids["<fim_prefix>"], ids["<fim_suffix>"], ids["<fim_middle>"])
    assert tokens.begins == (ids["<bos>"],)
    assert ids["<eos>"] in tokens.ends


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of random weights."""
    torch = pytest.importorskip("torch", reason="pip install 'astral-lsp[transformers]'")
    transformers = pytest.importorskip("transformers", reason="pip install 'astral-lsp[transformers]'")
    made = tmp_path_factory.mktemp("tiny")
    size = len(saved(byte_level(), made).pieces)
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    config = transformers.LlamaConfig(vocab_size=size + 5, max_position_embeddings=1024, initializer_range=0.3, **shape)
    transformers.LlamaForCausalLM(config).save_pretrained(made)
    return made


@pytest.fixture(scope="module")
def model(folder: Path) -> LanguageModel:
    from astral_runtime.proposers.causal import Causal

    return Causal(folder)


def plain(folder: Path, row: list[int]) -> Any:
    """Log-probabilities (l, v) of one row, by a pass of its own."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.inference_mode():
        return AutoModelForCausalLM.from_pretrained(folder)(torch.tensor([row])).logits[0].log_softmax(-1).numpy()


def log_softmax(logits: Any) -> Any:
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def test_branches_say_what_a_plain_pass_says(folder: Path, model: LanguageModel) -> None:
    """Behind the prompt, behind forks of forks, and for rows of several lengths at once."""
    prompt = model.encode(CODE[0])
    branches = model.begin(prompt, CancelToken())
    np.testing.assert_allclose(log_softmax(branches.logits), plain(folder, prompt)[-1], atol=1e-4)
    first = branches.fork(None)
    branches.read({first: [70]}, CancelToken())
    second = branches.fork(first)
    rows = {first: [71, 81, 82, 83], second: [72, 91], branches.fork(None): [95]}
    behind = branches.read(rows, CancelToken())
    for (branch, row), before in zip(rows.items(), ([70], [70], []), strict=True):
        told = plain(folder, [*prompt, *before, *row])
        np.testing.assert_allclose(log_softmax(behind[branch]), told[len(prompt) + len(before) :], atol=1e-4)


def test_a_prompt_that_goes_on_is_read_on(folder: Path, model: LanguageModel) -> None:
    """The answer is that of a prompt read from its beginning; so it is after another prompt."""
    long = model.encode(CODE[0] * 20)
    for prompt in (long[:300], long, long[5:40], long[:300]):
        np.testing.assert_allclose(log_softmax(model.begin(prompt, CancelToken()).logits), plain(folder, prompt)[-1], atol=1e-3)


def test_bounds_and_cancels(model: LanguageModel) -> None:
    """Room for so many branches; a prompt within the window; a set token ends the reading, and the next question is answered."""
    with pytest.raises(ModelFault, match="can be read"):
        model.begin([1] * (model.window + 1), CancelToken())
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        model.begin([7, 8, 9], token)
    branches = model.begin([1, 2, 3], CancelToken())
    own = [branches.fork(None) for _ in range(branches.room)]
    with pytest.raises(ValueError, match="branches already"):
        branches.fork(None)
    branches.drop(own[0])
    assert branches.fork(None) == own[0]


def test_it_fills_a_hole_with_what_parses(folder: Path, tmp_path: Path) -> None:
    """Random weights write nonsense; under the grammar's masks it is an expression."""
    document = DocumentSnapshot(tmp_path / "mean.py", Snapshot("def f(values):\n    return ...\n"), root=tmp_path)
    opened = LocalModel(folder).open()
    assert isinstance(opened, LanguageModelProposer), opened
    found = opened.propose(document, document.holes()[0], Asked(), CancelToken(), lambda step: None)
    assert found
    for fill in found:
        ast.parse(fill.text, mode="eval")


WRONG = {
    "no model in it": {},
    "no tokenizer": {"config.json": "{}", "model.safetensors": ""},
    "pickled": {"config.json": "{}", "pytorch_model.bin": "x"},
}


@pytest.mark.parametrize("files", WRONG.values(), ids=WRONG)
def test_a_folder_that_is_none_is_said(tmp_path: Path, files: dict[str, str]) -> None:
    """The reason names the folder; pickled weights are not read."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    opened = LocalModel(tmp_path).open()
    assert isinstance(opened, NoModel)
    assert str(tmp_path) in opened.why


def test_a_folder_of_another_kind_is_said(folder: Path, tmp_path: Path) -> None:
    """A config that asks for code of its own is refused with transformers' reason."""
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "own", "auto_map": {"AutoModelForCausalLM": "own.Model"}}))
    opened = LocalModel(tmp_path).open()
    assert isinstance(opened, NoModel)
    assert "transformers cannot load it" in opened.why
