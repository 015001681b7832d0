"""The section *astral-settings* of the Neovim plugin's help file."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from listing import Entry, groups

FILE = Path(__file__).resolve().parents[1] / "neovim" / "doc" / "astral.txt"

WIDTH, INDENT = 78, 24
RULE = "=" * WIDTH
TITLE = "SETTINGS" + "*astral-settings*".rjust(WIDTH - len("SETTINGS"))
HEAD = "What the server obeys: `settings` of |g:astral|, or `settings.astral` of |vim.lsp.config()|. Names with a dot are tables in tables."


def updated(text: str) -> str:
    """The help file with its section brought up to date."""
    sections = re.split(rf"^{RULE}$\n", text, flags=re.MULTILINE)
    return f"{RULE}\n".join(_section() if section.startswith("SETTINGS ") else section for section in sections)


def _section() -> str:
    entries = "\n".join(_entry(entry) for group in groups() for entry in group.entries)
    return f"{TITLE}\n\n{textwrap.fill(HEAD, WIDTH)}\n\n{entries}\n"


def _entry(entry: Entry) -> str:
    about = textwrap.wrap(entry.about, WIDTH - INDENT)
    takes = textwrap.wrap(f"{entry.values}; default {entry.default}", WIDTH - INDENT)
    first, *more = [*takes, *about]
    name = entry.name if len(entry.name) < INDENT - 1 else entry.name + "\n" + " " * INDENT
    lines = [f"*astral-{entry.name}*".rjust(WIDTH), name.ljust(INDENT) + first, *(" " * INDENT + line for line in more)]
    return "\n".join(lines) + "\n"
