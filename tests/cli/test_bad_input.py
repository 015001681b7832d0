"""Bad input: exit 2, one line on stderr that names the thing and the reason, nothing on stdout, no file touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from running import Run

FILES = {
    "good.py": b"x: int = ...\n",
    "notes.md": b"# notes\n",
    "latin.py": b"x = '\xe9' or ...\n",
    "huge.py": b"#" * (20 * 1024 * 1024),
    "null.py": b"x = ...\0\n",
}

CASES = [
    (["fill", "none.py"], "none.py: no such file"),
    (["holes", "none.py"], "none.py: no such file"),
    (["check", "none.py"], "none.py: no such file"),
    (["fill", "notes.md"], "notes.md: not a Python file"),
    (["fill", "latin.py"], "latin.py: cannot be decoded"),
    (["fill", "huge.py"], "huge.py: is 20 MB"),
    (["fill", "null.py"], "null.py: not a Python file"),
    (["fill", "."], ".: is a directory"),
    (["holes", "."], ".: is a directory"),
    (["fill", "good.py", "--hole", "h9"], "good.py: no hole 'h9' (this file has h1"),
    (["fill", "good.py", "--range", "7:0-7:1"], "good.py: range 7:0-7:1 is outside the file"),
    (["fill", "good.py", "--range", "0:5-0:1"], "range 0:5-0:1"),
    (["fill", "good.py", "--range", "0:0-0:99"], "range 0:0-0:99 is outside the file"),
    (["fill", "good.py", "--range", "nonsense"], "'nonsense' is not LINE:CHARACTER-LINE:CHARACTER"),
    (["fill", "good.py", "--range", "0:0-0:1", "--hole", "h1"], "exclude each other"),
    (["fill", "good.py", "--candidates", "0"], "--candidates"),
    (["fill", "good.py", "--budget-ms", "soon"], "--budget-ms"),
    (["fill"], "FILE"),
    (["fly"], "fly"),
    (["--tcp", "nowhere"], "HOST:PORT"),
    (["--tcp", "localhost:99999"], "HOST:PORT"),
]


@pytest.mark.parametrize(("arguments", "reason"), CASES, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
@pytest.mark.parametrize("extra", [[], ["--json"], ["--write"]], ids=["plain", "json", "write"])
def test_bad_input_is_named_and_nothing_happens(tmp_path: Path, run: Run, arguments: list[str], reason: str, extra: list[str]) -> None:
    """Every command refuses in the same way, whatever else was asked."""
    if extra and arguments[0] != "fill":
        extra = []
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    done = run(*arguments, *extra, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == FILES
