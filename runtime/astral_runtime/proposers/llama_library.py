"""llama.cpp through llama-cpp-python's bindings: a model, a context, passes over rows of tokens. Nothing here knows what they are for."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.backends.protocol import Floats
from astral_runtime.proposers.protocol import Fim, ModelFault

log = logging.getLogger(__name__)

ERROR = 4
"""ggml's level of messages that are passed on to our log."""
SPINS = "1000"
"""How long llama.cpp's threads wait for each other by turning round before they sleep: with other work on all cores the default of
libgomp made a pass five times slower."""
LONGEST_PIECE = 1024
"""Bytes that a token may write."""


@dataclass(frozen=True, slots=True)
class Row:
    """One token of a pass: its sequence, its place in it, and whether the logits behind it are wanted."""

    token: int
    position: int
    sequence: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a file says of its tokens: bytes that each writes, what begins a text, what ends one, and the three that mark a middle."""

    tokens: tuple[bytes, ...]
    begins: tuple[int, ...]
    ends: frozenset[int]
    fim: Fim | None


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a context, in tokens: cells of its cache, sequences, rows of a pass, rows whose logits are wanted; and threads."""

    cells: int
    sequences: int
    rows: int
    wanted: int
    threads: int


class LlamaContext:
    """A loaded file with one context. Not thread-safe. Every call but `close` raises ModelFault when llama.cpp refuses."""

    def __init__(self, path: Path, shape: Shape) -> None:
        """Raises ModelLoadError. The file must have been looked at before: llama.cpp trusts what it reads."""
        self._cpp = _bindings(path)
        self._path, self._shape = path, shape
        with contextlib.ExitStack() as made:
            self._model = _kept(made, self._load(), self._cpp.llama_model_free, path, "llama.cpp cannot read it")
            self._vocabulary = self._cpp.llama_model_get_vocab(self._model)
            self._size: int = self._cpp.llama_vocab_n_tokens(self._vocabulary)
            self._context = _kept(made, self._make(), self._cpp.llama_free, path, "there is no memory for a context")
            self._memory = self._cpp.llama_get_memory(self._context)
            self._batch = self._cpp.llama_batch_init(shape.rows, 0, 1)
            made.callback(self._cpp.llama_batch_free, self._batch)
            self._made = made.pop_all()

    def close(self) -> None:
        """Free everything; idempotent."""
        self._made.close()

    def trained_for(self) -> int:
        """Tokens of a context that the model was trained for."""
        return int(self._cpp.llama_model_n_ctx_train(self._model))

    def vocabulary(self) -> Vocabulary:
        """Read from the file. Takes half a second for 262,144 tokens."""
        cpp, own = self._cpp, self._vocabulary
        ends = frozenset(token for token in range(self._size) if cpp.llama_vocab_is_eog(own, token))
        begins = (int(cpp.llama_vocab_bos(own)),) if cpp.llama_vocab_get_add_bos(own) else ()
        marks = [int(of(own)) for of in (cpp.llama_vocab_fim_pre, cpp.llama_vocab_fim_suf, cpp.llama_vocab_fim_mid)]
        return Vocabulary(tuple(self._pieces()), begins, ends, Fim(*marks) if min(marks) >= 0 else None)

    def encode(self, text: str) -> list[int]:
        """Tokens of plain text."""
        data = text.encode()
        room = len(data) + 8
        found = (self._cpp.llama_token * room)()
        count = self._cpp.llama_tokenize(self._vocabulary, data, len(data), found, room, False, False)
        if count < 0:
            raise ModelFault(f"{self._path.name}: a text of {len(data)} bytes has more tokens than that")
        return list(found[:count])

    def read(self, rows: Sequence[Row]) -> list[Floats]:
        """One pass: the logits (v,) behind each wanted row, in order, where llama.cpp has them: the next pass writes over them.

        At most `Shape.rows` rows, `Shape.wanted` of them wanted.
        """
        batch = self._batch
        batch.n_tokens = len(rows)
        for place, row in enumerate(rows):
            batch.token[place], batch.pos[place] = row.token, row.position
            batch.n_seq_id[place], batch.seq_id[place][0] = 1, row.sequence
            batch.logits[place] = int(row.wanted)
        if code := self._cpp.llama_decode(self._context, batch):
            raise ModelFault(f"{self._path.name}: llama.cpp refused a pass of {len(rows)} tokens (code {code})")
        wanted = [place for place, row in enumerate(rows) if row.wanted]
        return [self._logits(place) for place in wanted]

    def copy(self, source: int, target: int) -> None:
        """A sequence that begins with all of another."""
        self._cpp.llama_memory_seq_cp(self._memory, source, target, 0, -1)

    def forget(self, sequence: int, start: int) -> bool:
        """Forget a sequence from a position on; False where only all of it can be forgotten."""
        return bool(self._cpp.llama_memory_seq_rm(self._memory, sequence, start, -1))

    def clear(self) -> None:
        """Forget all sequences."""
        self._cpp.llama_memory_clear(self._memory, True)

    def _load(self) -> Any:
        wish = self._cpp.llama_model_default_params()
        wish.use_extra_bufts = False  # AMX tiles, which many virtual machines announce and then refuse: the process would die
        return self._cpp.llama_model_load_from_file(str(self._path).encode(), wish)

    def _make(self) -> Any:
        wish, shape = self._cpp.llama_context_default_params(), self._shape
        wish.n_ctx, wish.n_seq_max = shape.cells, shape.sequences
        wish.n_batch = wish.n_ubatch = shape.rows
        wish.n_outputs_max = max(shape.wanted, shape.sequences)  # llama.cpp ends the process where there are fewer
        wish.n_threads = wish.n_threads_batch = shape.threads
        wish.kv_unified = True  # a copied sequence shares its cells
        wish.swa_full = True  # a window that slides would forget what the next question has in common with this one
        return self._cpp.llama_init_from_model(self._model, wish)

    def _pieces(self) -> Iterator[bytes]:
        room = ctypes.create_string_buffer(LONGEST_PIECE)
        for token in range(self._size):
            size = self._cpp.llama_token_to_piece(self._vocabulary, token, room, LONGEST_PIECE, 0, False)
            yield room.raw[: max(0, size)]

    def _logits(self, place: int) -> Floats:
        return np.ctypeslib.as_array(self._cpp.llama_get_logits_ith(self._context, place), (self._size,))


def _kept(made: contextlib.ExitStack, pointer: Any, free: Any, path: Path, why: str) -> Any:
    if not pointer:
        raise ModelLoadError(path, f"{why}{_told()}")
    made.callback(free, pointer)
    return pointer


_said: list[str] = []
_heard: list[Any] = []
_saying = threading.Lock()


def _told() -> str:
    """What llama.cpp complained of last."""
    with _saying:
        last = _said[-1:]
        _said.clear()
    return f": {last[0]}" if last else ""


@cache  # failures are not kept: the package may come
def _bindings(path: Path) -> Any:
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    try:
        cpp = importlib.import_module("llama_cpp")
    except (ImportError, OSError, RuntimeError) as missing:
        raise ModelLoadError(path, f"llama-cpp-python cannot be used ({missing}): pip install 'astral-lsp[lm]'") from missing

    def hear(level: int, text: bytes, user_data: object) -> None:
        message = text.decode(errors="replace").strip()
        if level == ERROR and message:
            log.warning("llama.cpp: %s", message)
            with _saying:
                _said.append(message)

    hear_all = cpp.llama_log_callback(hear)
    cpp.llama_log_set(hear_all, None)
    _heard.append(hear_all)  # it must live as long as the library, which calls it
    cpp.llama_backend_init()
    return cpp
