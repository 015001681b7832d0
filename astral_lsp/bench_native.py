"""§3.4's rows, measured through the Python binding on one 10 kB module, beside py-tree-sitter on the same bytes.

Every operation runs once per round, so that what else the machine does falls on all of them alike, and every other round
backwards, so that none always finds the caches as the same neighbour left them.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from astral_native import LEXEME_KINDS, Snapshot

ROUNDS = 400
WARM_UP = 20
SIZE = 10_240
NAME = LEXEME_KINDS.index("NAME")

_METHOD = '''
    @cached
    def settle(self, accounts: list[Account], limit: Decimal = Decimal("1.00"), *, strict: bool = False) -> dict[str, Decimal]:
        """Pay what is owed, smallest amounts first, until the limit is reached."""
        paid: dict[str, Decimal] = {}
        for position, account in enumerate(sorted(accounts, key=lambda each: each.owed)):
            if account.owed > limit and not strict or account.closed:
                continue
            try:
                paid[account.name] = self.ledger.transfer(account, amount=min(account.owed, limit), note=f"{position}: {account.name!r}")
            except LedgerError as error:
                self.log.append((account.name, str(error)))
        return {name: amount for name, amount in paid.items() if amount}
'''
MODULE = "class Bank:\n" + _METHOD * round(SIZE / len(_METHOD))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the latency table. `p50` and `p95` are in `unit` ("us" or "ms"); `n` is how often it was measured."""

    name: str
    unit: str
    p50: float
    p95: float
    n: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One measured thing. `prepare` gets the number of the round and is not timed; what it returns is what `run` gets."""

    prepare: Callable[[int], Any]
    run: Callable[[Any], object]


def rows() -> list[Row]:
    """native.* and, where py-tree-sitter is installed, pytreesitter.*; `absent()` says why rows are missing."""
    operations = _native(MODULE) | _pytreesitter(MODULE)
    return [row(name, "us", samples) for name, samples in _measure(operations, ROUNDS).items()]


def absent() -> dict[str, str]:
    """Rows that cannot be measured here, and why."""
    if _pytreesitter(MODULE):
        return {}
    return dict.fromkeys(("pytreesitter.parse_10kb", "pytreesitter.reparse"), "py-tree-sitter is not installed (extra `test`)")


def row(name: str, unit: str, samples: Sequence[float]) -> Row:
    """A row from its samples, given in `unit`; at least two."""
    cuts = quantiles(samples, n=20, method="inclusive")
    return Row(name, unit, round(cuts[9], 3), round(cuts[18], 3), len(samples))


def _measure(operations: dict[str, Operation], rounds: int) -> dict[str, list[float]]:
    """Microseconds of each operation, round by round. Dropping a result is not timed."""
    samples: dict[str, list[float]] = {name: [] for name in operations}
    gc.collect()
    for turn in range(WARM_UP + rounds):
        order = list(operations.items())
        for name, operation in order if turn % 2 else reversed(order):
            prepared = operation.prepare(turn)
            begin = time.perf_counter_ns()
            result = operation.run(prepared)
            taken = time.perf_counter_ns() - begin
            del result
            if turn >= WARM_UP:
                samples[name].append(taken / 1000)
    return samples


def _names(snapshot: Snapshot) -> list[tuple[int, int]]:
    """Spans of all identifiers: the places where a denoiser puts tokens."""
    lexemes = snapshot.lexemes()
    return [lexemes.span(index, index + 1) for index, kind in enumerate(lexemes.kinds()) if kind == NAME]


def _native(text: str) -> dict[str, Operation]:
    """Parse from nothing and by edit, localise, map spans, and the whole cycle of both kinds, each round at another name.

    A cycle puts a token in that does not fit, reparses, finds what broke, widens it to the node around it and maps that
    to the lexemes of the new text, which are the ones to mask again.
    """
    whole = Snapshot(text)
    spans, lexemes = _names(whole), whole.lexemes()

    def name(turn: int) -> tuple[int, int]:
        return spans[turn * 7919 % len(spans)]

    def broken(turn: int) -> Snapshot:
        return whole.replaced([(*name(turn), ")")])

    def remask(decoded: Snapshot) -> list[tuple[int, int]]:
        found = decoded.lexemes()
        return [found.at(*decoded.dilate(fault.start, fault.end)) for fault in decoded.faults()]

    return {
        "native.parse_10kb": Operation(lambda _: text, Snapshot),
        "native.reparse": Operation(name, lambda span: whole.replaced([(*span, "other")])),
        "native.localise": Operation(broken, Snapshot.faults),
        "native.span_map": Operation(name, lambda span: lexemes.span(*lexemes.at(*span))),
        "native.cycle": Operation(name, lambda span: remask(whole.replaced([(*span, ")")]))),
        "native.cycle_full": Operation(lambda turn: broken(turn).text(), lambda decoded: remask(Snapshot(decoded))),
    }


def _pytreesitter(text: str) -> dict[str, Operation]:
    """The same two parses by py-tree-sitter; nothing when it is not installed."""
    try:
        import tree_sitter
        import tree_sitter_python
    except ImportError:
        return {}
    parser: Any = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
    source, spans = text.encode(), _names(Snapshot(text))
    tree = parser.parse(source)

    def edit(turn: int) -> tuple[Any, ...]:
        """Arguments of Tree.edit for the same replacement that native.reparse makes in that round."""
        start, end = spans[turn * 7919 % len(spans)]
        (line, column), new_end = _point(source, start), start + len("other")
        return start, end, new_end, (line, column), (line, column + end - start), (line, column + len("other"))

    def reparse(edit: tuple[Any, ...]) -> object:
        edited = tree.copy()
        edited.edit(*edit)
        return parser.parse(source[: edit[0]] + b"other" + source[edit[1] :], edited)

    return {"pytreesitter.parse_10kb": Operation(lambda _: source, parser.parse), "pytreesitter.reparse": Operation(edit, reparse)}


def _point(source: bytes, offset: int) -> tuple[int, int]:
    """Row and byte column of an offset."""
    return source.count(b"\n", 0, offset), offset - source.rfind(b"\n", 0, offset) - 1
