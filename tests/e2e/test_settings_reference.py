"""What package.json, the help file and the docs say of settings is what the server obeys. No mark: these run with every suite."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "editors" / "settings"
TARGETS = ["vscode_package", "neovim_help", "docs_page"]


def test_nothing_differs_from_the_server() -> None:
    """`python editors/settings` writes all three."""
    command = [sys.executable, str(REFERENCE), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", TARGETS)
def test_a_difference_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A default that somebody changed by hand is put right, and nothing else is touched."""
    monkeypatch.syspath_prepend(str(REFERENCE))
    target = runpy.run_path(str(REFERENCE / f"{name}.py"))
    text = target["FILE"].read_text(encoding="utf-8")
    assert text.count("2000000") == 1
    assert target["updated"](text.replace("2000000", "2000001")) == text
