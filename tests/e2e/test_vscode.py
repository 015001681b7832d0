"""The VS Code extension in VS Code itself: code-server in a headless browser, used as a user would. Slow: one editor a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from code_server import Editor

pytestmark = pytest.mark.e2e


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


BAD = """def double(x: int) -> int:
    '''
    >>> double(2)
    4
    '''
    return ...
"""


def runs_examples() -> bool:
    """Whether this machine's sandbox runs the examples of a workspace that is trusted."""
    command = [sys.executable, "-m", "astral_lsp", "doctor", "--json"]
    said = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)
    return not any(each["what"] == "tests" for each in said["degraded"])


def test_restricted_mode_runs_nothing_of_the_workspace(editors: list[Editor], tmp_path: Path) -> None:
    """A mypy plugin and an interpreter that the folder brings along leave their mark, and its examples are run, only once it is trusted."""
    folder, marker = tmp_path / "folder", tmp_path / "marker"
    (folder / ".vscode").mkdir(parents=True)
    (folder / "evil.py").write_text(EVIL.format(marker=str(marker)))
    (folder / "pyproject.toml").write_text('[tool.mypy]\nplugins = ["evil.py"]\n')
    interpreter = folder / "python"
    interpreter.write_text(f'#!/bin/sh\ntouch {marker}\nexec {sys.executable} "$@"\n')
    interpreter.chmod(0o755)
    (folder / ".vscode" / "settings.json").write_text(json.dumps({"astral.server.interpreter": str(interpreter), "astral.trusted": True}))
    (folder / "bad.py").write_text(BAD)
    editor = Editor(tmp_path / "editor", "trust", **{"astral.server.interpreter": sys.executable})
    editors.append(editor)
    saw = editor.drive("trust.mjs", folder, marker=str(marker), hole=[6, 12])
    assert (saw["restricted"], saw["trusted"]) == (False, True)
    assert "types" in saw["restrictedCandidates"]
    assert "example" not in saw["restrictedCandidates"]
    assert ("✓ 1/1 example" in saw["trustedCandidates"]) == runs_examples()
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


def test_a_python_without_the_server_is_enough(editors: list[Editor], tmp_path: Path) -> None:
    """The message says what Install does; after one click the server runs from an environment of the extension's own."""
    bare, folder = tmp_path / "bare", tmp_path / "folder"
    venv.create(bare, symlinks=True)
    folder.mkdir()
    (folder / "sample.py").write_text(SAMPLE)
    environment = {"PATH": f"{bare / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": ""}
    editor = Editor(tmp_path / "editor", "install", "--disable-workspace-trust", environment=environment)
    editors.append(editor)
    saw = editor.drive("install.mjs", folder)
    assert "virtual environment of this extension's own" in saw["offer"]
    assert "install" in saw["before"]
    assert "astral-lsp 0." in saw["after"]
    assert list((tmp_path / "editor" / "user").glob("**/globalStorage/astral-lsp.astral-lsp/environment/bin/python"))
