"""Source files: what is read, what is refused with which words, and that writing back changes nothing else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_runtime.source import MAX_BYTES, SourceError, read_source, write_source

READABLE = {
    "plain": ("a.py", b"x = 1\n", "x = 1\n"),
    "BOM": ("a.py", b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
    "coding line": ("a.py", "# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"), "# -*- coding: latin-1 -*-\nx = 'é'\n"),
    "CRLF and no final newline": ("a.py", b"x = 1\r\ny = 2", "x = 1\r\ny = 2"),
    "lone CR": ("a.py", b"x = 1\ry = 2\r", "x = 1\ry = 2\r"),
    "empty": ("a.py", b"", ""),
    "stub": ("a.pyi", b"x: int\n", "x: int\n"),
    "script without suffix": ("tool", b"#!/usr/bin/env python3\nx = 1\n", "#!/usr/bin/env python3\nx = 1\n"),
}

REFUSED = {
    "not Python": ("notes.md", b"# notes\n", "not a Python file"),
    "not UTF-8 and no coding line": ("a.py", b"x = '\xe9'\n", "cannot be decoded"),
    "unknown coding": ("a.py", b"# coding: nonsense\n", "cannot be decoded"),
    "null bytes": ("a.py", b"x\0y\n", "null bytes"),
    "20 MB": ("a.py", b"#" * (20 * 1024 * 1024), "20 MB"),
}


@pytest.mark.parametrize("case", READABLE)
def test_source_is_read_and_written_back_unchanged(tmp_path: Path, case: str) -> None:
    """Reading gives the text without its BOM; writing that text gives the same bytes, mode included."""
    name, data, text = READABLE[case]
    path = tmp_path / name
    path.write_bytes(data)
    path.chmod(0o640)
    source = read_source(path)
    assert source.text == text
    write_source(source, source.text)
    assert path.read_bytes() == data
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_source_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    """The message names the file and the reason."""
    name, data, reason = REFUSED[case]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceError, match=reason) as refusal:
        read_source(path)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)


def test_missing_files_directories_and_pipes_are_refused(tmp_path: Path) -> None:
    """Nothing hangs on what is not a regular file."""
    os.mkfifo(tmp_path / "pipe.py")
    for name, reason in (("none.py", "no such file"), (".", "is a directory"), ("pipe.py", "not a regular file")):
        with pytest.raises(SourceError, match=reason):
            read_source(tmp_path / name)


def test_a_file_that_changed_since_it_was_read_is_not_written(tmp_path: Path) -> None:
    """Somebody else's edit is never overwritten."""
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1\n")
    source = read_source(path)
    path.write_bytes(b"x = 2\n")
    with pytest.raises(SourceError, match="changed on disk"):
        write_source(source, "x = 3\n")
    assert path.read_bytes() == b"x = 2\n"


def test_a_fill_that_the_encoding_cannot_hold_is_not_written(tmp_path: Path) -> None:
    """The file stays as it was when a character does not exist in its encoding."""
    path = tmp_path / "a.py"
    path.write_bytes(b"# coding: ascii\nx = 1\n")
    source = read_source(path)
    with pytest.raises(SourceError, match="cannot be written in"):
        write_source(source, source.text + "y = 'é'\n")
    assert path.read_bytes() == b"# coding: ascii\nx = 1\n"


def test_links_stay_links(tmp_path: Path) -> None:
    """The target of a symbolic link is replaced, the link is not."""
    target, link = tmp_path / "target.py", tmp_path / "link.py"
    target.write_bytes(b"x = 1\n")
    link.symlink_to(target)
    write_source(read_source(link), "x = 2\n")
    assert link.is_symlink()
    assert target.read_bytes() == b"x = 2\n"


def test_the_largest_file_is_still_read(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    path = tmp_path / "a.py"
    path.write_bytes(b"#" * MAX_BYTES)
    assert len(read_source(path).text) == MAX_BYTES


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_utf8_text_survives(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever the line breaks and characters are, read and write are inverse."""
    path = tmp_path_factory.mktemp("any") / "a.py"
    data = b"# coding: utf-8\n" + text.encode()
    path.write_bytes(data)
    source = read_source(path)
    write_source(source, source.text)
    assert path.read_bytes() == data
