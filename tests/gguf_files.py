"""Small GGUF files, written for tests: real headers, tensors of zeros."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

STRING, ARRAY, UINT32, UINT64 = 8, 9, 4, 10

CODER = {
    "general.architecture": "qwen2",
    "general.name": "Tiny Coder",
    "general.license": "apache-2.0",
    "general.size_label": "3K",
    "qwen2.context_length": 4096,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.tokens": ["a", "b", "é"],
    "tokenizer.ggml.fim_pre_token_id": 7,
    "tokenizer.ggml.fim_suf_token_id": 8,
    "tokenizer.ggml.fim_mid_token_id": 9,
    "tokenizer.chat_template": "{{ ''.__class__ }}",
}


@dataclass(frozen=True)
class Tensor:
    """One tensor as the header claims it."""

    name: str = "token_embd.weight"
    shape: tuple[int, ...] = (32, 3)
    kind: int = 2  # Q4_0
    offset: int = 0


def string(text: str) -> bytes:
    """A length and UTF-8."""
    return struct.pack("<Q", len(text.encode())) + text.encode()


def value(data: object) -> bytes:
    """Type and value: texts, numbers and lists of texts; bytes are taken as they are."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return struct.pack("<I", STRING) + string(data)
    if isinstance(data, int):
        return struct.pack("<II", UINT32, data) if data < 1 << 32 else struct.pack("<IQ", UINT64, data)
    assert isinstance(data, list)
    return struct.pack("<IIQ", ARRAY, STRING, len(data)) + b"".join(map(string, data))


def tensor(info: Tensor) -> bytes:
    """The entry of a tensor."""
    head = string(info.name) + struct.pack("<I", len(info.shape)) + struct.pack(f"<{len(info.shape)}Q", *info.shape)
    return head + struct.pack("<IQ", info.kind, info.offset)


def gguf(
    metadata: Mapping[str, object] = CODER,
    tensors: tuple[Tensor, ...] = (Tensor(),),
    data: int = 54,
    version: int = 3,
    counts: tuple[int, int] | None = None,
) -> bytes:
    """A file with `data` bytes of tensors. `counts` are those that the header claims, of tensors and of metadata."""
    claimed = counts or (len(tensors), len(metadata))
    pairs = b"".join(string(key) + value(each) for key, each in metadata.items())
    header = b"GGUF" + struct.pack("<IQQ", version, *claimed) + pairs + b"".join(map(tensor, tensors))
    return header + bytes(-len(header) % 32) + bytes(data)
