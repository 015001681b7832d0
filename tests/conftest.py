"""What all tests share: the command line as a process, and a private copy of the example shop."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from running import Run

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def run() -> Run:
    """Run `astral-lsp ARGUMENTS…` as its own process; text in, text out."""

    def run_command(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "astral_lsp", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=cwd, timeout=120, check=False)

    return run_command


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of examples/, free to be changed."""
    copy = tmp_path / "shop"
    shutil.copytree(ROOT / "examples", copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (copy / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "0"\n')
    return copy
