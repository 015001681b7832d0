"""The invariants of ARCHITECTURE.md that can be read off the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FORBIDDEN = {
    "astral_lsp": {"torch", "astral_models"},
    "runtime/astral_runtime": {"astral_lsp", "pygls", "lsprotocol", "click", "rich", "torch", "astral_models"},
    "models/astral_models": {"astral_lsp", "pygls", "lsprotocol"},
}
"""What no module of a package imports at its top level or anywhere else, torch's lazy imports in backends aside."""

ORACLE_ONLY = {"mypy"}
"""Imported inside runtime/astral_runtime/types alone, and never by the process that serves the editor."""


def imported(path: Path) -> set[str]:
    """Top-level names of the modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_flow_one_way(package: str) -> None:
    """Server → runtime → native, never back."""
    wrong = {
        str(path.relative_to(ROOT)): found for path in (ROOT / package).rglob("*.py") if (found := imported(path) & FORBIDDEN[package])
    }
    assert wrong == {}


def test_mypy_stays_in_the_oracle() -> None:
    """Only the oracle's own folder knows mypy."""
    oracle = ROOT / "runtime" / "astral_runtime" / "types"
    files = [path for package in ("astral_lsp", "runtime") for path in (ROOT / package).rglob("*.py") if oracle not in path.parents]
    assert [str(path.relative_to(ROOT)) for path in files if imported(path) & ORACLE_ONLY] == []


def test_the_server_process_loads_neither_mypy_nor_a_model() -> None:
    """Importing the server brings no heavy module in: they belong to other processes."""
    probe = "import sys, astral_lsp.server; print([m for m in ('mypy', 'torch', 'onnxruntime', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_project_speaks_of_no_machine() -> None:
    """No absolute path of a developer's machine stands in a tracked text file."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\0")
    if tracked == [""]:
        pytest.skip("not a git checkout: the list of tracked files is unknown")
    machine_paths = tuple(f"/{folder}/" for folder in ("home", "root", "work"))
    suffixes = {".py", ".pyi", ".rs", ".md", ".toml", ".json", ".ts", ".lua"}
    texts = [ROOT / name for name in tracked if Path(name).suffix in suffixes and (ROOT / name).exists()]
    assert [str(path.relative_to(ROOT)) for path in texts if any(p in path.read_text(encoding="utf-8") for p in machine_paths)] == []
