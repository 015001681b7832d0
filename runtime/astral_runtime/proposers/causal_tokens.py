"""Tokens of a tokenizer.json as bytes: byte-level and SentencePiece vocabularies; tokens that mark a middle, begin and end a text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.proposers.protocol import Fim

BLANK = "▁"
PREFIX = ("<|fim_prefix|>", "<fim_prefix>", "<fim-prefix>", "▁<PRE>", "<PRE>", "<｜fim▁begin｜>")
SUFFIX = ("<|fim_suffix|>", "<fim_suffix>", "<fim-suffix>", "▁<SUF>", "<SUF>", "<｜fim▁hole｜>")
MIDDLE = ("<|fim_middle|>", "<fim_middle>", "<fim-middle>", "▁<MID>", "<MID>", "<｜fim▁end｜>")
"""As Qwen and CodeGemma, StarCoder and Granite, SantaCoder, CodeLlama and DeepSeek write them."""


@dataclass(frozen=True, slots=True)
class CausalTokens:
    """`pieces`: what each token writes, by id, b"" for control tokens. `begins`: what a text begins with; `ends`: what says it is over."""

    tokenizer: Tokenizer
    pieces: tuple[bytes, ...]
    begins: tuple[int, ...]
    ends: frozenset[int]
    fim: Fim | None

    def encode(self, text: str) -> list[int]:
        """Tokens of plain text: nothing in it is taken for a control token, nothing is put in front."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)


def tokens_of(folder: Path) -> CausalTokens:
    """Of the tokenizer in a model's folder. Raises ModelLoadError."""
    path = folder / "tokenizer.json"
    try:
        told = json.loads(path.read_bytes())
        kind = _kind(told)
        tokenizer = Tokenizer.from_str(json.dumps(_without_blank_in_front(told)))
    except Exception as wrong:  # tokenizers raises bare Exceptions for what it does not understand
        raise ModelLoadError(path, f"it is no tokenizer that can be read: {wrong}") from wrong
    tokenizer.encode_special_tokens = True  # what looks like a control token in code is text
    added = {int(each["id"]): each for each in told.get("added_tokens", [])}
    control = frozenset(number for number, each in added.items() if each["special"])
    size = tokenizer.get_vocab_size(with_added_tokens=True)
    names = [tokenizer.id_to_token(number) or "" for number in range(max([size, *(number + 1 for number in added)]))]
    pieces = [b"" if n in control else name.encode() if n in added else _bytes(name, kind) for n, name in enumerate(names)]
    begins = _begins(tokenizer, control)
    return CausalTokens(tokenizer, tuple(pieces), begins, control, _fim({name: n for n, name in enumerate(names)}))


def _kind(told: Mapping[str, Any]) -> str:
    decoder = json.dumps(told.get("decoder") or told.get("pre_tokenizer") or {})
    return "bytes" if '"ByteLevel"' in decoder else "blanks"


def _without_blank_in_front(told: dict[str, Any]) -> dict[str, Any]:
    """The same tokenizer, which puts no blank in front of a text: a hole's text goes on from what stands before it."""
    for part in _parts(told):
        if part.get("type") == "Metaspace":
            part["prepend_scheme"] = "never"
        elif part.get("type") == "ByteLevel":
            part["add_prefix_space"] = False
    normalizer = told.get("normalizer") or {}
    if normalizer.get("type") == "Prepend":
        told["normalizer"] = None
    elif normalizer.get("type") == "Sequence":
        normalizer["normalizers"] = [each for each in normalizer["normalizers"] if each.get("type") != "Prepend"]
    return told


def _parts(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pre-tokenizers, those of a sequence one by one."""
    first = told.get("pre_tokenizer") or {}
    return [first, *first.get("pretokenizers", [])]


def _bytes(name: str, kind: str) -> bytes:
    if kind == "bytes":
        return bytes(BYTE_OF[char] for char in name) if all(char in BYTE_OF for char in name) else b""
    if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):
        return bytes([int(name[3:5], 16)])
    return name.replace(BLANK, " ").encode()


def _byte_of() -> dict[str, int]:
    """The letters that byte-level vocabularies write bytes as: printable ones as themselves, the others from U+0100 on, in order."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + n): byte for n, byte in enumerate(rest)}


BYTE_OF = _byte_of()


def _begins(tokenizer: Tokenizer, control: frozenset[int]) -> tuple[int, ...]:
    """What the tokenizer puts in front of a text by itself."""
    found: list[int] = []
    for number in tokenizer.encode("a", add_special_tokens=True).ids:
        if number not in control:
            break
        found.append(number)
    return tuple(found)


def _fim(ids: Mapping[str, int]) -> Fim | None:
    found = [next((ids[name] for name in names if name in ids), None) for names in (PREFIX, SUFFIX, MIDDLE)]
    prefix, suffix, middle = found
    return None if prefix is None or suffix is None or middle is None else Fim(prefix, suffix, middle)
