"""Terms from pieces or from source: typed, priced, or None when Γ or a type forbids them."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Generic

from astral_runtime.holes import SUBHOLE
from astral_runtime.search.features import argument_features, attribute_features, literal_kind, name_features
from astral_runtime.search.makers import MAKERS
from astral_runtime.search.precedence import BINARY, METHODS, ORDERS, Binding
from astral_runtime.search.reading import NO_VALUE, SUBHOLE_NAME, literal_value, parsed
from astral_runtime.search.render import string
from astral_runtime.search.terms import Features, Term, subhole, term
from astral_runtime.search.types import Hints, Name, Signature, T, Types

BINDINGS = dict(BINARY.values())
_SLOT = re.compile(SUBHOLE_NAME + r"\d+")
Argument = tuple[str | None, Term[T]]
"""A keyword or None, and what is passed."""


class Builder(Generic[T]):
    """Everything of one search that knows Γ. Extra names (comprehension variables) may be bound on top."""

    def __init__(self, names: Sequence[Name[T]], types: Types[T], hints: Hints) -> None:
        self.types, self.hints = types, hints
        gone = set(hints.unbound)
        self.names = {name.name: name for name in names if "." not in name.name and name.name not in gone}
        self._gone = gone
        self._narrowed = {name.name: name.type for name in names if "." in name.name}
        self._elements: frozenset[str] = frozenset()
        self._leaves: dict[str, Term[T]] = {}
        self._read: dict[str, Term[T] | None] = {}
        self._literals: dict[str, Term[T]] = {}
        self._slots: tuple[Term[T], ...] = ()

    def binding(self, name: Name[T]) -> Builder[T]:
        """The same Γ with one more local name."""
        narrowed = (Name(text, type, "self") for text, type in self._narrowed.items())
        inner = Builder([*self.names.values(), *narrowed, name], self.types, replace(self.hints, unbound=()))
        inner._elements = self._elements | {name.name}
        return inner

    def unknown(self, type: T | None) -> bool:
        """Whether a type says nothing."""
        return type is None or self.types.unknown(type)

    def agrees(self, have: T | None, want: T | None) -> bool:
        """Whether a value may stand there as far as is known."""
        return have is None or want is None or self.types.fits(have, want)

    def leaf(self, name: str) -> Term[T] | None:
        """A name of Γ."""
        if name not in self._leaves:
            known = self.names.get(name) or self._builtin(name)
            if known is None:
                return None
            kind = "self" if name in {"self", "cls"} else "name"
            own = () if name in self._elements else name_features(known, self.hints)
            self._leaves[name] = term(name, known.type, kind, own)
        return self._leaves[name]

    def _builtin(self, name: str) -> Name[T] | None:
        """Builtins are in every Γ, and too many to list."""
        if name in self._gone or not hasattr(builtins, name):
            return None
        return Name(name, self.types.builtin(name), "builtin")

    def attribute(self, base: Term[T], name: str) -> Term[T] | None:
        """None when the base is known not to have it."""
        type = None
        own = attribute_features(base.text, name, self.hints, base.text in self._elements)
        if base.type is not None and not self.types.unknown(base.type):
            type = self.types.member(base.type, name)
            if type is None:
                return None
        text = f"{base.at_least(Binding.ATOM)}.{name}"
        return term(text, self._narrowed.get(text) or type, "attribute", own, (base,))

    def call(self, callee: Term[T], arguments: Sequence[Argument[T]], want: T | None = None) -> Term[T] | None:
        """None when no signature takes these arguments."""
        returns: T | None = None
        chosen: Signature[T] | None = None
        if not self.unknown(callee.type) and callee.type is not None and callee.text != "super":
            signatures = self.types.signatures(callee.type, want)
            chosen = next((signature for signature in signatures if self._takes(signature, arguments)), None)
            if chosen is None and (signatures or not arguments):
                return None
            returns = chosen.returns if chosen is not None else None
        shown = ", ".join(f"{key}={each.at_least(Binding.TEST)}" if key else each.at_least(Binding.TEST) for key, each in arguments)
        own: Features = (("call", 1.0), *argument_features(callee.text, arguments, chosen, self.hints))
        text = f"{callee.at_least(Binding.ATOM)}({shown})"
        return term(text, returns, "call", own, (callee, *(each for _, each in arguments)))

    def _takes(self, signature: Signature[T], arguments: Sequence[Argument[T]]) -> bool:
        """Variadic parameters are not listed, so more positional arguments than parameters are let through."""
        positional = [parameter for parameter in signature.parameters if not parameter.keyword_only]
        by_name = {parameter.name: parameter for parameter in signature.parameters if parameter.name}
        given: set[int] = set()
        for n, (key, argument) in enumerate(arguments):
            parameter = by_name.get(key) if key else positional[n] if n < len(positional) else None
            if parameter is not None:
                given.add(id(parameter))
                if not self.agrees(argument.type, parameter.type):
                    return False
        return all(id(parameter) in given for parameter in signature.parameters if parameter.required)

    def subscript(self, base: Term[T], index: Term[T]) -> Term[T] | None:
        """None when the base cannot be indexed by it."""
        type: T | None = None
        if base.type is not None and not self.types.unknown(base.type):
            keys = dict(self.types.keys(base.type))
            type = keys.get(index.text)
            if type is None:
                getter = self.types.member(base.type, "__getitem__")
                found = self._applied(getter, index) if getter is not None else None
                if found is None and base.kind != "name":
                    return None
                type = found.returns if found is not None else None
        own: Features = (("subscript", 1.0),)
        return term(f"{base.at_least(Binding.ATOM)}[{index.text}]", type, "subscript", own, (base, index))

    def _applied(self, method: T, argument: Term[T]) -> Signature[T] | None:
        return next((each for each in self.types.signatures(method, None) if self._takes(each, [(None, argument)])), None)

    def binary(self, sign: str, left: Term[T], right: Term[T]) -> Term[T] | None:
        """None when both types are known and neither side supports it."""
        type: T | None = None
        if not self.unknown(left.type) and not self.unknown(right.type) and SUBHOLE not in (left.text, right.text):
            found = self._operator(sign, left, right)
            if found is None:
                return None
            type = found.returns
        binding = BINDINGS[sign]
        power = sign == "**"
        text = (
            f"{left.at_least(binding.tighter if power else binding)} {sign} {right.at_least(Binding.UNARY if power else binding.tighter)}"
        )
        return term(text, type, "binary", (("operator", 1.0),), (left, right), binding)

    def _operator(self, sign: str, left: Term[T], right: Term[T]) -> Signature[T] | None:
        forward, backward = METHODS[sign]
        for receiver, method, argument in ((left, forward, right), (right, backward, left)):
            bound = self.types.member(receiver.type, method) if receiver.type is not None else None
            found = self._applied(bound, argument) if bound is not None else None
            if found is not None:
                return found
        return None

    def compare(self, sign: str, left: Term[T], right: Term[T]) -> Term[T] | None:
        """None when an order is asked of what has none; everything may be compared for equality."""
        if sign in ORDERS and not self.unknown(left.type) and not self.unknown(right.type) and not self._ordered(sign, left, right):
            return None
        text = f"{left.at_least(Binding.BIT_OR)} {sign} {right.at_least(Binding.BIT_OR)}"
        return term(text, self.types.instance("bool"), "compare", (("operator", 1.0),), (left, right), Binding.COMPARE)

    def _ordered(self, sign: str, left: Term[T], right: Term[T]) -> bool:
        for receiver, method, argument in ((left, ORDERS[sign][0], right), (right, ORDERS[sign][1], left)):
            bound = self.types.member(receiver.type, method) if receiver.type is not None else None
            if bound is not None and self._applied(bound, argument) is not None:
                return True
        return False

    def boolean(self, sign: str, parts: Sequence[Term[T]]) -> Term[T]:
        """`and` and `or`; the type is known only when all parts agree."""
        binding = Binding.AND if sign == "and" else Binding.OR
        types = {str(part.type): part.type for part in parts}
        type = parts[0].type if len(types) == 1 else None
        return term(
            f" {sign} ".join(part.at_least(binding.tighter) for part in parts), type, "boolean", (("operator", 1.0),), tuple(parts), binding
        )

    def negation(self, part: Term[T]) -> Term[T]:
        """`not`."""
        return term(f"not {part.at_least(Binding.NOT)}", self.types.instance("bool"), "not", (("operator", 1.0),), (part,), Binding.NOT)

    def awaiting(self, part: Term[T]) -> Term[T] | None:
        """None when it is known to be no awaitable."""
        type = self.types.awaited(part.type) if part.type is not None and not self.unknown(part.type) else None
        if type is None and not self.unknown(part.type):
            return None
        return term(f"await {part.at_least(Binding.ATOM)}", type, "await", (("await", 1.0),), (part,), Binding.AWAIT)

    def literal(self, text: str) -> Term[T]:
        """A constant or empty display given as source."""
        if text not in self._literals:
            self._literals[text] = self._literal(text)
        return self._literals[text]

    def _literal(self, text: str) -> Term[T]:
        value = literal_value(text)
        if isinstance(value, str):
            text = string(value, self.hints.quote)
        name = "None" if value is None else type(value).__name__ if value is not NO_VALUE else text.partition("(")[0]
        return term(text, self.types.instance(name), literal_kind(text, value))

    def read(self, text: str) -> Term[T] | None:
        """Any source text, ▢ allowed, as a term."""
        if text not in self._read:
            self._read[text] = self._parse(text)
        return self._read[text]

    def _parse(self, text: str) -> Term[T] | None:
        node = parsed(text)
        return self.build(node) if node is not None else None

    def filled(self, shape: str, slots: tuple[Term[T], ...]) -> Term[T] | None:
        """A shape with these terms in its ▢s, from left to right."""
        node = parsed(shape)
        if node is None:
            return None
        self._slots = slots
        try:
            return self.build(node)
        finally:
            self._slots = ()

    def build(self, node: ast.expr) -> Term[T] | None:
        """None when a name is not in Γ, or when a type forbids it."""
        if isinstance(node, ast.Name):
            return self.leaf(node.id) if not node.id.startswith(SUBHOLE_NAME) else self._slot(node.id)
        if isinstance(node, ast.Constant):
            return self.literal(repr(node.value))
        maker = MAKERS.get(type(node))
        return maker(self, node) if maker is not None else None

    def _slot(self, name: str) -> Term[T]:
        number = int(name.removeprefix(SUBHOLE_NAME))
        return self._slots[number] if number < len(self._slots) else subhole(None)

    def source(self, node: ast.expr) -> str:
        """A node's text with its slots filled."""
        text = ast.unparse(node)
        return _SLOT.sub(lambda match: self._slot(match[0]).at_least(Binding.ATOM), text) if SUBHOLE_NAME in text else text

    def all(self, nodes: Sequence[ast.expr]) -> list[Term[T]] | None:
        """Every one of them, or None."""
        built = [self.build(node) for node in nodes]
        return None if None in built else [each for each in built if each is not None]
