"""The VS Code extension in VS Code itself: code-server in a headless browser, used as a user would. Slow: one editor a test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "vscode"
CODE_SERVER = HERE / "node_modules" / ".bin" / "code-server"
VSIX = HERE.parents[2] / "editors" / "vscode" / "astral-lsp.vsix"
START_S = 120
DRIVE_S = 500
SETTINGS = {
    "astral.fill.budgetMs": 30_000,
    "workbench.startupEditor": "none",
    "workbench.colorTheme": os.environ.get("ASTRAL_E2E_THEME", "Dark Modern"),
    "editor.minimap.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "chat.disableAIFeatures": True,
}
KEYS = [{"key": "alt+l", "command": "editor.action.inlineSuggest.acceptNextLine"}]
"""VS Code binds a key to the next word of ghost text, but none to its next line."""

pytestmark = pytest.mark.e2e


def missing() -> str | None:
    """Why VS Code cannot be driven here, and what to do; None if it can."""
    if not CODE_SERVER.exists() or not VSIX.exists():
        return "code-server or the extension's package is missing: run `just setup-e2e`"
    if shutil.which("chromium") is None:
        return "chromium is not on PATH: install it (Debian: `apt-get install chromium`)"
    return None


class Editor:
    """One code-server with the extension. `shots` is where its screenshots go: $ASTRAL_E2E_SHOTS, else beside its files."""

    def __init__(self, home: Path, name: str, *arguments: str, **settings: Any) -> None:
        self.home = home
        self.shots = Path(os.environ.get("ASTRAL_E2E_SHOTS", home / "shots")) / name
        self.shots.mkdir(parents=True)
        user = home / "user" / "User"
        user.mkdir(parents=True)
        (user / "settings.json").write_text(json.dumps({**SETTINGS, **settings}))
        (user / "keybindings.json").write_text(json.dumps(KEYS))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        folders = ["--user-data-dir", str(home / "user"), "--extensions-dir", str(home / "extensions")]
        subprocess.run([CODE_SERVER, *folders, "--install-extension", str(VSIX)], check=True, timeout=START_S, stdout=subprocess.DEVNULL)
        quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check"]
        command = [str(CODE_SERVER), *folders, *quiet, "--bind-addr", self.address, *arguments]
        with (home / "code-server.log").open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        self._wait()

    def drive(self, script: str, folder: Path, **options: Any) -> dict[str, Any]:
        """What a script of `vscode/` saw."""
        given = {"url": f"http://{self.address}", "folder": str(folder), "chromium": shutil.which("chromium"), "shots": str(self.shots)}
        command = ["node", script, json.dumps({**given, "pid": self.process.pid, **options})]
        done = subprocess.run(command, cwd=HERE, timeout=DRIVE_S, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        saw: dict[str, Any] = json.loads(done.stdout)
        assert saw["error"] is None, f"{saw['error']}; screenshots: {self.shots}"
        return saw

    def close(self) -> None:
        """End it and what it started: its processes are a group of their own."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(START_S)

    def _wait(self) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://{self.address}/healthz", timeout=5).close()
                return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.2)
        raise AssertionError(f"code-server does not answer: {(self.home / 'code-server.log').read_text()}")


@pytest.fixture
def editors(tmp_path: Path) -> Iterator[list[Editor]]:
    """Editors put here are closed in the end."""
    if reason := missing():
        pytest.skip(reason)
    started: list[Editor] = []
    yield started
    for editor in started:
        editor.close()


def test_a_hole_is_seen_filled_and_undone(editors: list[Editor], shop: Path, tmp_path: Path) -> None:
    """The whole loop; the fill is seen with masks before it is chosen, and a killed server comes back by itself."""
    editor = Editor(tmp_path / "editor", "fill", "--disable-workspace-trust", **{"astral.server.interpreter": sys.executable})
    editors.append(editor)
    saw = editor.drive("fill.mjs", shop)
    assert "▢: float" in saw["hover"].replace("\u00a0", " ")
    assert saw["formed"]
    assert any("▢" in text for text in saw["formed"]) or "model: unavailable" in saw["status"]  # search alone has no open places
    assert "return type of total" in saw["title"]
    assert "✓ types" in saw["candidates"][0]
    assert saw["candidates"][0].replace("\u00a0", " ").startswith(saw["preview"])
    assert f"return {saw['preview']}" in saw["filled"]
    assert 'hole("sum of the subtotals of all lines")' in saw["undone"]
    assert any("▢: Line" in row for row in saw["view"])
    assert "types: warm" in saw["status"]


EVIL = "import pathlib\npathlib.Path({marker!r}).write_text('ran')\n\n\ndef plugin(version):\n    from mypy.plugin import Plugin\n\n    return Plugin\n"


def test_restricted_mode_runs_nothing_of_the_workspace(editors: list[Editor], tmp_path: Path) -> None:
    """A mypy plugin and an interpreter that the folder brings along leave their mark only once it is trusted."""
    folder, marker = tmp_path / "folder", tmp_path / "marker"
    (folder / ".vscode").mkdir(parents=True)
    (folder / "evil.py").write_text(EVIL.format(marker=str(marker)))
    (folder / "pyproject.toml").write_text('[tool.mypy]\nplugins = ["evil.py"]\n')
    interpreter = folder / "python"
    interpreter.write_text(f'#!/bin/sh\ntouch {marker}\nexec {sys.executable} "$@"\n')
    interpreter.chmod(0o755)
    (folder / ".vscode" / "settings.json").write_text(json.dumps({"astral.server.interpreter": str(interpreter), "astral.trusted": True}))
    (folder / "bad.py").write_text("x: int = ...\n")
    editor = Editor(tmp_path / "editor", "trust", **{"astral.server.interpreter": sys.executable})
    editors.append(editor)
    saw = editor.drive("trust.mjs", folder, marker=str(marker))
    assert (saw["restricted"], saw["trusted"]) == (False, True)
    assert "not trusted" in saw["status"]


FAULTY = """def label(count: int) -> str:
    text = "n = "
    return count


def area(radius: float) -> float:
    return ...


def name() -> str:
    return ...
"""


def test_repair_diff_and_fill_all(editors: list[Editor], tmp_path: Path) -> None:
    """The quick fix changes one line; a diff does not end the choice; filling all is undone in one step."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "bad.py").write_text(FAULTY)
    (folder / "pyproject.toml").touch()
    editor = Editor(tmp_path / "editor", "repair", "--disable-workspace-trust", **{"astral.server.interpreter": sys.executable})
    editors.append(editor)
    saw = editor.drive("repair.mjs", folder)
    assert all(fix.startswith("Repair: ") for fix in saw["fixes"])
    before, repaired = saw["before"].split("\n"), saw["repaired"].split("\n")
    assert [number for number, line in enumerate(before) if line != repaired[number]] == [2]
    assert "▢: float" in saw["picking"]
    assert "..." not in saw["all"]
    assert saw["undone"] == saw["repaired"]


SAMPLE = """def total(prices: list[float]) -> float:
    return ...
"""


def test_ghost_text_by_the_word_by_the_line_and_along(editors: list[Editor], tmp_path: Path) -> None:
    """At either end of a hole the fill is seen, and accepting takes the hole's own text with it; typing along shows the rest."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "sample.py").write_text(SAMPLE)
    (folder / "pyproject.toml").touch()
    editor = Editor(tmp_path / "editor", "inline", "--disable-workspace-trust", **{"astral.server.interpreter": sys.executable})
    editors.append(editor)
    saw = editor.drive("inline.mjs", folder, hole=[2, 12, 15])
    filled = f"    return {saw['whole']}"
    assert saw["before"] == saw["undone"] == "    return ..."
    assert saw["filled"] == saw["words"] == saw["line"] == filled
    assert saw["word"].startswith("    return ...")
    assert filled.startswith("    return " + saw["word"].removeprefix("    return ..."))
