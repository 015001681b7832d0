"""Type-directed reach: attributes of what Γ has, and calls whose result may stand in the hole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from astral_runtime.search.builder import Argument, Builder
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.terms import Term, subhole
from astral_runtime.search.types import Hints, Parameter, Signature, T
from astral_runtime.search.words import alike, words, words_of

ARGUMENTS_TRIED = 2
NAMED = frozenset({"assign", "keyword", "value", "default"})
"""Roles whose target names the value, so that a key or column may be called the same."""
MOST_REQUIRED = 4
"""More required parameters than this make a call that nobody guesses whole."""
COMMON_ATTRIBUTES = 24
PARTS_OF_NUMBERS = frozenset({"real", "imag", "numerator", "denominator"})
"""Every int has them, and hardly anybody asks."""


def attribute_terms(builder: Builder[T], bases: Iterable[Term[T]], hints: Hints, fuel: Fuel) -> Iterator[Term[T]]:
    """Attributes of a known type, those first that the file speaks of anywhere; of an unknown one, those that the file reads
    from such a name."""
    frequency = hints.frequency or {}
    common = _common(hints)
    readable = [(base, _readable(builder, base, hints, common)) for base in bases]
    for spoken in (True, False):
        for base, names in readable:
            for name in names:
                if (name in frequency) is not spoken or (not spoken and _is_rare(name, base)):
                    continue
                if not fuel.spend():
                    return
                found = builder.attribute(base, name)
                if found is not None:
                    yield found


def _is_rare(name: str, base: Term[T]) -> bool:
    return name in PARTS_OF_NUMBERS or (name.startswith("_") and base.kind != "self")


def _readable(builder: Builder[T], base: Term[T], hints: Hints, common: Sequence[str]) -> Sequence[str]:
    """Names of attributes that are worth a try."""
    read = hints.attributes.get(base.text.rpartition(".")[2], {})
    if builder.unknown(base.type) or base.type is None:
        return list(read) or common
    return builder.types.members(base.type) if builder.types.sort(base.type) == "value" else list(read)


def _common(hints: Hints) -> list[str]:
    totals: dict[str, int] = {}
    for counts in hints.attributes.values():
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
    return sorted(totals, key=lambda name: (-totals[name], name))[:COMMON_ATTRIBUTES]


def call_terms(
    builder: Builder[T], callees: Iterable[Term[T]], goal: T | None, arguments: Sequence[Term[T]], hints: Hints, fuel: Fuel
) -> Iterator[Term[T]]:
    """Calls with the likeliest arguments; a required parameter that nothing fits stays open."""
    for callee in callees:
        if builder.unknown(callee.type) or callee.type is None:
            yield from _untyped_call(builder, callee, hints, fuel)
            continue
        for signature in builder.types.signatures(callee.type, goal):
            if not _returns(builder, signature, goal, hints):
                continue
            for chosen in _argument_lists(builder, callee, signature, arguments, hints):
                if not fuel.spend():
                    return
                found = builder.call(callee, chosen, goal)
                awaited = builder.awaiting(found) if found is not None and hints.asynchronous and found.type is not None else None
                yield from (each for each in (found, awaited) if each is not None)


def _returns(builder: Builder[T], signature: Signature[T], goal: T | None, hints: Hints) -> bool:
    """Whether the result may stand in the hole, awaited where that is possible."""
    if goal is None:
        return signature.returns is None or not builder.types.nothing(signature.returns)
    if signature.returns is None:
        return False
    awaited = builder.types.awaited(signature.returns) if hints.asynchronous else None
    return builder.types.fits(signature.returns, goal) or (awaited is not None and builder.types.fits(awaited, goal))


def index_terms(
    builder: Builder[T], bases: Iterable[Term[T]], goal: T | None, arguments: Sequence[Term[T]], hints: Hints, fuel: Fuel
) -> Iterator[Term[T]]:
    """`rates[country]`, `row["host"]`, `items[0]`, where the element fits σ."""
    if goal is None:
        return
    for base in bases:
        getter = builder.types.member(base.type, "__getitem__") if base.type is not None and not builder.unknown(base.type) else None
        if getter is None or base.type is None:
            continue
        texts = [key for key, value in builder.types.keys(base.type) if builder.agrees(value, goal)]
        indices = [builder.literal(text) for text in texts]
        for signature in builder.types.signatures(getter, None):
            returns = signature.returns
            if signature.parameters and returns is not None and builder.types.fits(returns, goal) and returns != base.type:
                indices += best_arguments(builder, base, 0, signature.parameters[0], arguments, hints)
        for index in indices:
            if not fuel.spend():
                return
            found = builder.subscript(base, index)
            if found is not None:
                yield found


def inherited_call(builder: Builder[T], hints: Hints) -> Iterator[Term[T]]:
    """`super().method(its own parameters)`."""
    if hints.function and builder.leaf("super") is not None and builder.leaf("self") is not None:
        prefix = "await " if hints.asynchronous else ""
        found = builder.read(f"{prefix}super().{hints.function}({', '.join(hints.parameters)})")
        yield from () if found is None else (found,)


def _untyped_call(builder: Builder[T], callee: Term[T], hints: Hints, fuel: Fuel) -> Iterator[Term[T]]:
    """Only as the file calls it: its usual first argument, or none."""
    name = callee.text.rpartition(".")[2]
    passed = hints.arguments.get(f"{name}:0", ())
    for text in passed:
        if not fuel.spend():
            return
        argument = builder.read(text)
        found = builder.call(callee, [(None, argument)]) if argument is not None else None
        if found is not None:
            yield found


def _argument_lists(
    builder: Builder[T], callee: Term[T], signature: Signature[T], arguments: Sequence[Term[T]], hints: Hints
) -> Iterator[list[Argument[T]]]:
    required = [parameter for parameter in signature.parameters if parameter.required]
    if not required and callee.text not in builder.names and callee.kind == "name":
        return  # `int()` is a clumsy 0
    if len(required) > MOST_REQUIRED:
        return
    choices = []
    for n, parameter in enumerate(required):
        fitting = best_arguments(builder, callee, n, parameter, arguments, hints)
        key = parameter.name if parameter.keyword_only else None
        choices.append([(key, each) for each in fitting[: ARGUMENTS_TRIED if len(required) <= 2 else 1]])
    namesakes = _namesakes(builder, signature, arguments)
    for chosen in product(*choices):
        yield [*chosen, *namesakes]
        if namesakes:
            yield list(chosen)


def _namesakes(builder: Builder[T], signature: Signature[T], arguments: Sequence[Term[T]]) -> list[Argument[T]]:
    """Values in sight that are called exactly like an optional parameter and may be passed for it."""
    by_name = {each.text: each for each in arguments}
    found: list[Argument[T]] = []
    by_position = True
    for parameter in signature.parameters:
        value = by_name.get(parameter.name or "")
        if parameter.required:
            continue
        if value is None or not builder.agrees(value.type, parameter.type):
            by_position = False
            continue
        found.append((None if by_position and not parameter.keyword_only else parameter.name, value))
    return found


def best_arguments(
    builder: Builder[T], callee: Term[T], position: int, parameter: Parameter[T], arguments: Sequence[Term[T]], hints: Hints
) -> list[Term[T]]:
    """What may be passed, likeliest first; a sub-hole when nothing fits."""
    receiver, _, name = callee.text.rpartition(".")
    passed = (*hints.arguments.get(f"{name}:{position}", ()), *hints.arguments.get(f"{name}:{parameter.name}", ()))
    wanted = words(parameter.name) if parameter.name else frozenset()
    named = [builder.literal(repr(hints.target))] if hints.target and hints.role in NAMED and callee.kind == "attribute" else []
    mined = [found for text in passed if (found := builder.read(text)) is not None]
    scored = [
        (each.cost - (2.0 if each.text in passed else 0.0) - 2 * alike(words_of(each.text), wanted), each)
        for each in {each.text: each for each in (*arguments, *named, *mined)}.values()
        if builder.agrees(each.type, parameter.type) and each.text not in (callee.text, receiver)
    ]
    scored.sort(key=lambda pair: (pair[0], pair[1].text))
    return [each for _, each in scored[: ARGUMENTS_TRIED + 1]] or [subhole(parameter.type)]
