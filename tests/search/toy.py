"""A type system small enough to read: types are strings, classes are tables, functions are `(name: type, …) -> type`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from astral_runtime.search.types import Parameter, Signature, Sort

SUPERTYPES = {"bool": {"int", "float"}, "int": {"float"}, "Manager": {"Employee"}}
CLASSES: dict[str, dict[str, str]] = {
    "Item": {"name": "str", "price": "float", "quantity": "int", "total": "() -> float", "tags": "list[str]"},
    "Cart": {"items": "list[Item]", "owner": "Employee", "add": "(item: Item) -> None", "count": "() -> int", "_rate": "float"},
    "Employee": {"name": "str", "salary": "float", "boss": "Manager | None"},
    "Manager": {"name": "str", "salary": "float", "reports": "list[Employee]"},
    "str": {
        "upper": "() -> str",
        "startswith": "(prefix: str) -> bool",
        "__add__": "(x: str) -> str",
        "__getitem__": "(index: int) -> str",
    },
    "float": {
        "__add__": "(x: float) -> float",
        "__mul__": "(x: float) -> float",
        "__sub__": "(x: float) -> float",
        "__lt__": "(x: float) -> bool",
    },
    "int": {"__add__": "(x: int) -> int", "__mul__": "(x: float) -> float", "__lt__": "(x: int) -> bool"},
    "dict[str, float]": {"get": "(key: str) -> float | None", "__getitem__": "(key: str) -> float"},
    "list[Item]": {"__getitem__": "(index: int) -> Item", "append": "(item: Item) -> None"},
}
LITERALS = {"int": ("0", "1"), "float": ("0.0", "1.0"), "str": ('""',), "bool": ("True", "False"), "None": ("None",), "list": ("[]",)}


RESULTS = {"len": "int", "isinstance": "bool", "callable": "bool", "type": "type[Any]", "iter": "Iterator[Any]", "repr": "str"}


class ToyTypes:
    """Implements `search.types.Types[str]`."""

    def __init__(self, classes: Mapping[str, Mapping[str, str]] = CLASSES) -> None:
        self.classes = classes

    def fits(self, have: str, want: str) -> bool:
        if self.unknown(have) or self.unknown(want) or want in {have, "object"}:
            return True
        if " | " in have and "->" not in have:
            return all(self.fits(part, want) for part in have.split(" | "))
        if " | " in want and "->" not in want:
            return any(self.fits(have, part) for part in want.split(" | "))
        if want.endswith("[Any]"):
            return have.startswith(want[: -len("Any]")])
        if have in {"list[Any]", "dict[Any, Any]"}:
            return want.startswith(have.partition("[")[0])
        return want in SUPERTYPES.get(have, set())

    def unknown(self, type: str) -> bool:
        return type == "Any"

    def show(self, type: str) -> str:
        return type

    def sort(self, type: str) -> Sort:
        return "function" if "->" in type else "class" if type.startswith("type[") else "value"

    def nothing(self, type: str) -> bool:
        return type == "None"

    def present(self, type: str) -> str | None:
        return type.removesuffix(" | None") if type.endswith(" | None") else None

    def members(self, type: str) -> Sequence[str]:
        return [name for name in self.classes.get(type, {}) if not name.startswith("__")]

    def member(self, type: str, name: str) -> str | None:
        return self.classes.get(type, {}).get(name)

    def signatures(self, type: str, want: str | None) -> Sequence[Signature[str]]:
        if type.startswith("type["):
            name = type[5:-1]
            fields = {key: value for key, value in self.classes.get(name, {}).items() if "->" not in value}
            return (Signature(tuple(Parameter(key, value, True) for key, value in fields.items()), name),)
        if "->" not in type:
            return ()
        inside, _, returns = type.partition(") -> ")
        pairs = [pair.split(": ") for pair in inside.strip("(").split(", ") if pair]
        return (Signature(tuple(Parameter(name, kind, True) for name, kind in pairs), returns),)

    def item(self, type: str) -> str | None:
        if type.startswith("list["):
            return type[5:-1]
        return "str" if type == "str" or type.startswith("dict[str") else None

    def awaited(self, type: str) -> str | None:
        return type[10:-1] if type.startswith("Coroutine[") else None

    def keys(self, type: str) -> Sequence[tuple[str, str]]:
        return ()

    def literals(self, type: str) -> Sequence[str]:
        return tuple(text for part in type.split(" | ") for text in LITERALS.get(part.partition("[")[0], ()))

    def builtin(self, name: str) -> str | None:
        takes = {"int": "str", "float": "str", "str": "Any", "isinstance": "Any, kind: type[Any]"}.get(name, "list[Any]")
        return f"(x: {takes}) -> {RESULTS.get(name, name)}"

    def instance(self, name: str, *arguments: str | None) -> str | None:
        return f"{name}[{', '.join(each or 'Any' for each in arguments)}]" if arguments else name
