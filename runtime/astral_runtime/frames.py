"""Forms of the statement that a region lost, likeliest first, each with one ordinary hole to search in: `total = ▢`, `for item in ▢:`.

What a form assigns is what the code behind the region reads and nobody binds. The costs of forms begin from −log of their shares among the
statements of the model's training corpus (by position: last of its block, followed by others, opening a block); what names that are read or
unused change about them is set by hand.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import SUBHOLE, Hole, Span
from astral_runtime.region import CLOSERS, Reading

MOST_TARGETS = 3
MOST_READINGS = 2
MOST_FRAMES = 8
MOST_KEYWORDS = 4
UNLIKELY = 3.0
"""Extra cost of the second likeliest indentation."""
LOST = 4.0
"""Extra cost of a statement that is an expression whose value is lost and that does nothing else."""
IDLE = 2.0
"""Extra cost of a form that leaves a name unbound which the code below reads."""

Form = tuple[str, float]
"""A statement, ▢ where its hole is, and its cost; without ▢ it is a fill as it stands."""

_ANSWERS = frozenset(
    {"abs", "all", "any", "bool", "bytes", "callable", "chr", "dict", "divmod", "enumerate", "filter", "float", "format", "frozenset"}
    | {"getattr", "hasattr", "hash", "id", "int", "isinstance", "issubclass", "len", "list", "map", "max", "min", "ord", "pow", "range"}
    | {"repr", "reversed", "round", "set", "sorted", "str", "sum", "super", "tuple", "type", "zip"}
)
"""Builtins that are called for what they answer."""

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


@dataclass(frozen=True, slots=True)
class Frame:
    """`document` is the file with the region written as `head` + a stand-in + `tail`; a fill of `hole` there fills the region between them.

    Without a hole, `head` is a whole fill.
    """

    document: DocumentSnapshot
    hole: Hole | None
    head: str
    tail: str
    cost: float

    def text(self, fill: str) -> str:
        """The region's text when `fill` stands in the hole."""
        return self.head + fill + self.tail

    def cost_of(self, fill: str) -> float:
        """What the frame adds to the cost of `fill`."""
        alone = self.hole is not None and self.hole.kind == "region"
        return self.cost + (LOST if alone and _does_nothing(fill) else 0.0)


def frames_of(document: DocumentSnapshot, hole: Hole, read: Sequence[Reading]) -> tuple[Frame, ...]:
    """Where to search for fills of a hole, likeliest first: in itself, or, for a region that can be read, in the forms of a statement."""
    itself = Frame(document, hole, "", "", 0.0)
    if not read:
        return (itself,)
    found = [replace(frame, cost=frame.cost + UNLIKELY * n) for n, reading in enumerate(read[:MOST_READINGS]) for frame in frames(reading)]
    return tuple(sorted(found, key=lambda frame: frame.cost)[:MOST_FRAMES])


def _does_nothing(fill: str) -> bool:
    """Whether an expression, as a statement, is neither called for its effect nor waited for."""
    try:
        value = ast.parse(fill.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in _ANSWERS
    return not isinstance(value, ast.Await | ast.Yield | ast.YieldFrom)


def frames(reading: Reading) -> tuple[Frame, ...]:
    """Frames of a reading, likeliest first."""
    if reading.between or not reading.whole:
        return _parts(reading)
    place = _place(reading)
    if place is None:
        return ()
    forms = sorted(_opening(place) if reading.opens else _simple(place), key=lambda form: form[1])
    return tuple(_frame(reading, text, cost) for text, cost in forms)


def _parts(reading: Reading) -> tuple[Frame, ...]:
    """Frames of a part of a line, or of a line between brackets, likeliest first."""
    core = reading.core
    if core.startswith("_=None"):
        names = _keywords(reading)[:MOST_KEYWORDS]
        return tuple(_frame(reading, core.replace("_=None", f"{name}={SUBHOLE}"), 0.3 * n) for n, name in enumerate(names))
    if core in CLOSERS:
        return (_frame(reading, core, 0.0),)
    head, none, tail = core.partition("None")
    return (_frame(reading, f"{head}{SUBHOLE}{tail}", 0.0),) if none and none not in tail else ()


def _keywords(reading: Reading) -> list[str]:
    """Keyword arguments that the call around a reading may still take, likeliest first: those that this file gives to the same callee,
    the most usual first, then those that its own definition in this file has."""
    tree, line = ast.parse(reading.document.text), _line(reading)
    call = next(
        (node for node in ast.walk(tree) if isinstance(node, ast.Call) and any(_stands_in(each, line) for each in node.keywords)), None
    )
    if call is None:
        return []
    callee = ast.unparse(call.func)
    others = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node is not call and ast.unparse(node.func) == callee]
    usual = Counter(each.arg for node in others for each in node.keywords if each.arg)
    own = [
        each.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == callee.rpartition(".")[2]
        for each in (*node.args.args, *node.args.kwonlyargs)
        if each.arg not in ("self", "cls")
    ]
    given = {each.arg for each in call.keywords}
    return [name for name in dict.fromkeys([*(name for name, _ in usual.most_common()), *own]) if name not in given]


def _stands_in(keyword: ast.keyword, line: int) -> bool:
    return keyword.arg == "_" and keyword.lineno == line


def _frame(reading: Reading, text: str, cost: float) -> Frame:
    before, hole, after = text.partition(SUBHOLE)
    head, tail = reading.lead + before, after + reading.end
    if not hole:
        return Frame(reading.document, None, head + tail, "", cost)
    alone = reading.whole and not reading.between and not before and not after
    start = reading.hole.span.start + len(head.encode())
    native = reading.document.native.replaced([(*reading.hole.span, head + ("pass" if alone else "None") + tail)])
    kind = Hole("r1", "region" if alone else "expression", Span(start, start + 4))
    return Frame(replace(reading.document, native=native), kind, head, tail, cost)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the stand-in stands: what it has to bind, and which forms make sense."""

    targets: tuple[str, ...]
    unused: tuple[str, ...]
    attributes: tuple[str, ...]
    totals: tuple[str, ...]
    in_function: bool
    in_loop: bool
    is_last: bool
    after_if: bool
    stand_in: str


def _simple(place: _Place) -> Iterator[Form]:
    idle = IDLE if place.targets else 0.0
    yield from ((f"{name} = {SUBHOLE}", 0.2 + 0.3 * n) for n, name in enumerate(place.targets))
    if len(place.targets) > 1:
        yield f"{', '.join(place.targets)} = {SUBHOLE}", 1.5
    yield from ((f"self.{name} = {name}", 0.8 + idle) for name in place.unused[:MOST_TARGETS])
    yield from ((f"self.{name} = {SUBHOLE}", 1.2 + idle) for name in place.attributes[:MOST_TARGETS])
    yield SUBHOLE, 1.8 + idle
    yield from ((f"{name} += {SUBHOLE}", (1.2 if place.in_loop else 3.5) + idle) for name in place.totals[:MOST_TARGETS])
    if place.is_last and place.in_function:
        yield f"return {SUBHOLE}", (2.0 if place.in_loop else 0.9) + idle
        yield "return", 4.2 + idle
    if place.is_last and place.in_loop:
        yield "continue", 4.4 + idle
        yield "break", 5.0 + idle


def _opening(place: _Place) -> Iterator[Form]:
    if place.stand_in.startswith("_"):
        yield from ((f"{name}{place.stand_in[1:]}", 0.3 * n) for n, name in enumerate(place.targets) if "=" in place.stand_in)
        return
    if not place.stand_in.startswith("if"):
        yield place.stand_in.replace("True", SUBHOLE), 0.0
        return
    idle = IDLE if place.targets else 0.0
    if place.targets:
        yield f"for {', '.join(place.targets[:2])} in {SUBHOLE}:", 0.3
        yield f"with {SUBHOLE} as {place.targets[0]}:", 3.0
    yield f"if {SUBHOLE}:", 0.3 + idle
    if place.after_if:
        yield f"elif {SUBHOLE}:", 1.8 + idle
        yield "else:", 1.5 + idle
    yield f"while {SUBHOLE}:", 4.3 + idle


def _place(reading: Reading) -> _Place | None:
    text = reading.document.text
    tree = ast.parse(text)
    line = _line(reading)
    found = _path(tree, line)
    if found is None:
        return None
    path, stand_in, siblings = found
    functions = [node for node in path if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    scope: ast.AST = functions[-1] if functions else tree
    at = siblings.index(stand_in)
    before = siblings[at - 1] if at else None
    return _Place(
        targets=_unbound(tree, scope, line)[:MOST_TARGETS],
        unused=_unused(functions[-1]) if functions and functions[-1].name == "__init__" else (),
        attributes=_unset(path) if functions else (),
        totals=_totals(scope, line),
        in_function=bool(functions),
        in_loop=any(isinstance(node, ast.For | ast.While | ast.AsyncFor) for node in path[path.index(scope) if functions else 0 :]),
        is_last=at == len(siblings) - 1,
        after_if=_is_open(before),
        stand_in=reading.core,
    )


def _is_open(node: ast.AST | None) -> bool:
    """Whether an `elif` or `else` may follow."""
    while (
        isinstance(node, ast.If)
        and len(node.orelse) == 1
        and isinstance(node.orelse[0], ast.If)
        and node.orelse[0].col_offset == node.col_offset
    ):
        node = node.orelse[0]
    return isinstance(node, ast.If) and not node.orelse


def _line(reading: Reading) -> int:
    """The line that a reading begins on, 1-based."""
    return reading.document.text.encode()[: reading.hole.span.start].count(b"\n") + 1


def _path(tree: ast.Module, line: int) -> tuple[list[ast.AST], ast.stmt, list[ast.stmt]] | None:
    """The nodes around the statement that begins on a line, outermost first, the statement, and its block."""
    path: list[ast.AST] = [tree]
    while True:
        blocks = [getattr(path[-1], name, []) for name in ("body", "orelse", "finalbody", "handlers", "cases")]
        blocks = [block for block in blocks if isinstance(block, list)]
        for block in blocks:
            for node in block:
                if isinstance(node, ast.stmt) and node.lineno == line:
                    return path, node, block
        inside = [node for block in blocks for node in block if _holds(node, line)]
        if not inside:
            return None
        path.append(inside[-1])


def _holds(node: ast.AST, line: int) -> bool:
    first = min((each.lineno for each in ast.walk(node) if isinstance(each, ast.expr | ast.stmt)), default=line + 1)
    last = max((each.end_lineno or 0 for each in ast.walk(node) if isinstance(each, ast.expr | ast.stmt)), default=0)
    return first <= line <= last


def _unbound(tree: ast.Module, scope: ast.AST, line: int) -> tuple[str, ...]:
    """Names that the scope reads behind the line and that nothing binds, in order."""
    bound = _bound(scope) | _BUILTINS
    for outer in ast.walk(tree):
        if isinstance(outer, ast.Module) or (isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and _holds(outer, line)):
            bound |= _bound(outer) if outer is not scope else frozenset()
    read = [node for node in ast.walk(scope) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.lineno > line]
    read.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in read if node.id not in bound))


def _bound(scope: ast.AST) -> frozenset[str]:
    """Every name that is bound anywhere in a scope, those of inner scopes included: doubt means bound."""
    names: set[str] = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
    return frozenset(names)


def _unused(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    """Parameters behind the first that the function never reads."""
    read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs][1:]
    return tuple(each.arg for each in given if each.arg not in read)


def _unset(path: list[ast.AST]) -> tuple[str, ...]:
    """Attributes of `self` that the class reads and neither assigns nor defines."""
    owner = next((node for node in reversed(path) if isinstance(node, ast.ClassDef)), None)
    if owner is None or owner.bases:
        return ()
    own = [
        node for node in ast.walk(owner) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    ]
    known = {node.attr for node in own if not isinstance(node.ctx, ast.Load)} | _bound(owner)
    return tuple(dict.fromkeys(node.attr for node in own if node.attr not in known))


def _totals(scope: ast.AST, line: int) -> tuple[str, ...]:
    """Names that were set to a number or an empty text above: what loops add to."""
    found = [
        target.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and node.lineno < line and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, int | float | str) and not isinstance(node.value.value, bool)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    return tuple(dict.fromkeys(reversed(found)))
