"""What a proposal changes: as little text as says it, how many tokens that is, and the words for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from astral_runtime.holes import Span
from astral_runtime.repair.code import Code
from astral_runtime.repair.values import Proposal

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")
_TOKEN = re.compile(r"\w+|[^\w\s()\[\]{},.:\"']+")
_TITLE_CHARACTERS = 60


def trimmed(code: Code, proposal: Proposal) -> Proposal:
    """The same change, announced by the smallest span of whole tokens."""
    old, new = _PIECE.findall(code.slice(proposal.span)), _PIECE.findall(proposal.text)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    while (
        tail
        and not (_balanced(old[head : len(old) - tail]) and _balanced(new[head : len(new) - tail]))
        and _balanced(old)
        and _balanced(new)
    ):
        tail -= 1
    while (
        head
        and not (_balanced(old[head : len(old) - tail]) and _balanced(new[head : len(new) - tail]))
        and _balanced(old)
        and _balanced(new)
    ):
        head -= 1
    start = proposal.span.start + len("".join(old[:head]).encode())
    end = proposal.span.end - len("".join(old[len(old) - tail :]).encode())
    return replace(proposal, span=Span(start, end), text="".join(new[head : len(new) - tail]))


def tokens_changed(code: Code, proposal: Proposal) -> int:
    """Tokens put in or taken out, whichever are more in each place; brackets, commas and dots left out. An import is one."""
    old, new = _TOKEN.findall(code.slice(proposal.span)), _TOKEN.findall(proposal.text)
    matched = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    own = sum(max(i2 - i1, j2 - j1) for kind, i1, i2, j1, j2 in matched if kind != "equal")
    touched = proposal.text != "" or proposal.span.end > proposal.span.start
    return (max(1, own) if touched else 0) + len(proposal.imports)


def title(code: Code, proposal: Proposal) -> str:
    """`` `itme` → `item` ``, ``add `await` ``, ``remove `, 3` ``; imports are named too. One line."""
    if proposal.says:
        return proposal.says
    old, new = _line(code.slice(proposal.span)), _line(proposal.text)
    said = f"`{old}` → `{new}`" if old and new else f"add `{new}`" if new else f"remove `{old}`" if old else "change the white space"
    return " and ".join([said, *(f"add `{statement}`" for statement in proposal.imports)])


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    return next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def _balanced(pieces: Sequence[str]) -> bool:
    depth = 0
    for piece in pieces:
        depth += (piece in "([{") - (piece in ")]}")
        if depth < 0:
            return False
    return depth == 0


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _TITLE_CHARACTERS else text[: _TITLE_CHARACTERS - 1] + "…"
