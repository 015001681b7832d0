"""Every candidate of one hole: the generators in turn, each with its share of the fuel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

from astral_runtime.search.builder import Builder
from astral_runtime.search.conditions import CLASSES, condition_terms
from astral_runtime.search.costs import COSTS
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.idioms import idiom_terms
from astral_runtime.search.lambdas import lambda_terms
from astral_runtime.search.mined import kin_terms, seen_terms, shaped_terms
from astral_runtime.search.operators import choice_terms, number_terms, operator_terms
from astral_runtime.search.precedence import wrapped
from astral_runtime.search.rank import Ranking
from astral_runtime.search.reach import attribute_terms, call_terms, index_terms, inherited_call
from astral_runtime.search.skeletons import iterable_terms
from astral_runtime.search.terms import Features, Term
from astral_runtime.search.types import Hints, Name, T, Types
from astral_runtime.search.wants import TRUTHS, Wants
from astral_runtime.search.words import alike, words, words_of

NEAR = frozenset({"local", "parameter", "self", "enclosing", "class"})
CALLED = ("len", "str", "int", "float", "bool", "list", "dict", "set", "tuple", "sorted", "isinstance", "type", "repr", "open", "range")
"""Builtins that are tried as callees without an example."""
FUEL = 600
"""Terms that one search may try."""
SPOKEN = frozenset({"argument", "keyword", "compare", "element", "key", "value", "index", "assign", "return", "branch", "operand"})
"""Roles in which strings and classes stand."""
MOST_BASES = 24
MOST_DEEP = 8
MOST_CALLEES = 80
MOST_PREDICATES = 24
AFFINITY = 3.0
"""Nats that a likeness to the target brings a value forward when slots are filled."""


@dataclass(frozen=True, slots=True)
class Candidate(Generic[T]):
    """A term that may stand in the hole, with its whole cost."""

    text: str
    cost: float
    term: Term[T]
    features: Features


def candidates(goal: T | None, names: Sequence[Name[T]], types: Types[T], hints: Hints, fuel: int = FUEL) -> Iterator[Candidate[T]]:
    """In the order found, each text once."""
    builder = Builder(names, types, hints)
    wants = Wants(goal, builder, hints)
    ranking = Ranking(hints, builder)
    done: set[str] = set()
    for found in _terms(builder, wants, hints, Fuel(fuel)):
        if found.text in done:
            continue
        done.add(found.text)
        suits = wants.suits(found)
        if suits is None:
            continue
        features = ranking.features(found, suits)
        text = wrapped(found.text) if found.binding < hints.binding else found.text
        cost = found.cost + sum(COSTS[name] * amount for name, amount in features)
        yield Candidate(text, cost, found, features)


def _terms(builder: Builder[T], wants: Wants[T], hints: Hints, fuel: Fuel) -> Iterator[Term[T]]:
    leaves = [leaf for name in (*builder.names, *CALLED) if (leaf := builder.leaf(name)) is not None]
    leaves.sort(key=lambda leaf: (leaf.cost, leaf.text))
    yield from (leaf for leaf in leaves if leaf.text in builder.names)
    yield from (builder.literal(text) for text in _constants(builder, wants, hints))
    yield from _known_words(builder, wants, hints)
    if hints.purpose and hints.purpose != hints.target and hints.role in {"argument", "index"}:
        yield builder.literal(repr(hints.purpose))
    yield from (found for seen in hints.analogies if fuel.spend() and (found := builder.read(seen.text)) is not None)
    yield from inherited_call(builder, hints)
    yield from _portion(seen_terms(builder, hints, share := fuel.share(0.3)), fuel, share)
    near = {name.name for name in builder.names.values() if name.origin in NEAR}
    values = _affine(hints, [leaf for leaf in leaves if leaf.text in near])
    attributes = _attributes(builder, hints, leaves, values, fuel)
    yield from (each for each in attributes if _is_spoken(builder, each, hints))
    functions = [each for each in (*attributes, *leaves) if each.type is None or builder.types.sort(each.type) in {"function", "class"}]
    values = _affine(hints, [*values, *(each for each in attributes if each.type is None or builder.types.sort(each.type) == "value")])
    slots = [each for each in values if each.kind != "self"]
    yield from _portion(idiom_terms(builder, hints, slots, share := fuel.share(0.3)), fuel, share)
    yield from _portion(kin_terms(builder, hints, slots, share := fuel.share(0.2)), fuel, share)
    yield from _portion(shaped_terms(builder, hints, slots, share := fuel.share(0.5)), fuel, share)
    yield from _made(builder, wants, hints, values, functions, fuel)


def _is_spoken(builder: Builder[T], attribute: Term[T], hints: Hints) -> bool:
    """Whether it may be a fill by itself: of methods only those that the file speaks of; the others are there to be called."""
    name = attribute.text.rpartition(".")[2]
    return attribute.type is None or name in (hints.frequency or {}) or builder.types.sort(attribute.type) != "function"


def _portion(found: Iterable[Term[T]], fuel: Fuel, share: Fuel) -> Iterator[Term[T]]:
    yield from found
    fuel.refund(share)


def _affine(hints: Hints, values: Iterable[Term[T]]) -> list[Term[T]]:
    """Cheapest first, those named like the target earlier."""
    wanted = words_of(" ".join(filter(None, (hints.target, hints.intent))))
    return sorted(values, key=lambda each: (each.cost - AFFINITY * alike(words_of(each.text), wanted), each.text))


def _constants(builder: Builder[T], wants: Wants[T], hints: Hints) -> Iterable[str]:
    types = builder.types
    if wants.goal is not None:
        return types.literals(wants.goal)
    if wants.soft is not None:
        return (*types.literals(wants.soft), "None")
    return ("0", "1", "-1", "2") if hints.role in {"index", "slice"} else ("None", "True", "False", "0", "1", "''", "[]", "{}", "()")


def _known_words(builder: Builder[T], wants: Wants[T], hints: Hints) -> Iterator[Term[T]]:
    """Strings that the file has elsewhere, and the classes of builtins, where such may stand."""
    if hints.role in SPOKEN and builder.agrees(builder.types.instance("str"), wants.goal):
        yield from (builder.literal(text) for text in hints.strings)
    if hints.role in SPOKEN or hints.role == "boolean":
        yield from (leaf for name in CLASSES if (leaf := builder.leaf(name)) is not None)


def _attributes(builder: Builder[T], hints: Hints, leaves: Sequence[Term[T]], near: Sequence[Term[T]], fuel: Fuel) -> list[Term[T]]:
    """Of near names, of their attributes in turn, and of the modules and classes that the file uses."""
    bases = sorted(near, key=lambda leaf: leaf.kind != "self")[:MOST_BASES]
    far = [
        leaf
        for leaf in leaves
        if leaf.text in hints.attributes and leaf.text in builder.names and builder.names[leaf.text].origin not in NEAR
    ]
    first = sorted(attribute_terms(builder, bases, hints, share := fuel.share(0.3)), key=lambda each: each.cost)
    fuel.refund(share)
    deep = list(attribute_terms(builder, first[:MOST_DEEP], hints, share := fuel.share(0.2)))
    fuel.refund(share)
    owned = list(attribute_terms(builder, far, hints, share := fuel.share(0.2)))
    packages = [each for each in owned if each.type is not None and builder.types.sort(each.type) == "module"]
    owned += attribute_terms(builder, packages, hints, share)
    fuel.refund(share)
    return [*first, *deep, *owned]


def _made(
    builder: Builder[T], wants: Wants[T], hints: Hints, values: Sequence[Term[T]], functions: Sequence[Term[T]], fuel: Fuel
) -> Iterator[Term[T]]:
    """Operators, loops and calls over what was reached."""
    goal = wants.goal if wants.goal is not None else wants.soft
    if hints.role in TRUTHS:
        operands = [each for each in values if each.kind != "self"]
        yield from _portion(condition_terms(builder, operands, hints, share := fuel.share(0.4)), fuel, share)
        yield from _portion(_predicates(builder, functions, values, hints, share := fuel.share(0.3)), fuel, share)
    yield from _portion(number_terms(builder, goal, values, hints, share := fuel.share(0.1)), fuel, share)
    yield from _portion(choice_terms(builder, goal, values, share := fuel.share(0.1)), fuel, share)
    yield from _portion(operator_terms(builder, goal, values, share := fuel.share(0.2)), fuel, share)
    yield from _portion(iterable_terms(builder, goal, values[: 2 * MOST_DEEP], hints, share := fuel.share(0.3)), fuel, share)
    yield from lambda_terms(builder, goal, fuel)
    yield from _portion(index_terms(builder, values[:MOST_BASES], goal, values[:MOST_BASES], hints, share := fuel.share(0.2)), fuel, share)
    callees = sorted(_callable(builder, functions, goal, hints), key=lambda each: (_reach(each.text), each.cost))[:MOST_CALLEES]
    yield from call_terms(builder, callees, goal, values[:MOST_BASES], hints, fuel)


def _predicates(
    builder: Builder[T], functions: Sequence[Term[T]], values: Sequence[Term[T]], hints: Hints, fuel: Fuel
) -> Iterator[Term[T]]:
    """Calls that answer yes or no, and their negations."""
    truth = builder.types.instance("bool")
    if truth is None:
        return
    asking = [
        each
        for each in functions
        if each.type is not None
        and builder.types.sort(each.type) == "function"
        and any(signature.returns == truth for signature in builder.types.signatures(each.type, None))
    ]
    asking.sort(key=lambda each: (each.text.rpartition(".")[2] not in hints.calls, each.cost))
    for found in call_terms(builder, asking[:MOST_PREDICATES], truth, values[:MOST_BASES], hints, fuel):
        yield found
        if hints.role != "not":
            yield builder.negation(found)


def _reach(callee: str) -> int:
    """How far a callee lies from Γ: what is in sight, the object's own methods included, before members of members."""
    return callee.removeprefix("self.").count(".")


def _callable(builder: Builder[T], callees: Iterable[Term[T]], goal: T | None, hints: Hints) -> Iterator[Term[T]]:
    """Without a goal only what the file calls anyway, or what is named like the target: everything else would be noise."""
    called = {key.partition(":")[0] for key in hints.arguments}
    wanted = words(hints.target) if hints.target else frozenset()
    for callee in callees:
        name = callee.text.rpartition(".")[2]
        fresh = callee.text in builder.names and not (hints.frequency or {}).get(name)
        if goal is not None or fresh or name in called or name in hints.calls or alike(words(name), wanted):
            yield callee
