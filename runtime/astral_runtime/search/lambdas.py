"""Functions written in place, where σ is a callable."""

from __future__ import annotations

from collections.abc import Iterator

from astral_runtime.search.builder import Builder
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.precedence import Binding
from astral_runtime.search.skeletons import projections
from astral_runtime.search.terms import Term, subhole, term
from astral_runtime.search.types import Name, Signature, T

MOST_BODIES = 8


def lambda_terms(builder: Builder[T], goal: T | None, fuel: Fuel) -> Iterator[Term[T]]:
    """`lambda item: item.price`: projections of a single parameter, else an open body."""
    if goal is None or builder.types.sort(goal) != "function":
        return
    for signature in builder.types.signatures(goal, None):
        names = _names(builder, signature)
        head = f"lambda {', '.join(names)}: " if names else "lambda: "
        bodies: list[Term[T]] = [subhole(signature.returns)]
        if len(names) == 1 and signature.parameters[0].type is not None:
            item = signature.parameters[0].type
            inner = builder.binding(Name(names[0], item, "local", 0, 1))
            found = projections(inner, names[0], item, fuel)
            bodies += [each for each in found if builder.agrees(each.type, signature.returns)][:MOST_BODIES]
        for body in bodies:
            if not fuel.spend():
                return
            yield term(head + body.at_least(Binding.TEST), goal, "lambda", (("skeleton", 1.0),), (body,), Binding.TEST)


def _names(builder: Builder[T], signature: Signature[T]) -> list[str]:
    """The parameters' own names, else names of their types: Item → item, anything else x, y, z."""
    found: list[str] = []
    for n, parameter in enumerate(each for each in signature.parameters if each.required):
        shown = builder.types.show(parameter.type).partition("[")[0] if parameter.type is not None else ""
        name = parameter.name or (shown.lower() if shown[:1].isupper() and shown.isidentifier() else "xyz"[n % 3])
        found.append(name if name not in found else f"{name}{n}")
    return found
