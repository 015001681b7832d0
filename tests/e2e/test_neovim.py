"""The Neovim plugin in a real Neovim: with the scripted server where fills must be slow or fail, with the real one where types matter."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from nvim_session import PLUGIN, REAL, SCRIPTED, Neovim, Start

IMPORT = "from astral_lsp import hole\n"


def opened(neovim: Neovim, tmp_path: Path, code: str) -> Neovim:
    """A file of this code, its holes known, the cursor on its first line."""
    (tmp_path / "pyproject.toml").touch()
    file = tmp_path / "sample.py"
    file.write_text(code + IMPORT)
    neovim.edit(file)
    neovim.settle()
    return neovim


pytestmark = pytest.mark.e2e


def test_a_hole_is_seen_filled_and_undone(start: Start, shop: Path) -> None:
    """With the real server: hint and hover say σ, the float has verified candidates, accepting is one undo step, next goes on."""
    neovim = start(REAL, settings={"fill": {"budgetMs": 30_000}})
    neovim.lua("vim.lsp.inlay_hint.enable()")
    neovim.edit(shop / "cart.py")
    neovim.settle()
    hints = neovim.until_lua("hints", "local all = vim.lsp.inlay_hint.get({ bufnr = 0 }) return #all > 0 and vim.json.encode(all)")
    assert ": float" in hints
    before = neovim.lines
    neovim.put_cursor(49, 20)
    neovim.run("Astral explain")
    neovim.until("goal", lambda: neovim.in_float)
    assert neovim.lines[:3] == ["h3 · expression  ▢: float", "return type of total", "intent  sum of the subtotals of all lines"]
    neovim.keys("q")
    neovim.until("closed", lambda: not neovim.in_float)
    bufnr = neovim.bufnr
    neovim.run("Astral fill")
    neovim.until("candidates", lambda: neovim.in_float)
    float_lines = neovim.lines
    first = next(line for line in float_lines if line.startswith("1  "))
    assert "✓ types" in first
    neovim.until("preview", lambda: neovim.virtual_text(bufnr))
    text = neovim.virtual_text(bufnr)[0]
    assert first.startswith(f"1  {text.splitlines()[0]}")
    neovim.keys("<CR>")
    neovim.until("filled", lambda: neovim.lines != before and not neovim.in_float)
    assert f"        return {text}" in "\n".join(neovim.lines)
    neovim.keys("u")
    neovim.until("undone", lambda: neovim.lines == before)
    neovim.run("Astral next")
    neovim.until("next hole", lambda: neovim.cursor == (56, 19))


def test_repair_of_a_type_error(start: Start, tmp_path: Path) -> None:
    """With the real server: the planted error is repaired by a few tokens, every other line stays as it was."""
    neovim = opened(start(REAL), tmp_path, "def label(count: int) -> str:\n    text = 'n = '\n    return count\n\n\n")
    neovim.lua("vim.ui.select = function(items, options, take) _G.offered = vim.tbl_map(options.format_item, items); take(items[1]) end")
    neovim.until_lua("diagnostic", "return #vim.diagnostic.get(0, { severity = 1 }) > 0")
    before = neovim.lines
    neovim.put_cursor(3)
    neovim.run("Astral repair")
    neovim.until("repaired", lambda: neovim.lines != before)
    assert all(title.startswith("Repair: ") for title in neovim.lua("return offered"))
    assert [line for number, line in enumerate(neovim.lines) if number != 2] == [line for number, line in enumerate(before) if number != 2]
    neovim.until_lua("no error left", "return #vim.diagnostic.get(0, { severity = 1 }) == 0")
    neovim.keys("u")
    neovim.until("undone", lambda: neovim.lines == before)


def test_a_fill_forms_in_its_hole_until_it_is_cancelled(start: Start, tmp_path: Path) -> None:
    """Masks are drawn, the hole is concealed, the text stays; cancelling takes everything back."""
    neovim = opened(start(), tmp_path, 'x = hole("slow") + 1\n')
    bufnr, before = neovim.bufnr, neovim.lines
    neovim.run("Astral fill")
    neovim.until("forming", lambda: neovim.virtual_text(bufnr) == ["f(▢)"])
    groups = neovim.lua("return vim.iter(require('astral.forming').chunks('f(▢▢) + ▢', 'AstralForming')):map(table.concat):totable()")
    assert groups == ["f(AstralForming", "▢▢AstralMask", ") + AstralForming", "▢AstralMask"]
    assert neovim.lua("return vim.wo.conceallevel") == 2
    neovim.run("Astral cancel")
    neovim.until("cancelled", lambda: neovim.said == ["astral: cancelled"])
    assert neovim.virtual_text(bufnr) == []
    assert neovim.lua("return vim.wo.conceallevel") == 0
    assert neovim.lines == before


def test_typing_gives_a_fill_up(start: Start, tmp_path: Path) -> None:
    """A fill belongs to one version of the text: what is drawn goes, nothing is applied, and the reason is said."""
    neovim = opened(start(), tmp_path, 'x = hole("slow")\n')
    bufnr = neovim.bufnr
    neovim.run("Astral fill")
    neovim.until("forming", lambda: neovim.virtual_text(bufnr))
    neovim.keys("Goy = 2<Esc>")
    neovim.until("given up", lambda: neovim.said == ["astral: the text changed meanwhile"])
    assert neovim.virtual_text(bufnr) == []
    assert neovim.lines == ['x = hole("slow")', IMPORT.strip(), "y = 2"]


def test_a_fill_and_its_import_are_one_undo_step(start: Start, tmp_path: Path) -> None:
    """Two edits, one `u`; what was typed before stays."""
    neovim = opened(start(), tmp_path, 'x = hole("import abc | 2")\n')
    neovim.keys("Goy = 2<Esc>gg")
    neovim.settle()
    before = neovim.lines
    neovim.run("Astral fill")
    neovim.until("float", lambda: neovim.in_float)
    assert "1  abc  ✓ types  search  + import abc" in neovim.lines
    neovim.keys("1")
    neovim.until("filled", lambda: neovim.lines[:2] == ["import abc", "x = abc"])
    neovim.keys("u")
    neovim.until("undone", lambda: neovim.lines == before)


@pytest.mark.parametrize(("answer", "line"), [("Apply", "x = 7"), ("Cancel", 'x = hole("7?types")')])
def test_what_is_not_verified_is_asked_about(start: Start, tmp_path: Path, answer: str, line: str) -> None:
    """The question says what was not checked and why; only Apply applies."""
    neovim = opened(start(), tmp_path, 'x = hole("7?types")\n')
    neovim.lua("local answer = ...; vim.ui.select = function(_, options, take) _G.asked = options.prompt; take(answer) end", answer)
    neovim.run("Astral! fill")
    asked = neovim.until_lua("question", "return asked")
    assert "types not checked: scripted outage" in asked
    neovim.until("the line", lambda: neovim.lines[0] == line)


def test_a_refuted_hole_stays_open(start: Start, tmp_path: Path) -> None:
    """No candidate: the reason is said and nothing changes."""
    neovim = opened(start(), tmp_path, 'x = hole("none")\n')
    neovim.run("Astral fill")
    neovim.until("reason", lambda: neovim.said == ["astral: h1 stays open: nothing in scope fits"])


def test_all_holes_are_filled_at_once(start: Start, tmp_path: Path) -> None:
    """One command, one undo step, and one line that counts."""
    neovim = opened(start(), tmp_path, 'x = hole("1")\ny = hole("2")\n')
    before = neovim.lines
    neovim.run("Astral fillall")
    neovim.until("filled", lambda: neovim.lines[:2] == ["x = 1", "y = 2"])
    neovim.until("said", lambda: neovim.said == ["astral: 2 of 2 holes filled"])
    neovim.keys("u")
    neovim.until("undone", lambda: neovim.lines == before)


def test_next_and_prev_go_around(start: Start, tmp_path: Path) -> None:
    """Forward from the last hole is the first; back again; a file without holes says so."""
    neovim = opened(start(), tmp_path, 'é = "ß", hole("1")\ny = hole("2")\n')
    for command, place in [("next", (1, 11)), ("next", (2, 4)), ("next", (1, 11)), ("prev", (2, 4))]:
        neovim.run(f"Astral {command}")
        neovim.until(f"{command} to {place}", lambda place=place: neovim.cursor == place)
    neovim.keys("ggdG")
    neovim.until("empty", lambda: neovim.lines == [""])
    neovim.run("Astral next")
    neovim.until("said", lambda: neovim.said == ["astral: there is no hole in this file"])


def test_a_region_is_rewritten(start: Start, tmp_path: Path) -> None:
    """A selection goes to the server as a range of exactly the selected characters."""
    neovim = opened(start(), tmp_path, 'é = 12 + "ß" * 2\n')
    neovim.lua("""
        local client = vim.lsp.get_clients({ name = "astral" })[1]
        local request = client.request
        client.request = function(self, method, parameters, ...)
          if method == "astral/fill" then _G.asked = vim.json.encode(parameters.range) end
          return request(self, method, parameters, ...)
        end""")
    neovim.lua('vim.keymap.set("x", "gh", "<Plug>(astral-fill)")')
    neovim.keys("gg09lvllgh")
    asked = neovim.until_lua("range", "return asked")
    assert neovim.lua("local range = vim.json.decode(...) return range.start.line .. ' ' .. range['end'].line", asked) == "0 0"
    start_, end = (neovim.lua(f"return vim.json.decode(...)['{name}'].character", asked) for name in ("start", "end"))
    encoding = neovim.lua("return vim.lsp.get_clients({ name = 'astral' })[1].offset_encoding")
    encoded = 'é = 12 + "ß" * 2'.encode({"utf-8": "utf-8", "utf-16": "utf-16-le"}[encoding])
    width = 2 if encoding == "utf-16" else 1
    assert encoded[start_ * width : end * width].decode({"utf-8": "utf-8", "utf-16": "utf-16-le"}[encoding]) == '"ß"'


def test_a_server_that_cannot_start_is_told_about_once(start: Start, tmp_path: Path) -> None:
    """Not silence: what is missing and what to do; the health check says the same."""
    neovim = start(("no-such-astral-lsp",))
    for name in ("a.py", "b.py"):
        neovim.run(f"edit {tmp_path / name}")
    neovim.until("message", lambda: neovim.said)
    assert len(neovim.said) == 1
    assert "`no-such-astral-lsp` cannot be executed" in neovim.said[0]
    assert "pip install astral-lsp" in neovim.said[0]
    neovim.run("Astral fill")
    assert "the server cannot start" in neovim.said[1]
    neovim.run("checkhealth astral")
    assert any("ERROR" in line and "no-such-astral-lsp" in line for line in neovim.lines)


def test_a_killed_server_is_told_about_and_restarted(start: Start, tmp_path: Path) -> None:
    """The message names the way back, and the way back works; what was drawn is gone."""
    neovim = opened(start(), tmp_path, 'x = hole("slow")\ny = hole("2")\n')
    bufnr = neovim.bufnr
    neovim.run("Astral fill")
    neovim.until("forming", lambda: neovim.virtual_text(bufnr))
    servers = [pid for pid in _children(neovim.process.pid) if "scripted_server" in _command_line(pid)]
    os.kill(servers[0], signal.SIGKILL)
    neovim.until("message", lambda: any("`:Astral restart`" in said for said in neovim.said))
    assert neovim.virtual_text(bufnr) == []
    neovim.run("Astral restart")
    neovim.until_lua("client", "local c = vim.lsp.get_clients({ bufnr = 0, name = 'astral' })[1] return c and c.initialized")
    neovim.put_cursor(2, 4)
    neovim.run("Astral! fill")
    neovim.until("filled", lambda: neovim.lines[1] == "y = 2")


def _children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _command_line(pid: int) -> str:
    import psutil

    return " ".join(psutil.Process(pid).cmdline())


TRUST = [
    ("false", False),
    ("true", True),
    ("{ vim.fs.dirname(root) }", True),
    ("{ root }", True),
    ("{ root .. '-other' }", False),
    ("function(folder) return folder == root end", True),
    ("function() return nil end", False),
]


@pytest.mark.parametrize(("option", "trusted"), TRUST)
def test_trust_is_what_the_user_says(start: Start, tmp_path: Path, option: str, trusted: bool) -> None:
    """Nothing is trusted unless the option says so of this very root."""
    neovim = start()
    code = (
        f"local root = ...; require('astral.config').overrides = {{ trusted = {option} }} return require('astral.config').is_trusted(root)"
    )
    neovim.lua("vim.g.astral = nil")
    assert neovim.lua(code, str(tmp_path)) is trusted


def test_trust_and_settings_reach_the_server(start: Start, tmp_path: Path) -> None:
    """They are part of initialize; options that do not exist are named."""
    neovim = start(SCRIPTED, trusted=[str(tmp_path)], settings={"fill": {"candidates": 1}}, colour="red")
    neovim.lua("""
        vim.lsp.config("astral", { before_init = function(parameters, config)
          require("astral.server").before_init(parameters, config)
          _G.sent = parameters.initializationOptions
        end })""")
    opened(neovim, tmp_path, 'x = hole("1 | 2")\n')
    assert neovim.lua("return sent") == {"trusted": True, "settings": {"fill": {"candidates": 1}}}
    assert neovim.said == ["astral: colour: no such option"]
    neovim.run("Astral fill")
    neovim.until("float", lambda: neovim.in_float)
    assert [line[:2] for line in neovim.lines if re.match(r"\d  ", line)] == ["1 "]


PARTS = [
    ("all", "    return ...", "sum(xs)", "sum(xs)"),
    ("word", "    return ...", "sum(xs)", "sum"),
    ("word", "    return su", "sum(xs)", "sum"),
    ("word", "    return sum", "sum(xs)", "sum("),
    ("word", "x = ", "größe + 1", "größe"),
    ("word", "x = größe", "größe + 1", "größe +"),
    ("line", "x = (a,", "(a,\n  b,\n  c)", "(a,\n  b,"),
    ("line", "x = ", "(a,\n  b)", "(a,"),
    ("line", "  b", "  b,\n  c)", "  b,"),
]


@pytest.mark.parametrize(("part", "before", "text", "accepted"), PARTS)
def test_ghost_text_is_accepted_in_parts(start: Start, part: str, before: str, text: str, accepted: str) -> None:
    """What is typed already counts; the rest is cut after its next word or line. Neovim 0.12's own function is stood in for."""
    neovim = start()
    neovim.lua("""
        vim.lsp.inline_completion = { get = function(options)
          _G.taken = options.on_accept({ insert_text = offered }).insert_text
          return true
        end }""")
    neovim.lua("_G.offered = ...", text)
    neovim.lua(f"vim.keymap.set('i', '<M-a>', '<Plug>(astral-accept-{part})')")
    neovim.keys(f"i{before}<M-a>")
    assert neovim.until_lua("accepted", "return taken") == accepted


def test_ghost_text_is_offered_where_neovim_has_it(start: Start, tmp_path: Path) -> None:
    """The server answers this client's request; a Neovim that cannot show the answer says so when it is asked to accept."""
    neovim = opened(start(), tmp_path, 'x = hole("1 | 2")\n')
    neovim.lua("""
        local client = vim.lsp.get_clients({ name = "astral" })[1]
        local position = { line = 0, character = 4 }
        local parameters = { textDocument = { uri = vim.uri_from_bufnr(0) }, position = position, context = { triggerKind = 1 } }
        client:request("textDocument/inlineCompletion", parameters, function(_, answer) _G.answer = answer end)""")
    answer = neovim.until_lua("answer", "return answer")
    assert [item["insertText"] for item in answer["items"]] == ["1", "2"]
    if not neovim.lua("return vim.lsp.inline_completion ~= nil"):
        assert neovim.lua("return require('astral.inline').accept('all')") is False
        assert neovim.said == ["astral: ghost text needs Neovim 0.12 or later"]


def test_the_health_check_is_healthy(start: Start, tmp_path: Path) -> None:
    """With the real server: no error, the version, and what it runs on."""
    neovim = opened(start(REAL), tmp_path, "x: int = ...\n")
    neovim.run("checkhealth astral")
    neovim.until("report", lambda: any("astral-lsp 0." in line for line in neovim.lines))
    assert not [line for line in neovim.lines if "ERROR" in line]


def test_the_help_knows_every_command_map_option_and_group(start: Start) -> None:
    """Help tags are well formed, and what the plugin has is documented."""
    neovim = start()
    text = (PLUGIN / "doc" / "astral.txt").read_text(encoding="utf-8")
    tags = set(re.findall(r"(?<!\S)\*(\S+)\*(?!\S)", text))
    names = neovim.lua("return require('astral.command').complete('')")
    assert {f":Astral-{name}" for name in names} <= tags
    maps = neovim.lua("return vim.tbl_map(function(map) return map.lhs end, vim.api.nvim_get_keymap('n'))")
    assert {name for name in maps if name.startswith("<Plug>(astral")} <= set(re.findall(r"<Plug>\S+", text))
    groups = neovim.lua("return vim.tbl_keys(vim.api.nvim_get_hl(0, {}))")
    assert {f"hl-{name}" for name in groups if name.startswith("Astral")} <= tags
    options = neovim.lua("return vim.tbl_keys(require('astral.config').defaults)")
    assert all(re.search(rf"^{name}\b", text, re.MULTILINE) for name in [*options, "cmd"])
    wanted = set(re.findall(r"\|(:?[Aa]stral\S*?)\|", text))
    assert wanted <= tags
