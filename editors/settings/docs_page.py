"""docs/settings.md."""

from __future__ import annotations

from pathlib import Path

from listing import Entry, Group, groups
from vscode_package import EDITORS_OWN

FILE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"

HEAD = """\
# Settings

What the server obeys, under `astral`. Every setting has a default; a value that cannot be read is named in the client's log and ignored.
In VS Code they are in the settings editor. In Neovim they go into `vim.g.astral.settings` without the `astral.` (`:help astral-settings`).
Other clients send them as `initializationOptions.settings`, or answer `workspace/configuration` for the section `astral`; keys may be
nested or dotted. `initializationOptions.trusted` is what the client says of the workspace's trust, and outweighs `astral.trusted`.

This page is written by `python editors/settings` from `astral_lsp/settings.py`.
"""


def updated(text: str) -> str:
    """The page as it should be, whatever it is."""
    tables = "\n".join(_table(group) for group in groups())
    own = "\n".join(f"- `{key}`: {schema['markdownDescription']}" for key, schema in EDITORS_OWN.items())
    return f"{HEAD}\n{tables}\n## VS Code's own\n\n{own}\n"


def _table(group: Group) -> str:
    title = f"## {group.about.rstrip('.').splitlines()[0]}\n\n" if group.about else ""
    rows = "\n".join(_row(entry) for entry in group.entries)
    return f"{title}| setting | takes | default | |\n|---|---|---|---|\n{rows}\n"


def _row(entry: Entry) -> str:
    return f"| `astral.{entry.name}` | {entry.values} | `{entry.default}` | {entry.about} |"
