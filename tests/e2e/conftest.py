"""Editors for the end-to-end tests: each is closed in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import code_server
import nvim_session
import pytest
from code_server import Editor
from needs import need
from nvim_session import SCRIPTED, Neovim, Start


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a Neovim."""
    need(nvim_session.missing())
    started: list[Neovim] = []

    def start(server: tuple[str, ...] = SCRIPTED, **options: Any) -> Neovim:
        started.append(Neovim(tmp_path / "home", server, **options))
        return started[-1]

    yield start
    for neovim in started:
        neovim.close()


@pytest.fixture
def editors() -> Iterator[list[Editor]]:
    """VS Codes that are put here."""
    need(code_server.missing())
    started: list[Editor] = []
    yield started
    for editor in started:
        editor.close()
