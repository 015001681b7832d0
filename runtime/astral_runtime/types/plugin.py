"""The plugin that watches mypy meet a hole: which type it expects there, and what every name is narrowed to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mypy.checker import TypeChecker
from mypy.nodes import (
    GDEF,
    LDEF,
    CallExpr,
    ClassDef,
    Decorator,
    Expression,
    FuncDef,
    FuncItem,
    IntExpr,
    LambdaExpr,
    MemberExpr,
    NameExpr,
    Node,
    OverloadedFuncDef,
    SymbolNode,
    TypeInfo,
    Var,
)
from mypy.options import Options
from mypy.plugin import FunctionContext, Plugin
from mypy.types import PartialType, Type, UninhabitedType

from astral_runtime.types.children import walk
from astral_runtime.types.masked import CALL

HOLE_FULLNAME = f"__astral_hole__.{CALL}"

Key = tuple[int, int]
"""Line of a hole in the masked text and its number on that line."""


@dataclass(slots=True)
class Sighting:
    """What mypy knew at a hole. `contexts` has one entry per visit, in order; the rest is of the last visit."""

    call: CallExpr
    contexts: list[Type | None] = field(default_factory=list)
    stack: tuple[object, ...] = ()
    types: dict[SymbolNode, Type] = field(default_factory=dict)
    members: dict[str, Type] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Names:
    """Names in the code of one function: its variables, other local symbols, and `receiver.attribute` expressions."""

    variables: tuple[NameExpr, ...]
    others: dict[str, SymbolNode]
    members: dict[str, MemberExpr]

    def symbols(self) -> Iterator[tuple[str, SymbolNode]]:
        """Local symbols by the name that the source has for them (mypy marks redefinitions with a prime)."""
        yield from self.others.items()
        for variable in self.variables:
            if variable.kind == LDEF and variable.node is not None:
                yield variable.name.rstrip("'"), variable.node


class HolePlugin(Plugin):
    """Collects sightings until they are taken. With `probing`, holes are Never: nothing is inferred from them, so that a
    generic call shows what it expects of its argument from its own context."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.sightings: dict[Key, Sighting] = {}
        self.probing: frozenset[Key] = frozenset()
        self._names: dict[object, Names] = {}

    def start(self, probing: frozenset[Key] = frozenset()) -> None:
        """Forget what was collected."""
        self.sightings = {}
        self.probing = probing
        self._names = {}

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        return self._sight if fullname == HOLE_FULLNAME else None

    def _sight(self, seen: FunctionContext) -> Type:
        call, checker = seen.context, seen.api
        if isinstance(call, CallExpr) and isinstance(checker, TypeChecker) and call.args and isinstance(call.args[0], IntExpr):
            key = (call.line, call.args[0].value)
            sighting = self.sightings.setdefault(key, Sighting(call))
            sighting.contexts.append(checker.type_context[-1])
            self._look_around(sighting, checker)
            if key in self.probing:
                return UninhabitedType(ambiguous=True)
        return seen.default_return_type

    def _look_around(self, sighting: Sighting, checker: TypeChecker) -> None:
        sighting.stack = tuple(checker.scope.stack)
        sighting.types, sighting.members = {}, {}
        for owner in sighting.stack:
            if isinstance(owner, FuncItem):
                names = self.names_of(owner)
                for variable in names.variables:
                    _note(sighting.types, variable.node, variable, checker)
                for text, member in names.members.items():
                    narrowed = checker.binder.get(member)
                    if narrowed is not None:
                        sighting.members[text] = narrowed

    def names_of(self, function: FuncItem) -> Names:
        """Names in a function's code; computed once between two starts."""
        if function not in self._names:
            self._names[function] = _names_in(function)
        return self._names[function]


def _note(types: dict[SymbolNode, Type], node: SymbolNode | None, name: Expression, checker: TypeChecker) -> None:
    if isinstance(node, Var) and node.type is not None and not isinstance(node.type, PartialType):
        types[node] = checker.binder.get(name) or node.type


def _names_in(function: FuncItem) -> Names:
    """Without what nested functions and classes define for themselves."""
    variables: dict[SymbolNode, NameExpr] = {argument.variable: _name_of(argument.variable) for argument in function.arguments}
    others: dict[str, SymbolNode] = {}
    members: dict[str, MemberExpr] = {}
    for node in walk(function.body, _enters):
        if isinstance(node, NameExpr) and node.node is not None and node.kind in (LDEF, GDEF):
            if isinstance(node.node, Var):
                variables.setdefault(node.node, node)
            elif node.kind == LDEF:
                others[node.name] = node.node
        elif isinstance(node, MemberExpr) and isinstance(node.expr, NameExpr):
            members.setdefault(f"{node.expr.name}.{node.name}", node)
        elif isinstance(node, (FuncDef, OverloadedFuncDef, Decorator)):
            others.setdefault(node.name, node)
        elif isinstance(node, ClassDef) and isinstance(node.info, TypeInfo):
            others.setdefault(node.name, node.info)
    return Names(tuple(variables.values()), others, members)


def _enters(node: Node) -> bool:
    return not isinstance(node, (FuncDef, OverloadedFuncDef, LambdaExpr, ClassDef))


def _name_of(variable: Var) -> NameExpr:
    name = NameExpr(variable.name)
    name.node, name.kind, name.fullname = variable, LDEF, variable.fullname
    return name


def class_in(stack: tuple[object, ...]) -> TypeInfo | None:
    """The innermost class of a checker's scope stack."""
    return next((owner for owner in reversed(stack) if isinstance(owner, TypeInfo)), None)


def functions_in(stack: tuple[object, ...]) -> list[FuncItem]:
    """The functions of a checker's scope stack, innermost first."""
    return [owner for owner in reversed(stack) if isinstance(owner, FuncItem)]
