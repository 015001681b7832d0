"""How long a user waits in either editor. Nothing is asserted of the times; $ASTRAL_E2E_RESULTS names a file that gets them."""

from __future__ import annotations

import json
import os
import statistics
import sys
from pathlib import Path

import pytest
from code_server import Editor
from nvim_session import REAL, Neovim, Start

TIMES = 24
SAMPLE = """A = int
AB = str


def total(prices: list[int], names: list[str]) -> A:
    return ...
"""
ANNOTATION, HOLE = (5, 52), (6, 12)
"""1-based line and column: after `A` of the annotation, and at the hole."""

pytestmark = pytest.mark.e2e

MEASURE = """
local text, start, seen = ..., vim.uv.hrtime(), nil
local timer = vim.uv.new_timer()
local function done() seen = (vim.uv.hrtime() - start) / 1e6; timer:stop(); _G.took = seen end
"""
HINT = (
    MEASURE
    + """
timer:start(0, 1, vim.schedule_wrap(function()
  local hints = vim.inspect(vim.lsp.inlay_hint.get({ bufnr = 0 }))
  if not seen and hints:find(text, 1, true) then done() end
end))
"""
)
LIGHTBULB = (
    MEASURE
    + """
vim.ui.select = function(items)
  for _, item in ipairs(items) do
    if item.action.title:find(text, 1, true) then return done() end
  end
  vim.defer_fn(vim.lsp.buf.code_action, 50)
end
vim.lsp.buf.code_action()
"""
)
PREVIEW = (
    MEASURE
    + """
local namespace = require("astral.forming").namespace
local bufnr = vim.api.nvim_get_current_buf()
timer:start(0, 1, vim.schedule_wrap(function()
  if not seen and #vim.api.nvim_buf_get_extmarks(bufnr, namespace, 0, -1, {}) > 0 then done() end
end))
vim.cmd("Astral fill")
"""
)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The folder of the file."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "sample.py").write_text(SAMPLE)
    (folder / "pyproject.toml").touch()
    return folder


def test_vscode(editors: list[Editor], sample: Path, tmp_path: Path) -> None:
    """From the key press to the frame."""
    editor = Editor(tmp_path / "editor", "latency", "--disable-workspace-trust", **{"astral.server.interpreter": sys.executable})
    editors.append(editor)
    saw = editor.drive("latency.mjs", sample, times=TIMES, annotation=ANNOTATION, hole=HOLE)
    record("vscode", {name: saw[name] for name in ("hint", "lightbulb", "preview")})


def test_neovim(start: Start, sample: Path) -> None:
    """From the edit or the command to what Neovim is given to draw."""
    neovim = start(REAL)
    neovim.lua("vim.lsp.inlay_hint.enable()")
    neovim.edit(sample / "sample.py")
    neovim.settle()
    neovim.until_lua("hint", "return vim.inspect(vim.lsp.inlay_hint.get({ bufnr = 0 })):find(': int', 1, true)")
    took: dict[str, list[float]] = {"hint": [], "lightbulb": [], "preview": []}
    line, column = ANNOTATION[0] - 1, ANNOTATION[1] - 1
    for count in range(TIMES):
        change, text = ("'B'", ": str") if count % 2 == 0 else ("''", ": int")
        end = column if count % 2 == 0 else column + 1
        took["hint"].append(measured(neovim, HINT + f"vim.api.nvim_buf_set_text(0, {line}, {column}, {line}, {end}, {{ {change} }})", text))
    neovim.put_cursor(HOLE[0], HOLE[1] - 1)
    measured(neovim, LIGHTBULB, "✓ types")  # the last edit's candidates are computed now
    for _ in range(TIMES):
        took["lightbulb"].append(measured(neovim, LIGHTBULB, "✓ types"))
    for _ in range(TIMES):
        took["preview"].append(measured(neovim, PREVIEW, ""))
        neovim.until("candidates", lambda: neovim.in_float)
        neovim.keys("q")
        neovim.until("closed", lambda: not neovim.in_float)
    record("neovim", took)


def measured(neovim: Neovim, code: str, text: str) -> float:
    """Milliseconds from the start of a chunk of Lua to what it waits for."""
    neovim.lua("_G.took = nil")
    neovim.lua(code, text)
    return float(neovim.until_lua(text or "preview", "return took"))


def record(editor: str, took: dict[str, list[float]]) -> None:
    """Median and 95th percentile of each row; those of the other editor stay in the file."""
    rows = [
        {
            "name": f"{editor}.{name}",
            "unit": "ms",
            "p50": statistics.median(times),
            "p95": statistics.quantiles(times, n=20)[-1],
            "n": len(times),
        }
        for name, times in took.items()
    ]
    assert [row["n"] for row in rows] == [TIMES] * 3
    if target := os.environ.get("ASTRAL_E2E_RESULTS"):
        file = Path(target)
        others = json.loads(file.read_text())["rows"] if file.exists() else []
        kept = [row for row in others if not row["name"].startswith(f"{editor}.")]
        file.write_text(json.dumps({"rows": sorted(kept + rows, key=lambda row: row["name"])}) + "\n")
