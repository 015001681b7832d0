"""Cursors and the names visible at them. Most lie in scopes.txt."""

from __future__ import annotations

from cases import sections


def split(section: str) -> tuple[str, list[str]]:
    """Source and expected names of a section."""
    source, _, names = section.partition("---\n")
    return source, names.splitlines()


CASES = {name: split(section) for name, section in sections("scopes.txt").items()} | {
    "empty": ("‸", []),
    "carriage returns": ("def f(a):\r    b = 1\r    return ‸...\r", ["local b", "parameter a", "module f"]),
}
