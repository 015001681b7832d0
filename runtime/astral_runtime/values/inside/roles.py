"""What a hole is to the statement around it: that decides which expressions are sought for it, and how."""

from __future__ import annotations

import ast
from typing import Literal

from astral_runtime.examples.inside.swap import way_to_hole

Role = Literal["condition", "iterable", "value"]


def role_of(text: str) -> Role | None:
    """The role of the hook in `text`; None where no expression may stand, or it would be a statement of its own. Raises SyntaxError."""
    way = way_to_hole(text)
    if len(way) < 2:
        return None
    child = way[-1]
    for parent in reversed(way[:-1]):
        if not isinstance(parent, (ast.BoolOp, ast.UnaryOp)) or (isinstance(parent, ast.UnaryOp) and not isinstance(parent.op, ast.Not)):
            return _role(parent, child)
        child = parent
    return None


def _role(parent: ast.AST, child: ast.AST) -> Role | None:
    match parent:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test) if test is child:
            return "condition"
        case ast.comprehension(ifs=ifs) if child in ifs:
            return "condition"
        case ast.For(iter=iterable) | ast.AsyncFor(iter=iterable) | ast.comprehension(iter=iterable) if iterable is child:
            return "iterable"
        case ast.Expr():
            return None
        case _:
            return "value"
