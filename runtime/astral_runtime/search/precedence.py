"""How tightly Python's operators bind, and when a fill needs parentheses."""

from __future__ import annotations

import ast
from enum import IntEnum


class Binding(IntEnum):
    """Loosest first, as in the language reference's operator table."""

    TEST = 0  # conditional expressions, lambda, slices, starred
    OR = 1
    AND = 2
    NOT = 3
    COMPARE = 4
    BIT_OR = 5
    BIT_XOR = 6
    BIT_AND = 7
    SHIFT = 8
    SUM = 9
    TERM = 10
    UNARY = 11
    POWER = 12
    AWAIT = 13
    ATOM = 14

    @property
    def tighter(self) -> Binding:
        """The next level, for the side of an operator that does not associate."""
        return Binding(min(self + 1, Binding.ATOM))


BINARY: dict[type[ast.operator], tuple[str, Binding]] = {
    ast.Add: ("+", Binding.SUM),
    ast.Sub: ("-", Binding.SUM),
    ast.Mult: ("*", Binding.TERM),
    ast.Div: ("/", Binding.TERM),
    ast.FloorDiv: ("//", Binding.TERM),
    ast.Mod: ("%", Binding.TERM),
    ast.MatMult: ("@", Binding.TERM),
    ast.Pow: ("**", Binding.POWER),
    ast.LShift: ("<<", Binding.SHIFT),
    ast.RShift: (">>", Binding.SHIFT),
    ast.BitOr: ("|", Binding.BIT_OR),
    ast.BitXor: ("^", Binding.BIT_XOR),
    ast.BitAnd: ("&", Binding.BIT_AND),
}

COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


METHODS = {
    "+": ("__add__", "__radd__"),
    "-": ("__sub__", "__rsub__"),
    "*": ("__mul__", "__rmul__"),
    "/": ("__truediv__", "__rtruediv__"),
    "//": ("__floordiv__", "__rfloordiv__"),
    "%": ("__mod__", "__rmod__"),
    "**": ("__pow__", "__rpow__"),
    "@": ("__matmul__", "__rmatmul__"),
    "<<": ("__lshift__", "__rlshift__"),
    ">>": ("__rshift__", "__rrshift__"),
    "|": ("__or__", "__ror__"),
    "^": ("__xor__", "__rxor__"),
    "&": ("__and__", "__rand__"),
}
"""The method of the left operand and that of the right one."""
ORDERS = {"<": ("__lt__", "__gt__"), ">": ("__gt__", "__lt__"), "<=": ("__le__", "__ge__"), ">=": ("__ge__", "__le__")}
"""The same for orders."""


def wrapped(text: str) -> str:
    """In parentheses."""
    return f"({text})"


def binding_of(node: ast.expr) -> Binding:  # noqa: PLR0911 - one line per level
    """The strength of an expression's top operator."""
    if isinstance(node, ast.BinOp):
        return BINARY[type(node.op)][1]
    if isinstance(node, ast.BoolOp):
        return Binding.AND if isinstance(node.op, ast.And) else Binding.OR
    if isinstance(node, ast.UnaryOp):
        return Binding.NOT if isinstance(node.op, ast.Not) else Binding.UNARY
    if isinstance(node, ast.Compare):
        return Binding.COMPARE
    if isinstance(node, ast.Await):
        return Binding.AWAIT
    if isinstance(node, (ast.IfExp, ast.Lambda, ast.Slice, ast.Starred, ast.NamedExpr, ast.Yield, ast.YieldFrom)):
        return Binding.TEST
    return Binding.ATOM
