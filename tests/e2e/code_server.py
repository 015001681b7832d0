"""VS Code itself, by code-server, with the extension's package installed; a headless browser is its user."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "vscode"
CODE_SERVER = HERE / "node_modules" / ".bin" / "code-server"
VSIX = HERE.parents[2] / "editors" / "vscode" / "astral-lsp.vsix"
START_S = 120
DRIVE_S = 300
SETTINGS = {
    "astral.fill.budgetMs": 30_000,
    "workbench.startupEditor": "none",
    "workbench.colorTheme": os.environ.get("ASTRAL_E2E_THEME", "Dark Modern"),
    "editor.minimap.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.editor.useModal": "off",
    "chat.disableAIFeatures": True,
}
KEYS = [
    {"key": "alt+l", "command": "editor.action.inlineSuggest.acceptNextLine"},
    {"key": "alt+h", "command": "astral.fillHole"},
]
"""VS Code binds a key to the next word of ghost text, but none to its next line; the extension binds none at all."""


def missing() -> str | None:
    """Why VS Code cannot be driven here, and what to do; None if it can."""
    if not CODE_SERVER.exists() or not VSIX.exists():
        return "code-server or the extension's package is missing: run `just setup-e2e`"
    if shutil.which("chromium") is None:
        return "chromium is not on PATH: install it (Debian: `apt-get install chromium`)"
    return None


NOTHING_ELSE: Mapping[str, str] = {}


class Editor:
    """One code-server with the extension. `shots` is where its screenshots go: $ASTRAL_E2E_SHOTS, else beside its files."""

    def __init__(self, home: Path, name: str, *arguments: str, environment: Mapping[str, str] = NOTHING_ELSE, **settings: Any) -> None:
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
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **environment}
            )
        self._wait()

    def drive(self, script: str, folder: Path, **options: Any) -> dict[str, Any]:
        """What a script of `vscode/` saw."""
        given = {"url": f"http://{self.address}", "folder": str(folder), "chromium": shutil.which("chromium"), "shots": str(self.shots)}
        command = ["node", script, json.dumps({**given, "pid": self.process.pid, **options})]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        with subprocess.Popen(command, cwd=HERE, start_new_session=True, **pipes) as browser:
            try:
                said, complaints = browser.communicate(timeout=DRIVE_S)
            except subprocess.TimeoutExpired:
                os.killpg(browser.pid, signal.SIGKILL)
                raise
        assert browser.returncode == 0, complaints
        saw: dict[str, Any] = json.loads(said)
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
