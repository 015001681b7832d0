"""`contributes.configuration` of VS Code's package.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from astral_lsp.settings import properties

FILE = Path(__file__).resolve().parents[1] / "vscode" / "package.json"

EDITORS_OWN: dict[str, dict[str, Any]] = {
    "astral.server.interpreter": {
        "type": ["string", "null"],
        "default": None,
        "scope": "machine-overridable",
        "markdownDescription": "Python that runs the server; it must have the package `astral-lsp`. Empty: the active interpreter of the "
        "Python extension, else the environment that *Astral: Install Server* makes, else `python3` on PATH; the first that has it.",
    },
    "astral.trace.server": {
        "type": "string",
        "enum": ["off", "messages", "verbose"],
        "default": "off",
        "scope": "window",
        "markdownDescription": "Messages between the editor and the server in the output channel. `verbose` has your code in it.",
    },
}
"""What the server does not know of."""

NOT_HERE = {"astral.trusted"}
"""Workspace Trust decides."""

HELD_BACK = ("interpreter", "sandbox", "astral.lm.")
"""Settings with one of these words in their name are not taken from a workspace that is not trusted: they say what is run, how, or where
code is sent."""

SHOWN = {"astral.interpreter": "Python whose packages are seen; it is looked at, never run. Empty: the active interpreter of the Python "
         "extension, else the workspace's `.venv`, else the server's own."}  # fmt: skip
"""What reads otherwise in an editor that has interpreters of its own."""


def configuration() -> list[dict[str, Any]]:
    """`contributes.configuration`, one category for each group of settings."""
    groups: dict[str, dict[str, Any]] = {}
    for key, schema in {**properties(), **EDITORS_OWN}.items():
        if key not in NOT_HERE:
            group = key.split(".")[1] if key.count(".") > 1 else ""
            described = {**schema, "markdownDescription": SHOWN.get(key, schema["markdownDescription"])}
            groups.setdefault(group, {})[key] = {"scope": "machine-overridable" if key == "astral.interpreter" else "resource", **described}
    return [{"title": _title(group), "properties": found} for group, found in groups.items()]


def _title(group: str) -> str:
    """`inlayHints` is `Inlay Hints`."""
    words = "".join(" " + letter if letter.isupper() else letter for letter in group[:1].upper() + group[1:])
    return words.strip() or "Astral"


def restricted() -> list[str]:
    """`capabilities.untrustedWorkspaces.restrictedConfigurations`."""
    keys = [key for group in configuration() for key in group["properties"]]
    return [key for key in keys if any(word in key for word in HELD_BACK)]


def updated(text: str) -> str:
    """package.json with what is ours in it brought up to date."""
    package = json.loads(text)
    package["contributes"]["configuration"] = configuration()
    package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = restricted()
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"
