"""Small changes of an expression or a statement that a slip of the pen explains: where tests reject code that every other verifier takes.

A variant reads the syntax and proposes; it verifies nothing. Scores are what such a slip weighs against others, in nats, by hand.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from astral_runtime.holes import Span
from astral_runtime.repair.code import FUNCTIONS, Code
from astral_runtime.repair.nearby import donors, other_names, siblings, twins
from astral_runtime.repair.values import Proposal

OPERATORS: dict[str, tuple[str, ...]] = {
    "<": ("<=", ">", ">=", "!="), "<=": ("<", ">=", ">"), ">": (">=", "<", "<=", "!="), ">=": (">", "<=", "<"),
    "==": ("!=", "<=", ">=", "<", ">"), "!=": ("==", "<", ">"), "in": ("not in",), "not in": ("in",), "is": ("is not",), "is not": ("is",),
    "+": ("-", "*"), "-": ("+", "//"), "*": ("+", "//", "**", "/"), "/": ("//", "*"), "//": ("/", "%", "*"), "%": ("//", "/"),
    "**": ("*",), "&": ("|", "^"), "|": ("&", "^"), "^": ("&", "|"), "<<": (">>",), ">>": ("<<",), "and": ("or",), "or": ("and",),
}  # fmt: skip
"""What each operator is taken for, likeliest first."""

_COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in",
             ast.Is: "is", ast.IsNot: "is not"}  # fmt: skip
_CALCULATED = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.BitAnd: "&",
               ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>"}  # fmt: skip
_ORDERED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift)
_NO_NUMBERS = (ast.Constant, ast.Compare, ast.BoolOp, ast.JoinedStr, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.Lambda)
_WRAPS = ("list", "sorted", "set", "abs", "len", "str", "int", "tuple", "reversed", "max", "min", "sum")


def variants(code: Code, node: ast.AST) -> Iterator[Proposal]:
    """Every small change of one node of a document that parses."""
    if isinstance(node, ast.expr):
        yield from _of_operation(code, node)
        yield from _of_value(code, node)
        yield from _in_place(code, node)
    elif isinstance(node, ast.stmt):
        yield from _of_statement(code, node)


def _of_operation(code: Code, node: ast.expr) -> Iterator[Proposal]:
    match node:
        case ast.Compare():
            for (left, right), op in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
                yield from _operator(code, left, right, _COMPARED[type(op)], 1.0)
        case ast.BinOp():
            yield from _operator(code, node.left, node.right, _CALCULATED[type(node.op)], 0.7)
            yield from (Proposal(code.span(node), code.source(each), -0.5) for each in (node.left, node.right))
            if isinstance(node.op, _ORDERED):
                yield from _exchanged(code, node.left, node.right, 0.0)
        case ast.BoolOp():
            for left, right in pairwise(node.values):
                yield from _operator(code, left, right, "and" if isinstance(node.op, ast.And) else "or", 0.8)
            for value in node.values:
                yield from _without(code, node.values, value, 0.0)
        case ast.UnaryOp():
            yield Proposal(code.span(node), code.source(node.operand), 0.5)
        case ast.IfExp():
            yield from _exchanged(code, node.body, node.orelse, 0.3)


def _of_value(code: Code, node: ast.expr) -> Iterator[Proposal]:
    match node:
        case ast.Constant():
            score = 0.7 if isinstance(node.value, int) else 0.1
            yield from (Proposal(code.span(node), text, score - 0.1 * rank) for rank, text in enumerate(_other_constants(node.value)))
        case ast.Name() if isinstance(node.ctx, ast.Load):
            yield from other_names(code, node)
        case ast.Attribute():
            end = code.span(node).end
            place = Span(end - len(node.attr.encode()), end)
            yield from (Proposal(place, name, 0.5) for name in twins(node.attr))
            yield from (Proposal(place, name, 0.0) for name in siblings(code, node))
        case ast.Call():
            yield from _of_call(code, node)
        case ast.Slice():
            yield from _of_slice(code, node)


def _in_place(code: Code, node: ast.expr) -> Iterator[Proposal]:
    """Changes that depend on where the expression stands: one more or less, a negation, a wrap, another expression of the function."""
    parent, span, text = code.parents.get(node), code.span(node), code.source(node)
    if isinstance(node, (ast.Slice, ast.Starred)) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    is_test = isinstance(parent, (ast.If, ast.While, ast.IfExp)) and parent.test is node
    if is_test or isinstance(parent, ast.BoolOp) or (isinstance(parent, ast.Return) and isinstance(node, (ast.Compare, ast.Call))):
        yield Proposal(span, f"not ({text})" if isinstance(node, (ast.BoolOp, ast.IfExp, ast.NamedExpr)) else f"not {text}", 0.3)
    is_value = isinstance(parent, (ast.Return, ast.Assign, ast.AugAssign, ast.For, ast.Yield, ast.Call, ast.keyword, ast.comprehension))
    is_operand = isinstance(parent, (ast.Compare, ast.Subscript, ast.Slice, ast.BinOp))
    if node in (getattr(parent, "func", None), parent.value if isinstance(parent, ast.Subscript) else None):
        return
    if (is_value or is_operand) and not isinstance(node, _NO_NUMBERS):
        bare = text if isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)) or not is_operand else f"({text})"
        yield from (Proposal(span, f"{bare} {sign} 1", 0.6 if is_operand else 0.2) for sign in ("+", "-"))
    if is_value and not isinstance(node, (ast.Constant, ast.Lambda)):
        yield from (Proposal(span, f"{name}({text})", -1.2) for name in _WRAPS)
    if is_value or isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Compare, ast.BoolOp, ast.BinOp, ast.Subscript, ast.Slice)):
        yield from (Proposal(span, other, -1.0) for other in donors(code, node))


def _of_call(code: Code, node: ast.Call) -> Iterator[Proposal]:
    if isinstance(node.func, ast.Name):
        yield from (Proposal(code.span(node.func), name, 0.7) for name in twins(node.func.id))
    for left, right in pairwise(node.args):
        yield from _exchanged(code, left, right, 0.4)
    if len(node.args) > 1:
        for value in node.args:
            yield from _without(code, node.args, value, -0.3)
    if len(node.args) == 1 and not node.keywords:
        yield Proposal(code.span(node), code.source(node.args[0]), -0.3)
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            start = code.span(node.args[0]).start
            yield Proposal(Span(start, start), "1, ", 0.3)
    if isinstance(node.func, ast.Attribute):
        yield Proposal(code.span(node), code.source(node.func.value), -0.8)


def _of_slice(code: Code, node: ast.Slice) -> Iterator[Proposal]:
    lower, upper, step = (code.source(each) if each is not None else "" for each in (node.lower, node.upper, node.step))
    tail = f":{step}" if step else ""
    for text in dict.fromkeys((f"{lower}:", f":{upper}", f"1:{upper}", f"{lower}:-1", f"{upper}:{lower}", ":")):
        if text != f"{lower}:{upper}":
            yield Proposal(code.span(node), text + tail, -0.2)
    if not step:
        yield Proposal(code.span(node), f"{lower}:{upper}:-1", -0.6)


def _of_statement(code: Code, node: ast.stmt) -> Iterator[Proposal]:
    span = code.span(node)
    block = _block(code, node)
    match node:
        case ast.AugAssign():
            yield from _operator(code, node.target, node.value, _CALCULATED[type(node.op)], 0.7)
            yield from _operator(code, node.target, node.value, _CALCULATED[type(node.op)] + "=", 0.0, only="=")
        case ast.Assign() if len(node.targets) == 1:
            yield from _operator(code, node.targets[0], node.value, "=", 0.2, only="+=")
            yield from _operator(code, node.targets[0], node.value, "=", -0.3, only="-=")
        case ast.Break():
            yield Proposal(span, "continue", 0.5)
        case ast.Continue():
            yield Proposal(span, "break", 0.5)
    if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Break, ast.Continue, ast.Return, ast.Raise)):
        yield Proposal(span, "pass", -0.8, says=f"remove `{code.source(node).splitlines()[0]}`")
        yield from _moved_out(code, node, block)
    for left, right in pairwise(block):
        if node is left and not isinstance(right, (*FUNCTIONS, ast.ClassDef)):
            yield from _exchanged(code, left, right, -0.3)


def _moved_out(code: Code, node: ast.stmt, block: Sequence[ast.stmt]) -> Iterator[Proposal]:
    """The last statement of a block, put behind the block: `return` within the loop that it should follow."""
    owner = code.parents.get(node)
    if len(block) < 2 or block[-1] is not node or not isinstance(owner, (ast.For, ast.While, ast.If, ast.With)) or owner.body is not block:
        return
    if getattr(owner, "orelse", []):
        return
    start = code.line_start(code.span(node).start)
    inner, outer = code.indentation(start), code.indentation(code.span(owner).start)
    if code.slice(Span(start, code.span(node).start)).strip() == "" and len(inner) > len(outer):
        yield Proposal(Span(start, code.span(node).start), outer, 0.2, says=f"move `{code.source(node).splitlines()[0]}` out of the block")


def _operator(code: Code, left: ast.expr, right: ast.expr, sign: str, score: float, *, only: str = "") -> Iterator[Proposal]:
    """Other operators between two expressions, likeliest first; `only` one where it is named. What follows the sign (`=` of `+=`) stays."""
    between = Span(code.span(left).end, code.span(right).start)
    found = re.search(re.escape(sign).replace(r"\ ", r"\s+"), code.slice(between))
    if found is None:
        return
    start = between.start + len(code.slice(between)[: found.start()].encode())
    place = Span(start, start + len(found.group().encode()))
    for rank, other in enumerate((only,) if only else OPERATORS.get(sign, ())):
        yield Proposal(place, other, score - 0.25 * rank)


def _exchanged(code: Code, left: ast.AST, right: ast.AST, score: float) -> Iterator[Proposal]:
    """Two parts that changed places."""
    first, last = code.span(left), code.span(right)
    if code.slice(first) != code.slice(last) and first.end <= last.start:
        between = code.slice(Span(first.end, last.start))
        yield Proposal(Span(first.start, last.end), code.slice(last) + between + code.slice(first), score)


def _without(code: Code, values: Sequence[ast.expr], value: ast.expr, score: float) -> Iterator[Proposal]:
    """A list of expressions without one, and without the comma or operator that goes with it."""
    index = values.index(value)
    span = code.span(value)
    if len(values) > 1:
        place = Span(span.start, code.span(values[1]).start) if index == 0 else Span(code.span(values[index - 1]).end, span.end)
        yield Proposal(place, "", score)


def _other_constants(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int):
        yield from (str(each) for each in dict.fromkeys((value + 1, value - 1, 0, 1)) if each != value)
    elif isinstance(value, float):
        yield from (repr(each) for each in dict.fromkeys((value + 1.0, value - 1.0, 0.0, 1.0)) if each != value)
    elif isinstance(value, str):
        yield from (repr(each) for each in ("", " ") if each != value)
    elif value is None:
        yield from ("0", "[]", "False", "True")


def _block(code: Code, node: ast.stmt) -> list[ast.stmt]:
    parent = code.parents.get(node)
    for field in ("body", "orelse", "finalbody"):
        block = getattr(parent, field, None)
        if isinstance(block, list) and node in block:
            return block
    return []
