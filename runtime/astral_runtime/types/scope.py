"""Γ at a hole: the names that the syntax shows there (`Snapshot.scope`), each with mypy's type as it is narrowed there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from mypy.checker import TypeChecker
from mypy.nodes import (
    Decorator,
    FuncBase,
    FuncDef,
    NameExpr,
    OverloadedFuncDef,
    PlaceholderNode,
    SymbolNode,
    TypeInfo,
    Var,
)
from mypy.types import FunctionLike, Instance, PartialType, Type, TypeType, UnionType, get_proper_type

from astral_runtime.holes import Origin
from astral_runtime.types.expected import Expected, accepts, plain
from astral_runtime.types.facts import Facts
from astral_runtime.types.place import Place
from astral_runtime.types.plugin import class_in

ORIGINS: tuple[Origin, ...] = get_args(Origin)
"""From near to far."""

MOST_BUILTINS = 12

USUAL_BUILTINS = ("len", "str", "int", "float", "abs", "bool", "repr", "list", "set", "dict", "tuple", "sorted", "sum", "min", "max")
"""Those of builtins that are looked at first."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A name that the syntax shows. `line` is 0-based, None where the name is not bound in this document."""

    name: str
    origin: Origin
    line: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A name of Γ. `type` None: unknown; `fits` None: may fit."""

    binding: Binding
    type: Type | None
    fits: bool | None


class Scope:
    """Γ of one hole."""

    def __init__(self, checker: TypeChecker, facts: Facts) -> None:
        self.checker = checker
        self.facts = facts
        self._place = Place(NameExpr(""), (), checker)

    def entries(self, bindings: Sequence[Binding]) -> list[Entry]:
        """Best first: what fits, what may, what does not; nearer before farther."""
        known = [*bindings, *self._attributes({each.name for each in bindings})]
        found = [self._entry(each) for each in known]
        found += self._builtins({each.name for each in known})
        order = {True: 0, None: 1, False: 2}
        return sorted(found, key=lambda entry: (order[entry.fits], ORIGINS.index(entry.binding.origin)))

    def _entry(self, binding: Binding) -> Entry:
        type = self.type_of(binding)
        return Entry(binding, type, fits(self.facts.expected, type))

    def type_of(self, binding: Binding) -> Type | None:
        """mypy's type of a visible name."""
        if binding.origin == "self":
            return self._attribute(binding.name)
        symbol = self._symbol(binding)
        return self._type_of(symbol, binding.name) if symbol is not None else None

    def member(self, owner: Type, name: str) -> Type | None:
        """An attribute as its reader sees it."""
        return self._place.member(owner, name)

    def _symbol(self, binding: Binding) -> SymbolNode | None:
        if binding.origin in ("local", "parameter", "enclosing", "import") and binding.name in self.facts.names:
            return self.facts.names[binding.name]
        info = class_in(self.facts.stack) if binding.origin == "class" else None
        for names in (info.names if info else None, self.checker.tree.names):
            if names is not None and binding.name in names:
                return names[binding.name].node
        return None

    def _type_of(self, symbol: SymbolNode, name: str) -> Type | None:
        if isinstance(symbol, Var):
            return self.facts.types.get(symbol) or symbol.type
        if isinstance(symbol, (FuncDef, OverloadedFuncDef)) and symbol.type is not None:
            return symbol.type
        if isinstance(symbol, Decorator):
            return symbol.var.type
        if isinstance(symbol, PlaceholderNode):
            return None
        reference = NameExpr(name)
        reference.node, reference.fullname = symbol, symbol.fullname
        with self.checker.msg.filter_errors():
            return self.checker.expr_checker.analyze_ref_expr(reference)

    def _receiver(self) -> tuple[str, TypeInfo] | None:
        """The method's own object: the name of its first parameter, and its class."""
        for outer, owner in zip(self.facts.stack, self.facts.stack[1:], strict=False):
            if isinstance(outer, TypeInfo) and isinstance(owner, FuncDef) and not owner.is_static and owner.arguments:
                return owner.arguments[0].variable.name, outer
        return None

    def _attribute(self, dotted: str) -> Type | None:
        receiver, _, name = dotted.partition(".")
        narrowed = self.facts.members.get(dotted)
        if narrowed is not None:
            return narrowed
        variable = self.facts.names.get(receiver)
        own = self._type_of(variable, receiver) if variable is not None else None
        return self._place.member(own, name) if own is not None else None

    def _attributes(self, shown: set[str]) -> Iterator[Binding]:
        """Data attributes and properties, inherited ones too; the syntax shows only those of this class."""
        found = self._receiver()
        if found is None:
            return
        receiver, info = found
        for base in info.mro[:-1]:
            for name, symbol in base.names.items():
                dotted = f"{receiver}.{name}"
                if dotted not in shown and not name.startswith("__") and _is_data(symbol.node):
                    shown.add(dotted)
                    line = symbol.node.line - 1 if base.module_name == self.checker.tree.fullname and symbol.node is not None else None
                    yield Binding(dotted, "self", line)

    def _builtins(self, shown: set[str]) -> list[Entry]:
        """Functions and classes, where such are wanted: nothing else in builtins fits a specific type."""
        if self.facts.expected.type is None or not _wants_callable(self.facts.expected.type):
            return []
        names = self.checker.modules["builtins"].names
        wanted = [name for name in dict.fromkeys((*USUAL_BUILTINS, *names)) if name in names and name not in shown and name[0] != "_"]
        found: list[Entry] = []
        for name in wanted:
            node = names[name].node
            if len(found) < MOST_BUILTINS and isinstance(node, (FuncBase, Decorator, TypeInfo)):
                type = self._type_of(node, name)
                if fits(self.facts.expected, type):
                    found.append(Entry(Binding(name, "builtin", None), type, True))
        return found


def fits(expected: Expected, type: Type | None) -> bool | None:
    """Whether a value of `type` may stand in the hole; None if that is unknown or, for a soft σ, not excluded."""
    if expected.type is None or plain(type) is None or type is None:
        return None
    if plain(expected.type) is None:
        return None
    return True if accepts(expected.type, type) else (None if expected.soft else False)


def _is_data(node: SymbolNode | None) -> bool:
    if isinstance(node, Var):
        return not isinstance(node.type, PartialType)
    function = node.func if isinstance(node, Decorator) else node
    return isinstance(function, (FuncDef, OverloadedFuncDef)) and function.is_property


def _wants_callable(type: Type) -> bool:
    proper = get_proper_type(type)
    if isinstance(proper, UnionType):
        return any(_wants_callable(item) for item in proper.items)
    if isinstance(proper, Instance) and proper.type.is_protocol:
        return "__call__" in proper.type.names
    return isinstance(proper, (FunctionLike, TypeType)) or (isinstance(proper, Instance) and proper.type.fullname == "builtins.type")
