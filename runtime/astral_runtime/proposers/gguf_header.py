"""The header of a GGUF file, looked at before llama.cpp is given the file: what it says of itself, and whether its tensors are all there.

Follows the format's specification (ggml, docs/gguf.md), versions 2 and 3, little-endian. Lengths in a file are claims: each is held against
the file's size and a limit before anything is read or skipped. Nothing is executed; that there is a chat template is noted, no more.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import BinaryIO

from astral_runtime.backends.fault import ModelLoadError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
LONGEST_HEADER = 256 << 20
"""Bytes. Vocabularies of a quarter million entries, with their merges, take about 20 MB."""
MOST_PAIRS, MOST_TENSORS, MOST_STRINGS = 4096, 65_536, 4 << 20
LONGEST_KEY, LONGEST_TENSOR_NAME, LONGEST_SHOWN = 4096, 64, 200
MOST_DIMENSIONS = 4

NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
"""Types of values that have a fixed size, as `struct` writes them."""
STRING, ARRAY = 8, 9

BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40), 10: (256, 84), 11: (256, 110),
    12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50),
    20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8),
    29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
"""Elements and bytes of a block, by tensor type. Of a type that is newer than this table, only where the tensor begins is checked."""

FIM = {"fim_pre_token_id": "prefix", "fim_suf_token_id": "suffix", "fim_mid_token_id": "middle"}
OLD_FIM = {"prefix_token_id": "prefix", "suffix_token_id": "suffix", "middle_token_id": "middle"}
"""Names under `tokenizer.ggml.`, now and before."""

Value = str | int | float | None
"""A value that was kept; None for one that was only passed over."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself. Texts are printable and cut at 200 characters; None is "it does not say"."""

    version: int
    file_bytes: int
    architecture: str
    name: str | None
    licence: str | None
    size_label: str | None
    tokenizer: str | None
    vocabulary: int | None
    context_length: int | None
    chat_template: bool
    tensors: int
    parameters: int
    fim: Mapping[str, int]
    """Ids of `prefix`, `suffix` and `middle`; empty where the file names none."""


def read_header(path: Path) -> Header:
    """Look at a file. ModelLoadError when it is none, is not whole, or claims what cannot be; nothing else is raised."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as wrong:
        raise ModelLoadError(path, f"it cannot be opened: {getattr(wrong, 'strerror', None) or wrong}") from wrong
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise ModelLoadError(path, "it is no regular file")
    with os.fdopen(descriptor, "rb") as file:
        try:
            return parse(file, status.st_size)
        except Malformed as wrong:
            raise ModelLoadError(path, str(wrong)) from wrong
        except OSError as wrong:
            raise ModelLoadError(path, f"it cannot be read: {wrong.strerror}") from wrong


class Malformed(ValueError):
    """This is no GGUF file that could be loaded; the message says why."""


def parse(file: BinaryIO, size: int) -> Header:
    """Read the header of a file of `size` bytes. Raises Malformed. Holds no more than a few kilobytes, keys and names of the file aside."""
    source = _Source(file, size)
    version = _version(source)
    tensors, pairs = source.number("<Q"), source.number("<Q")
    _limit(tensors, MOST_TENSORS, "tensors")
    _limit(pairs, MOST_PAIRS, "metadata entries")
    said: dict[str, Value] = {}
    for _ in range(pairs):
        key = source.string("a key", LONGEST_KEY)
        if key in said:
            raise Malformed(f"its metadata has {key[:LONGEST_SHOWN]!r} twice")
        said[key] = source.value(source.number("<I"), key)
    found = [_tensor(source) for _ in range(tensors)]
    _check(found, source.at, size, _alignment(said))
    return _header(said, version, size, found)


@dataclass(frozen=True, slots=True)
class _Tensor:
    """`begins`: bytes behind the start of the data. `size`: bytes, 0 where the type is not known here."""

    name: str
    elements: int
    begins: int
    size: int


@dataclass(slots=True)
class _Source:
    """A file read from its start; `at` is where it stands, `strings` how many of arrays may still be passed over."""

    file: BinaryIO
    size: int
    at: int = 0
    strings: int = field(default=MOST_STRINGS)

    def take(self, length: int) -> bytes:
        """The next bytes, all of them."""
        self._within(length)
        data = self.file.read(length)
        if len(data) != length:
            raise Malformed("it became shorter while it was read")
        self.at += length
        return data

    def skip(self, length: int) -> None:
        """Pass bytes over."""
        self._within(length)
        self.file.seek(length, os.SEEK_CUR)
        self.at += length

    def number(self, form: str) -> int:
        """An integer of `struct`'s form."""
        found: int = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return found

    def string(self, what: str, limit: int) -> str:
        """A short string, with a length before it."""
        length = self.number("<Q")
        if length > limit:
            raise Malformed(f"{what} has {length} bytes, more than {limit}")
        return self.take(length).decode(errors="replace")

    def value(self, kind: int, key: str) -> Value:
        """A value of that type: numbers whole, the beginning of strings, of arrays their length."""
        if kind in NUMBERS:
            found: int | float = struct.unpack(NUMBERS[kind], self.take(struct.calcsize(NUMBERS[kind])))[0]
            return found
        if kind == STRING:
            length = self.number("<Q")
            shown = self.take(min(length, LONGEST_SHOWN))
            self.skip(length - len(shown))
            return "".join(each for each in shown.decode(errors="ignore") if each.isprintable())
        if kind != ARRAY:
            raise Malformed(f"the value of {key[:LONGEST_SHOWN]!r} has type {kind}, which there is not")
        return self._array(key)

    def _array(self, key: str) -> int:
        kind, count = self.number("<I"), self.number("<Q")
        if kind in NUMBERS:
            self.skip(count * struct.calcsize(NUMBERS[kind]))
        elif kind == STRING:
            self._strings(count)
        else:
            raise Malformed(f"the array {key[:LONGEST_SHOWN]!r} has elements of type {kind}, which llama.cpp does not read")
        return count

    def _strings(self, count: int) -> None:
        if count > self.strings:
            raise Malformed(f"its arrays have more than {MOST_STRINGS} strings")
        self.strings -= count
        for _ in range(count):
            self.skip(self.number("<Q"))

    def _within(self, length: int) -> None:
        if self.at + length > self.size:
            raise Malformed(f"it is cut off: it has {self.size} bytes, and its header goes on; download it again")
        if self.at + length > LONGEST_HEADER:
            raise Malformed(f"its header is longer than {LONGEST_HEADER >> 20} MiB")


def _version(source: _Source) -> int:
    if source.size < len(MAGIC) or source.take(len(MAGIC)) != MAGIC:
        raise Malformed("it is no GGUF file")
    version = source.number("<I")
    if version in VERSIONS:
        return version
    swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
    raise Malformed("it is made for big-endian machines" if swapped in VERSIONS else f"it is GGUF version {version}; 2 and 3 can be read")


def _limit(count: int, most: int, what: str) -> None:
    if count > most:
        raise Malformed(f"it claims {count} {what}, more than {most}")


def _tensor(source: _Source) -> _Tensor:
    name = source.string("the name of a tensor", LONGEST_TENSOR_NAME)
    dimensions = source.number("<I")
    _limit(dimensions, MOST_DIMENSIONS, f"dimensions of tensor {name!r}")
    shape = [source.number("<Q") for _ in range(dimensions)]
    kind, begins = source.number("<I"), source.number("<Q")
    block, size = BLOCKS.get(kind, (1, 0))
    if (shape[0] if shape else 1) % block:
        raise Malformed(f"rows of tensor {name!r} are no whole blocks of {block}")
    return _Tensor(name, prod(shape), begins, prod(shape) // block * size)


def _check(tensors: list[_Tensor], header: int, size: int, alignment: int) -> None:
    """Whether every tensor lies within the file, where readers look for it."""
    data = -(-header // alignment) * alignment
    for tensor in tensors:
        if tensor.begins % alignment:
            raise Malformed(f"tensor {tensor.name!r} begins at {tensor.begins}, no multiple of {alignment}")
        if data + tensor.begins + tensor.size > size:
            ends = data + tensor.begins + tensor.size
            raise Malformed(f"it is cut off: tensor {tensor.name!r} ends at byte {ends}, the file has {size}; download it again")


def _alignment(said: Mapping[str, Value]) -> int:
    value = said.get("general.alignment", 32)
    if type(value) is not int or not 8 <= value <= 1 << 16 or value & (value - 1):
        raise Malformed(f"its alignment is {value}, no power of two from 8 on")
    return value


def _header(said: Mapping[str, Value], version: int, size: int, tensors: list[_Tensor]) -> Header:
    architecture = _text(said, "general.architecture")
    if not architecture:
        raise Malformed("it does not say which architecture it is of (general.architecture)")
    return Header(
        version=version,
        file_bytes=size,
        architecture=architecture,
        name=_text(said, "general.name"),
        licence=_text(said, "general.license"),
        size_label=_text(said, "general.size_label"),
        tokenizer=_text(said, "tokenizer.ggml.model"),
        vocabulary=_whole(said, "tokenizer.ggml.tokens"),
        context_length=_whole(said, f"{architecture}.context_length"),
        chat_template="tokenizer.chat_template" in said,
        tensors=len(tensors),
        parameters=sum(tensor.elements for tensor in tensors),
        fim=_fim(said),
    )


def _fim(said: Mapping[str, Value]) -> dict[str, int]:
    found: dict[str, int] = {}
    for keys in (OLD_FIM, FIM):
        for key, role in keys.items():
            if (id := _whole(said, f"tokenizer.ggml.{key}")) is not None:
                found[role] = id
    return found


def _text(said: Mapping[str, Value], key: str) -> str | None:
    value = said.get(key)
    return value if isinstance(value, str) else None


def _whole(said: Mapping[str, Value], key: str) -> int | None:
    value = said.get(key)
    return value if type(value) is int else None
