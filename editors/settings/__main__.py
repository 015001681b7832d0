"""The settings reference from astral_lsp/settings.py: `python editors/settings` writes it, `--check` names what differs and fails."""

from __future__ import annotations

import sys

import docs_page
import neovim_help
import vscode_package

TARGETS = (vscode_package, neovim_help, docs_page)


def main() -> int:
    """Write, or compare."""
    differ = 0
    for target in TARGETS:
        text = target.FILE.read_text(encoding="utf-8") if target.FILE.exists() else ""
        if (new := target.updated(text)) == text:
            continue
        if "--check" in sys.argv:
            print(f"{target.FILE} differs from astral_lsp/settings.py: run `python editors/settings`", file=sys.stderr)
            differ = 1
        else:
            target.FILE.write_text(new, encoding="utf-8")
    return differ


if __name__ == "__main__":
    sys.exit(main())
