"""Where a hole stands in mypy's tree, and questions to the checker that has just been there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mypy.checker import TypeChecker
from mypy.checkmember import analyze_member_access
from mypy.erasetype import erase_typevars
from mypy.nodes import (
    AssignmentStmt,
    CallExpr,
    Context,
    Expression,
    FuncDef,
    FuncItem,
    IndexExpr,
    MemberExpr,
    NameExpr,
    Node,
    ReturnStmt,
    StrExpr,
    SuperExpr,
    TupleExpr,
)
from mypy.types import AnyType, CallableType, FunctionLike, Instance, ProperType, Type, TypeOfAny, get_proper_type

from astral_runtime.types.children import Step
from astral_runtime.types.expected import either, plain


@dataclass(frozen=True, slots=True)
class Place:
    """A hole's call, its ancestors from the outermost down, and the checker. A place is told by the parent node and the
    field of it that the hole is in. Every type given is None where mypy knows nothing."""

    hole: Expression
    path: Sequence[Step]
    checker: TypeChecker

    @property
    def parent(self) -> Node:
        """The node that the hole is a direct part of."""
        return self.path[-1][0]

    @property
    def field(self) -> str:
        """The parent's field that the hole is in."""
        return self.path[-1][1]

    @property
    def unknown(self) -> AnyType:
        """An argument that nothing is known about."""
        return AnyType(TypeOfAny.special_form)

    def function(self) -> FuncDef | None:
        """The innermost named function around the hole."""
        return next((node for node, _ in reversed(self.path) if isinstance(node, FuncDef)), None)

    def type_of(self, expression: Expression) -> ProperType | None:
        """What mypy inferred for a neighbour."""
        return plain(self.checker.lookup_type_or_none(expression))

    def named(self, fullname: str, *arguments: Type) -> Instance | None:
        """A class that some module has loaded; missing arguments are Any."""
        try:
            info = self.checker.lookup_typeinfo(fullname)
        except (KeyError, AssertionError):
            return None
        wanted = len(info.defn.type_vars)
        return Instance(info, [*arguments, *(self.unknown for _ in range(wanted))][:wanted])

    def member(self, owner: Type, name: str) -> ProperType | None:
        """An attribute as its reader sees it."""
        with self.checker.msg.filter_errors() as errors:
            found = analyze_member_access(
                name, owner, Context(), is_lvalue=False, is_super=False, is_operator=True,
                original_type=owner, chk=self.checker, no_deferral=True,
            )  # fmt: skip
        return None if errors.has_new_errors() else plain(found)

    def parameter(self, owner: Type, method: str) -> Type | None:
        """First parameter of a method; of an overloaded one, any of its alternatives."""
        bound = self.member(owner, method)
        items = bound.items if isinstance(bound, FunctionLike) else []
        sure = [item for item in items if not item.variables] or items
        taken = [(item.arg_types[0], {each.id for each in item.variables}) for item in sure if item.arg_types]
        return either([plain(erase_typevars(type, free)) for type, free in taken])

    def outer(self) -> ProperType | None:
        """What is declared for the expression that the hole is a part of, if that is returned or assigned."""
        node, field = self.path[-2] if len(self.path) > 1 else (self.parent, "")
        if isinstance(node, ReturnStmt):
            return self._declared_return()
        if isinstance(node, AssignmentStmt) and field == "rvalue":
            target = node.lvalues[0]
            fresh = isinstance(target, (NameExpr, MemberExpr)) and target.is_inferred_def
            return None if fresh else self.type_of(target)
        return None

    def _declared_return(self) -> ProperType | None:
        function = self.function()
        inner = next((node for node, _ in reversed(self.path) if isinstance(node, FuncItem)), None)
        declared = get_proper_type(function.type) if function is not None and inner is function else None
        if not isinstance(declared, CallableType) or function is None or function.is_generator:
            return None
        result = self.checker.get_coroutine_return_type(declared.ret_type) if function.is_coroutine else declared.ret_type
        return plain(result)

    def item(self, container: Type) -> ProperType | None:
        """What iterating gives."""
        iterator = self._returned(container, "__iter__")
        return self._returned(iterator, "__next__") if iterator is not None else None

    def _returned(self, owner: Type, method: str) -> ProperType | None:
        bound = self.member(owner, method)
        return plain(bound.ret_type) if isinstance(bound, CallableType) else None


def written(expression: Expression | None) -> str:
    """A name or attribute chain as in the source, a few words for anything else."""
    if isinstance(expression, NameExpr):
        return expression.name
    if isinstance(expression, MemberExpr):
        base = written(expression.expr) if isinstance(expression.expr, (NameExpr, MemberExpr)) else ""
        return f"{base}.{expression.name}" if base else expression.name
    if isinstance(expression, SuperExpr):
        return f"super().{expression.name}"
    if isinstance(expression, IndexExpr):
        key = repr(expression.index.value) if isinstance(expression.index, StrExpr) else "..."
        return f"{written(expression.base)}[{key}]"
    if isinstance(expression, TupleExpr):
        return ", ".join(map(written, expression.items))
    return "the result" if isinstance(expression, CallExpr) else "it"
