"""What all tests share: the command line as a process, and a private copy of the example shop."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from astral_runtime.examples.runner import Runner
from astral_runtime.sandbox.run import SandboxSettings
from running import Run

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def run() -> Run:
    """Run `astral-lsp ARGUMENTS…` as its own process; text in, text out."""

    def run_command(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "astral_lsp", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=cwd, timeout=120, check=False)

    return run_command


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """Runs examples for all tests: level 1 where there is bubblewrap, else limits only; the tests' own code is harmless."""
    made = Runner(SandboxSettings(trusted=True, limits_only=True))
    yield made
    made.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace for documents that need no files: all of them share one warm worker."""
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of examples/, free to be changed."""
    copy = tmp_path / "shop"
    shutil.copytree(ROOT / "examples", copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (copy / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "0"\n')
    return copy
