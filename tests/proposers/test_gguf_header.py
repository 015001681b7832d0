"""Headers of GGUF files: what is read of a good one, and what is said of every other."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.proposers.gguf_header import Header, Malformed, parse, read_header
from gguf_files import CODER, Tensor, gguf, string

GOOD = gguf()
HELD = 1 << 20
"""Bytes that reading a header of a few kilobytes may take at most, whatever it claims."""


def read(data: bytes) -> Header:
    """Parse bytes as a file."""
    return parse(io.BytesIO(data), len(data))


def changed(**entries: object) -> bytes:
    """The good file with other metadata; `__` in a name stands for a dot."""
    return gguf({**CODER, **{key.replace("__", "."): entry for key, entry in entries.items()}})


def test_a_good_header_is_read() -> None:
    """Every fact stands where the specification puts it; the chat template is only noted."""
    assert read(GOOD) == Header(
        version=3,
        file_bytes=len(GOOD),
        architecture="qwen2",
        name="Tiny Coder",
        licence="apache-2.0",
        size_label="3K",
        tokenizer="gpt2",
        vocabulary=3,
        context_length=4096,
        chat_template=True,
        tensors=1,
        parameters=96,
        fim={"prefix": 7, "suffix": 8, "middle": 9},
    )


ACCEPTED = [
    ("version 2", gguf(version=2), {"version": 2}),
    ("no metadata but the architecture", gguf({"general.architecture": "llama"}), {"name": None, "fim": {}, "chat_template": False}),
    ("an alignment of its own", changed(general__alignment=8), {"tensors": 1}),
    ("a name that would write to the terminal", changed(general__name="\x1b[2Jcoder\n"), {"name": "[2Jcoder"}),
    ("a very long name", changed(general__name="n" * 5000), {"name": "n" * 200}),
    ("ids of old under their old names", gguf({"general.architecture": "x", "tokenizer.ggml.middle_token_id": 3}), {"fim": {"middle": 3}}),
    ("a tensor of a type that is newer", gguf(tensors=(Tensor(kind=41),)), {"tensors": 1}),
    ("no tensors", gguf(tensors=(), data=0), {"parameters": 0}),
]


@pytest.mark.parametrize(("data", "facts"), [each[1:] for each in ACCEPTED], ids=[each[0] for each in ACCEPTED])
def test_odd_but_whole_files_are_read(data: bytes, facts: dict[str, object]) -> None:
    """What the specification allows is allowed."""
    header = read(data)
    assert {key: getattr(header, key) for key in facts} == facts


def claims(length: int) -> bytes:
    """A file whose first key claims to have that many bytes."""
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", length)


REFUSED = [
    ("nothing", b"", "it is no GGUF file"),
    ("another format", b"PK\x03\x04" + bytes(60), "it is no GGUF file"),
    ("the first version", gguf(version=1), "it is GGUF version 1; 2 and 3 can be read"),
    ("big-endian", b"GGUF" + struct.pack(">I", 3) + bytes(60), "big-endian"),
    ("tensors without number", gguf(counts=(1 << 63, 1)), "tensors, more than 65536"),
    ("metadata without number", gguf(counts=(1, 1 << 40)), "metadata entries, more than 4096"),
    ("a key of 16 exabytes", claims((1 << 64) - 1), "a key has 18446744073709551615 bytes"),
    ("a value of 16 exabytes", changed(general__name=struct.pack("<IQ", 8, 1 << 62)), "its header goes on"),
    ("an array of 16 exabytes", changed(a=struct.pack("<IIQ", 9, 10, 1 << 60)), "its header goes on"),
    ("a billion texts", changed(a=struct.pack("<IIQ", 9, 8, 1 << 30)), "more than 4194304 strings"),
    ("arrays within an array", changed(a=struct.pack("<IIQ", 9, 9, 1)), "elements of type 9"),
    ("a type of value that there is not", changed(a=struct.pack("<I", 13)), "has type 13"),
    ("no architecture", gguf({"general.name": "x"}), "general.architecture"),
    ("an architecture that is a number", changed(general__architecture=3), "general.architecture"),
    ("an odd alignment", changed(general__alignment=24), "its alignment is 24"),
    ("no alignment", changed(general__alignment=0), "its alignment is 0"),
    ("five dimensions", gguf(tensors=(Tensor(shape=(32, 1, 1, 1, 1)),)), "5 dimensions of tensor 'token_embd.weight'"),
    ("a name of a tensor that is too long", gguf(tensors=(Tensor(name="t" * 65),)), "the name of a tensor has 65 bytes"),
    ("rows that are no blocks", gguf(tensors=(Tensor(shape=(33, 1)),)), "no whole blocks of 32"),
    ("a tensor between two places", gguf(tensors=(Tensor(offset=4),)), "begins at 4, no multiple of 32"),
    ("a tensor behind the end", gguf(tensors=(Tensor(offset=1 << 40),)), "it is cut off: tensor 'token_embd.weight'"),
    ("a tensor larger than anything", gguf(tensors=(Tensor(shape=((1 << 64) - 32, (1 << 64) - 1)),)), "it is cut off: tensor"),
    ("the last byte missing", GOOD[:-1], "the file has"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "why"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_other_files_are_refused_with_the_reason(data: bytes, why: str) -> None:
    """The sentence says what is wrong."""
    with pytest.raises(Malformed) as refused:
        read(data)
    assert why in str(refused.value)


def test_a_key_may_not_come_twice() -> None:
    """Readers differ in which of two values they take: none is taken."""
    pair = string("general.name") + struct.pack("<I", 8) + string("x")
    with pytest.raises(Malformed, match=r"has 'general[.]name' twice"):
        read(b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + pair + pair)


@given(st.integers(0, len(GOOD) - 1))
def test_no_beginning_of_a_file_passes_for_it(size: int) -> None:
    """A download that broke off is refused wherever it broke off."""
    with pytest.raises(Malformed):
        read(GOOD[:size])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(4, len(GOOD) - 1), st.binary(min_size=1, max_size=9)), min_size=1, max_size=6))
def test_altered_files_are_read_or_refused(edits: list[tuple[int, bytes]]) -> None:
    """Whatever bytes say, the answer is a header or Malformed, and memory stays small."""
    data = bytearray(GOOD)
    for at, new in edits:
        data[at : at + len(new)] = new
    _held(bytes(data))


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_read_or_refused(noise: bytes) -> None:
    """The same of bytes that nobody wrote, behind a good beginning."""
    _held(b"GGUF" + struct.pack("<I", 3) + noise)


def _held(data: bytes) -> None:
    tracemalloc.start()
    try:
        found = str(_read_or_why(data))
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.isprintable()
    assert held < HELD


def _read_or_why(data: bytes) -> Header | Malformed:
    try:
        return read(data)
    except Malformed as refused:
        return refused


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.dictionaries(TEXTS.filter(bool), st.one_of(TEXTS, st.integers(0, (1 << 64) - 1), st.lists(TEXTS, max_size=4)), max_size=6))
def test_metadata_of_any_kind_is_passed_over_exactly(metadata: dict[str, object]) -> None:
    """Wherever the facts stand among other entries, they are found."""
    header = read(gguf({**{f"x.{key}": each for key, each in metadata.items()}, **CODER}))
    assert (header.name, header.context_length, header.parameters) == ("Tiny Coder", 4096, 96)


def test_paths_that_are_no_files_are_named(tmp_path: Path) -> None:
    """Missing files, folders, pipes and empty files get one sentence with the path in it, at once; a link to a file is followed."""
    (tmp_path / "good.gguf").write_bytes(GOOD)
    (tmp_path / "empty.gguf").touch()
    (tmp_path / "link.gguf").symlink_to(tmp_path / "good.gguf")
    os.mkfifo(tmp_path / "pipe.gguf")
    assert read_header(tmp_path / "link.gguf") == read(GOOD)
    for name, why in (
        ("none.gguf", "No such file"),
        ("pipe.gguf", "no regular file"),
        ("empty.gguf", "no GGUF file"),
        ("", "no regular file"),
    ):
        with pytest.raises(ModelLoadError, match=why) as refused:
            read_header(tmp_path / name)
        assert str(tmp_path / name) in str(refused.value)
