"""Operators between values that do not go together: another operator, or an operand converted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from astral_runtime.holes import Span
from astral_runtime.repair.site import Site
from astral_runtime.repair.spelling import head, is_awaitable
from astral_runtime.repair.values import Proposal

_FAMILIES = (
    ("+", "-", "*", "/", "//", "%", "**", "@"),
    ("<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not"),
    ("&", "|", "^", "<<", ">>"),
    ("and", "or"),
)
_TYPES = re.compile(r'Unsupported (?:left )?operand types? for (\S+|not in|is not) \("(.+?)"(?: and "(.+)")?\)$')
_SPELT = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip


def other_operator(site: Site) -> Iterator[Proposal]:
    """Another operator of the same family; `in` with its operands exchanged. Where an operand may be None, that is what to cure."""
    types = _TYPES.search(site.message)
    if types is not None and "None" in (types[2], types[3]):
        return
    for left, operator, right in _operations(site):
        place = _between(site, left, right, operator)
        family = next(each for each in _FAMILIES if operator in each)
        if place is not None:
            order = sorted((each for each in family if each != operator), key=lambda each: abs(family.index(each) - family.index(operator)))
            yield from (Proposal(place, each, 0.6 - 0.05 * n) for n, each in enumerate(order))
        if operator in ("in", "not in", "-", "/", "<", ">"):
            a, b = site.code.span(left), site.code.span(right)
            middle = site.code.slice(Span(a.end, b.start))
            yield Proposal(Span(a.start, b.end), site.code.slice(b) + middle + site.code.slice(a), 0.4)


def whole_division(site: Site) -> Iterator[Proposal]:
    """`/` gives a float; `//` does not."""
    if isinstance(site.node, ast.BinOp) and isinstance(site.node.op, ast.Div) and site.says(r'"float"'):
        place = _between(site, site.node.left, site.node.right, "/")
        if place is not None:
            yield Proposal(place, "//", 1.3)


def converted_operand(site: Site) -> Iterator[Proposal]:
    """One operand made into the other's type."""
    found = _TYPES.search(site.message)
    if found is None or found[3] is None:
        return
    for left, _, right in _operations(site):
        yield from _as(site, left, found[2], found[3])
        yield from _as(site, right, found[3], found[2])


def signed_text(site: Site) -> Iterator[Proposal]:
    """`-"1"`."""
    node = site.node if isinstance(site.node, ast.UnaryOp) else site.code.parents.get(site.node) if site.node is not None else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant) and site.says("unary"):
        yield from _literal(site, node.operand, "float")


def augmented(site: Site) -> Iterator[Proposal]:
    """`xs += x` where `xs.append(x)` or `xs += [x]` is meant."""
    statement = site.statement
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.op, ast.Add):
        return
    value, target = site.code.source(statement.value), site.code.source(statement.target)
    yield Proposal(site.code.span(statement.value), f"[{value}]", 1.0)
    yield Proposal(site.code.span(statement), f"{target}.append({value})", 0.9)
    yield Proposal(site.code.span(statement.value), f"str({value})", 0.8)


def operand_of_none(site: Site) -> ast.expr | None:
    """The operand that may be None, of an operation that None does not know."""
    found = _TYPES.search(site.message)
    if found is None or "None" not in (found[2], found[3]):
        return None
    operations = [*_operations(site)]
    operand = (operations[0][0] if found[2] == "None" else operations[0][2]) if operations else None
    return None if isinstance(operand, ast.Constant) else operand


def _operations(site: Site) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    """The innermost operation that the message may mean, as (left, operator, right)."""
    wanted = site.says(r"for (not in|is not|\S+) \(")
    start = site.node or site.code.around(site.span)
    for node in [start, *site.code.ancestors(start)] if start is not None else []:
        found = [*_parts(node)]
        if wanted is not None:
            found = [each for each in found if each[1] == wanted[1]]
        if found:
            yield from found
            return
        if isinstance(node, ast.stmt):
            return


def _parts(node: ast.AST) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    if isinstance(node, ast.BinOp):
        yield node.left, _SPELT[type(node.op)], node.right
    elif isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            yield left, _SPELT[type(operator)], right


def _between(site: Site, left: ast.expr, right: ast.expr, operator: str) -> Span | None:
    """Where the operator stands between its operands."""
    start, end = site.code.span(left).end, site.code.span(right).start
    found = re.search(
        rb"(?<![\w=<>!*/])" + rb"\s+".join(re.escape(word.encode()) for word in operator.split()) + rb"(?![\w=<>*/])",
        site.code.data[start:end],
    )
    return Span(start + found.start(), start + found.end()) if found is not None else None


def _as(site: Site, operand: ast.expr, given: str, other: str) -> Iterator[Proposal]:
    span = site.code.span(operand)
    text = site.code.slice(span)
    if is_awaitable(given) and site.is_async:
        yield Proposal(span, f"(await {text})", 3.0)
    kind = head(other)
    if kind in ("str", "int", "float", "list", "tuple", "set", "bytes") and head(given) not in (kind, "None"):
        for constant in (each for each in ast.walk(operand) if isinstance(each, ast.Constant)):
            yield from _literal(site, constant, kind)
        if isinstance(operand, ast.Constant) and kind in ("int", "float", "list", "set", "tuple"):
            return
        loose = text if isinstance(operand, ast.Name | ast.Attribute | ast.Call | ast.Constant | ast.Subscript) else f"({text})"
        made = {"bytes": f"{loose}.encode()"} if head(given) == "str" else {"str": f"{loose}.decode()"} if head(given) == "bytes" else {}
        yield Proposal(span, made.get(kind, f"{kind}({text})"), 1.2 if kind == "str" else 0.8)
    if kind == "list" and head(given) != "list":
        yield Proposal(span, f"[{text}]", 1.0)
    if given.startswith(("def ", "Callable[")):
        yield Proposal(Span(span.end, span.end), "()", 1.4)


def _literal(site: Site, operand: ast.Constant, kind: str) -> Iterator[Proposal]:
    span = site.code.span(operand)
    text, value = site.code.slice(span), operand.value
    if isinstance(value, str) and kind in ("int", "float") and re.fullmatch(r"-?\d+(\.\d+)?", value):
        yield Proposal(span, value, 2.0)
    elif isinstance(value, str) and kind == "bytes" and text[:1] in "'\"":
        yield Proposal(span, "b" + text, 2.0)
    elif isinstance(value, bytes) and kind == "str":
        yield Proposal(span, text[1:], 2.0)
    elif isinstance(value, int | float) and kind == "str":
        yield Proposal(span, f'"{text}"', 2.0)
