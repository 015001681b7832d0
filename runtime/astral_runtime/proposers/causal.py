"""A folder of a causal model for transformers (config, tokenizer.json, safetensors), on the GPU where there is one.

The prompt's cache is kept and copied for each pass, in which a branch is read from the prompt's end on: no branch has a cache of its own.
Meant for a GPU, where many short rows cost little; not measured on one.

Glossary
    v: vocabulary    b: branches of a pass    l: tokens of the longest
"""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.backends.protocol import Floats
from astral_runtime.fill import CancelToken
from astral_runtime.proposers.causal_tokens import CausalTokens, tokens_of
from astral_runtime.proposers.protocol import ModelFault
from astral_runtime.proposers.recorded import seen_folder

WINDOW = 2048
"""Tokens of a prompt."""
BRANCHES = 24
LONGEST = 96
"""Tokens that a branch may have, suffix included."""
ROWS = 64
"""Tokens that are appended in one pass."""
PORTION = 256
"""Tokens of a prompt that are read before the token is asked again."""
MISSING = "transformers cannot be used ({why}): pip install 'astral-lsp[transformers]'"


class Causal:
    """A `LanguageModel`. Not thread-safe: its proposer lets one in at a time."""

    def __init__(self, folder: Path, window: int = WINDOW) -> None:
        """Load a folder. Nothing is fetched, no code of it is run, only safetensors are read. Raises ModelLoadError."""
        self.folder = folder
        if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
            raise ModelLoadError(folder, "a folder with config.json, tokenizer.json and *.safetensors is wanted")
        self._own: CausalTokens = tokens_of(folder)
        self._torch, self._model, self._new_cache = _loaded(folder)
        self._takes = "cache" if "cache" in inspect.signature(self._model.forward).parameters else "past_key_values"  # by version
        sizes = self._model.config.get_text_config()
        self.window = max(1, min(window, int(getattr(sizes, "max_position_embeddings", window)) - LONGEST))
        self.tokens = (*self._own.pieces, *[b""] * (int(sizes.vocab_size) - len(self._own.pieces)))
        self.begins, self.ends, self.fim = self._own.begins, self._own.ends, self._own.fim
        self._prompt: list[int] = []
        self._cache: Any = None
        self._behind: Floats | None = None

    @property
    def name(self) -> str:
        """The folder's."""
        return self.folder.name

    @cached_property
    def digest(self) -> str:
        """Of the weights' files together, as `doctor` tells it."""
        return seen_folder(self.folder)

    def encode(self, text: str) -> list[int]:
        """Tokens of plain text."""
        return self._own.encode(text)

    def begin(self, prompt: Sequence[int], cancel: CancelToken) -> CausalBranches:
        """Read a prompt, of one that goes on from the last only what is new. Raises Cancelled, ModelFault."""
        if not 0 < len(prompt) <= self.window:
            raise ModelFault(f"{self.name}: a prompt of {len(prompt)} tokens, where 1 to {self.window} can be read")
        if self._behind is None or list(prompt[: len(self._prompt)]) != self._prompt:
            self._prompt, self._cache, self._behind = [], None, None
        while self._behind is None or len(self._prompt) < len(prompt):
            cancel.check()
            self._read_on(prompt)
        return CausalBranches(self, len(prompt), self._behind)

    def close(self) -> None:
        """Free the model; idempotent."""
        self._model = self._cache = self._behind = None

    def behind(self, rows: Sequence[Sequence[int]], wanted: int) -> list[Floats]:
        """Logits (wanted, v) behind the last tokens of each row, read from the prompt's end on. Raises ModelFault."""
        torch, longest = self._torch, max(len(row) for row in rows)
        ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])
        real = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        seen = torch.cat([torch.ones(len(rows), len(self._prompt), dtype=real.dtype), real], 1)
        cache = copy.deepcopy(self._cache)
        cache.batch_repeat_interleave(len(rows))
        logits = self._pass(ids, cache, seen)
        return [_floats(logits[n, max(0, len(row) - wanted) : len(row)]) for n, row in enumerate(rows)]

    def _read_on(self, prompt: Sequence[int]) -> None:
        part = prompt[len(self._prompt) : len(self._prompt) + PORTION]
        self._cache = self._cache or self._new_cache()
        try:
            logits = self._pass(self._torch.tensor([list(part)]), self._cache, None)
        except ModelFault:
            self._prompt, self._cache, self._behind = [], None, None
            raise
        self._prompt += part
        self._behind = _floats(logits[0, -1:])[0]

    def _pass(self, ids: Any, cache: Any, seen: Any) -> Any:
        """Logits (b, l, v) of tokens behind the prompt as far as it is read; the cache grows by them."""
        if self._model is None:
            raise ModelFault(f"{self.name}: it was closed")
        start, device = len(self._prompt), self._model.device
        at = self._torch.arange(start, start + ids.shape[1], device=device)[None].expand(ids.shape)
        about = {self._takes: cache} | ({} if seen is None else {"attention_mask": seen.to(device)})
        try:
            with self._torch.inference_mode():
                return self._model(ids.to(device), position_ids=at, use_cache=True, **about).logits
        except (RuntimeError, ValueError, IndexError) as wrong:  # a GPU without room among them
            raise ModelFault(f"{self.name}: a pass of {ids.shape[0]} × {ids.shape[1]} tokens failed: {wrong}") from wrong


class CausalBranches:
    """Branches of a prompt that was read: each is the row of its tokens. Valid until the next `begin`."""

    room, rows = BRANCHES, ROWS

    def __init__(self, model: Causal, size: int, logits: Floats) -> None:
        """`size`: tokens of the prompt."""
        self._model, self._size = model, size
        self.logits = logits
        self._rows: dict[int, list[int]] = {}
        self._free = list(range(BRANCHES, 0, -1))

    def fork(self, source: int | None) -> int:
        """A new branch; ValueError when there is no room."""
        if not self._free:
            raise ValueError(f"there are {BRANCHES} branches already")
        branch = self._free.pop()
        self._rows[branch] = [] if source is None else list(self._rows[source])
        return branch

    def drop(self, branch: int) -> None:
        """Forget a branch."""
        del self._rows[branch]
        self._free.append(branch)

    def read(self, rows: Mapping[int, Sequence[int]], cancel: CancelToken) -> Mapping[int, Sequence[Floats]]:
        """Rows of tokens behind some branches: the logits behind each token. Raises Cancelled, ModelFault."""
        cancel.check()
        for branch, row in rows.items():
            self._rows[branch] += row
        behind = self._model.behind([self._rows[branch] for branch in rows], max(map(len, rows.values())))
        return {branch: list(logits[len(logits) - len(row) :]) for (branch, row), logits in zip(rows.items(), behind, strict=True)}


def _floats(tensor: Any) -> Floats:
    return np.asarray(tensor.float().cpu().numpy(), np.float32)


def _loaded(folder: Path) -> tuple[Any, Any, Callable[[], Any]]:
    """torch, the model (its own precision on a GPU, single on a processor), and what makes a cache for it."""
    try:
        torch, transformers = importlib.import_module("torch"), importlib.import_module("transformers")
    except (ImportError, OSError, RuntimeError) as missing:
        raise ModelLoadError(folder, MISSING.format(why=missing)) from missing
    device = "cuda" if torch.cuda.is_available() else "cpu"
    how = {"local_files_only": True, "use_safetensors": True, "trust_remote_code": False}
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="auto" if device == "cuda" else torch.float32, **how)
        return torch, model.to(device).eval(), partial(transformers.DynamicCache, config=model.config)
    except Exception as wrong:  # whatever a config of somebody else's leads to
        raise ModelLoadError(folder, f"transformers cannot load it: {wrong}") from wrong
