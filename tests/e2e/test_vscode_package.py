"""What can be read off the extension without an editor. No mark: these run with every suite."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

VSCODE = Path(__file__).resolve().parents[2] / "editors" / "vscode"
PACKAGE = json.loads((VSCODE / "package.json").read_text(encoding="utf-8"))
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((VSCODE / "src").glob("*.ts")))


def test_restricted_mode_holds_back_every_path_that_is_run() -> None:
    """An interpreter, a model or a server that a workspace names is neither run, read nor asked before the workspace is trusted."""
    keys = [key for group in PACKAGE["contributes"]["configuration"] for key in group["properties"]]
    assert set(PACKAGE["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]) == {
        key for key in keys if "interpreter" in key or "sandbox" in key or ".lm." in key
    }
    assert "astral.trusted" not in keys


def test_every_command_that_is_offered_exists() -> None:
    """Commands of the palette, the menus, the walkthrough and the welcome text are registered, and none clashes with the server's own."""
    from astral_lsp.commands import COMMANDS

    offered = {each["command"] for each in PACKAGE["contributes"]["commands"]}
    named = set(re.findall(r"(?:command:|onCommand:|\"command\": \")(astral\.\w+)", (VSCODE / "package.json").read_text(encoding="utf-8")))
    registered = set(re.findall(r"^    \"(astral\.\w+)\": ", SOURCE, re.MULTILINE))
    assert offered <= registered
    assert named <= registered
    assert not registered & set(COMMANDS)


def test_the_methods_are_the_servers() -> None:
    """The method names of protocol.ts are those of messages.py."""
    from astral_lsp import messages

    named = dict(re.findall(r"export const (\w+) = \"(astral/\w+)\"", SOURCE))
    assert named
    assert {name: getattr(messages, name) for name in named} == named


def test_the_version_is_the_servers() -> None:
    """The guided install asks for the server of the extension's own version."""
    from astral_lsp import __version__

    assert PACKAGE["version"] == __version__


@pytest.mark.parametrize(
    "name", ["icon.png", "walkthrough/hole.md", "walkthrough/fill.md", "walkthrough/server.md", "walkthrough/trust.md"]
)
def test_media_is_there(name: str) -> None:
    """What package.json shows exists."""
    assert (VSCODE / "media" / name).stat().st_size > 100


def test_the_lock_names_no_registry() -> None:
    """package-lock.json has versions and hashes; where they come from is the developer's own."""
    lock = json.loads((VSCODE / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
