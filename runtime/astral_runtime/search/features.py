"""What makes a piece of a fill likely or unlikely: features, each a name of the cost table with an amount."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p
from typing import TYPE_CHECKING

from astral_runtime.search.types import Hints, Name, Signature, T
from astral_runtime.search.words import alike, words, words_of

if TYPE_CHECKING:
    from astral_runtime.search.terms import Features, Term


def name_features(name: Name[T], hints: Hints) -> Features:
    """Locality and use of a name of Γ."""
    text = name.name
    uses = hints.reads.get(text, 0) if hints.reads is not None else name.uses
    found = [(f"origin.{name.origin}", 1.0), ("name.uses", log1p(uses)), ("name.frequency", log1p((hints.frequency or {}).get(text, 0)))]
    if text in {"self", "cls"}:
        return (("name.self", 1.0), ("self.unused", float(uses == 0)))
    if name.origin in {"local", "parameter"} and uses == 0:
        found.append(("name.unused", 1.0))
    if text in hints.stored:
        found.append(("name.stored", log1p(hints.stored[text])))
    if text in hints.fresh:
        found.append(("name.fresh", 1.0))
    if name.origin in {"import", "module"} and not (hints.frequency or {}).get(text):
        found.append((f"{name.origin}.unused", 1.0))
    if text in hints.bound:
        found.append(("name.bound_here", 1.0))
    if text in hints.statement:
        found.append(("name.in_statement", 1.0))
    return (*found, *_nearness("name", text, hints))


def _nearness(head: str, text: str, hints: Hints) -> Features:
    found = []
    for side, mentions in (("before", hints.before), ("after", hints.after)):
        if not mentions:
            continue  # where nothing is mentioned, that this is not says nothing
        lines = mentions.get(text)
        found.append((f"{head}.not_{side}", 1.0) if lines is None else (f"{head}.{side}", log1p(lines)))
    return tuple(found)


def attribute_features(base: str, name: str, hints: Hints, introduced: bool) -> Features:
    """How usual the attribute is for a receiver of this name, and how near it was read; the latter says nothing of a
    receiver that the fill itself introduces."""
    receiver = base.rpartition(".")[2]
    frequency = (hints.frequency or {}).get(name, 0)
    found = [
        ("attribute", 1.0),
        ("attribute.seen", log1p(hints.attributes.get(receiver, {}).get(name, 0))),
        ("attribute.frequency", log1p(frequency)),
    ]
    if frequency == 0:
        found.append(("attribute.unused" if name.startswith("_") and receiver in {"self", "cls"} else "attribute.new", 1.0))
    if receiver == "self" and name not in hints.attributes.get("self", {}):
        found.append(("self.unread", 1.0))
    if name.startswith("_") and receiver not in {"self", "cls"}:
        found.append(("attribute.private", 1.0))
    return tuple(found) if introduced else (*found, *_nearness("chain", f"{base}.{name}", hints))


def argument_features(
    callee: str, arguments: Sequence[tuple[str | None, Term[T]]], signature: Signature[T] | None, hints: Hints
) -> Features:
    """Whether the file passes such arguments to this callee, and whether they are named like the parameters."""
    name = callee.rpartition(".")[2]
    positional = [each for each in signature.parameters if not each.keyword_only] if signature is not None else []
    seen = 0.0
    like = 0.0
    texts = [each.text for _, each in arguments]
    for n, (key, argument) in enumerate(arguments):
        passed = hints.arguments.get(f"{name}:{key if key is not None else n}", ())
        seen += argument.text in passed
        parameter = key or (positional[n].name if n < len(positional) else None)
        like += alike(words(parameter), words_of(argument.text)) if parameter else 0.0
    types = [each.type for _, each in arguments]
    exact = sum(n < len(positional) and key is None and positional[n].type == types[n] for n, (key, _) in enumerate(arguments))
    repeats = float(len(texts) - len(set(texts)))
    found = [
        ("argument", float(len(arguments))),
        ("argument.seen", seen),
        ("argument.like", like),
        ("argument.exact", float(exact)),
        ("argument.repeat", repeats),
    ]
    called = hints.calls.get(callee, 0)
    found += [("call.seen", log1p(called)), ("call.named", log1p(hints.calls.get(name, 0) - called))]
    if name == hints.function and callee in {name, f"self.{name}", f"cls.{name}"}:
        found.append(("call.recursive", 1.0))
    if name not in hints.calls:
        found.append(("call.new", 1.0))
    return tuple(each for each in found if each[1])


def literal_kind(text: str, value: object) -> str:
    """The kind of a constant or empty display."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"int{value}" if value in {0, 1} else "int"
    if isinstance(value, str):
        return "str" if value else "empty"
    return (
        "float" if isinstance(value, float) else "empty" if text in {"[]", "{}", "()", "set()", "b''", 'b""', "frozenset()"} else "constant"
    )
