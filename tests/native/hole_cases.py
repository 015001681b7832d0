"""Holes, intents and gaps as tables. The sources with marked holes lie in holes.txt."""

from __future__ import annotations

from cases import sections

MARKED = sections("holes.txt") | {
    "crlf and bom": "\ufeffx = ‹e:...›\r\ny = ‹e:...›\r\n",
    "lone carriage returns": "x = ‹e:...›\rdef f():\r    ‹b:...›\r",
}

IMPORT = "from astral_lsp import hole\n"

INTENTS: dict[str, tuple[str, list[str | None]]] = {
    "trailing": ("x = ...  # the sum\n", ["the sum"]),
    "above": ("# the sum\nx = ...\n", ["the sum"]),
    "above, several lines": ("# the sum\n# of all\nx = ...\n", ["the sum of all"]),
    "trailing beats above": ("# no\nx = ...  # yes\n", ["yes"]),
    "above a block": ("def f():\n    # all of it\n    ...\n", ["all of it"]),
    "above an argument": ("f(\n    a,\n    # the key\n    ...,\n    ...,  # the value\n)\n", ["the key", "the value"]),
    "argument beats comment": (IMPORT + "x = hole('yes')  # no\n", ["yes"]),
    "comment of an empty hole()": (IMPORT + "x = hole()  # yes\n", ["yes"]),
    "keyword": (IMPORT + "x = hole(intent='yes')\n", ["yes"]),
    "other keyword": (IMPORT + "x = hole(other='no')\n", [None]),
    "not a literal": (IMPORT + "x = hole(f'{a}')\ny = hole(a)\nz = hole(b'a')\n", [None, None, None]),
    "joined literals": (IMPORT + "x = hole('the ' \"sum\")\n", ["the sum"]),
    "escapes": (IMPORT + r"x = hole('\x61\u00e9\'\\ \141\q')" + "\n", ["aé'\\ a\\q"]),
    "raw": (IMPORT + r"x = hole(r'\d+')" + "\n", [r"\d+"]),
    "triple": (IMPORT + "x = hole('''\n  the sum\n''')\n", ["the sum"]),
    "blank line between": ("# no\n\nx = ...\n", [None]),
    "code above": ("y = 1  # no\nx = ...\n", [None]),
    "comment on the next line": ("x = ...\n# no\n", [None]),
    "shared by a line": ("x = f(..., ...)  # both\n", ["both", "both"]),
    "for tools": ("x = ...  # type: ignore[assignment]\ny = ...  # noqa: E501\n", [None, None]),
    "for tools and for us": ("x = ...  # noqa: E501  # the sum\n", ["the sum"]),
    "empty": ("x = ...  #\n", [None]),
    "crlf": ("# the sum\r\nx = ...\r\n", ["the sum"]),
    "hash in a string": ("x = f('# no', ...)\n", [None]),
}
