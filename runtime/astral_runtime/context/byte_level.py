"""Byte-level vocabularies, as GPT-2 and Qwen spell them in `tokenizer.json`: what bytes each token writes."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def _alphabet() -> dict[str, int]:
    """Characters that stand for bytes: printable ones for themselves, the others by the characters from U+0100 on, in order."""
    printable = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
    others = (byte for byte in range(0x100) if byte not in printable)
    return {chr(byte): byte for byte in printable} | {chr(0x100 + place): byte for place, byte in enumerate(others)}


ALPHABET = _alphabet()


def token_bytes(vocabulary: Mapping[str, int], special: Collection[str] = ()) -> list[bytes]:
    """What each token writes, by id; nothing for special tokens and ids without one. ValueError for a token of another spelling.

    `vocabulary`: `model.vocab` of the file; `special`: contents of its `added_tokens`.
    """
    tokens = [b""] * (max(vocabulary.values(), default=-1) + 1)
    for name, token in vocabulary.items():
        if name in special:
            continue
        if not all(character in ALPHABET for character in name):
            raise ValueError(f"{name!r} is no byte-level token: its vocabulary is of another kind")
        tokens[token] = bytes(ALPHABET[character] for character in name)
    return tokens
