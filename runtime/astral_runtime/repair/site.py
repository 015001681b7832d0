"""The place of one fault as a rule sees it: message, span, syntax, names in sight."""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from astral_native import Binding
from astral_runtime.holes import Span
from astral_runtime.repair.code import Code, Function
from astral_runtime.repair.diagnosis import Diagnosis
from astral_runtime.repair.library import Library
from astral_runtime.repair.values import Proposal
from astral_runtime.verify.spec import Fault

BUILTINS = tuple(name for name in dir(builtins) if not name.startswith("_"))


@dataclass(frozen=True)
class Site:
    """One fault with a place. Not slotted: what is derived is computed once."""

    diagnosis: Diagnosis
    fault: Fault
    span: Span
    library: Library

    @property
    def code(self) -> Code:
        """The document's syntax."""
        return self.diagnosis.code

    @property
    def message(self) -> str:
        """What the verifier said."""
        return self.fault.message

    @property
    def text(self) -> str:
        """What it blames."""
        return self.code.slice(self.span)

    def says(self, pattern: str) -> re.Match[str] | None:
        """The message, matched anywhere."""
        return re.search(pattern, self.message)

    @cached_property
    def node(self) -> ast.expr | None:
        """The expression that is blamed, if it is one."""
        return self.code.at(self.span)

    @cached_property
    def bindings(self) -> list[Binding]:
        """Names in sight, nearest first."""
        return self.code.document.native.scope(self.span.start)

    @cached_property
    def names(self) -> list[str]:
        """Plain names in sight; builtins last."""
        own = [each.name for each in self.bindings if "." not in each.name and each.name != "*"]
        return [*dict.fromkeys([*own, *BUILTINS])]

    @cached_property
    def members(self) -> list[str]:
        """What the method's own object has, dotted: `self.items`, its methods included."""
        found = [each.name for each in self.bindings if each.kind == "self"]
        owner = self.owner
        if owner is not None and owner[0].args.args:
            receiver = owner[0].args.args[0].arg
            found += [f"{receiver}.{name}" for name in self.library.members_of(owner[1])]
        return [*dict.fromkeys(found)]

    @cached_property
    def owner(self) -> tuple[Function, ast.ClassDef] | None:
        """The method around the place, and its class."""
        function = self.function
        chain = [function, *self.code.ancestors(function)] if function is not None else []
        for inner, outer in pairwise(chain):
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and isinstance(outer, ast.ClassDef):
                return inner, outer
        return None

    @cached_property
    def function(self) -> Function | None:
        """The function around the place."""
        return self.code.function(self.span.start)

    @cached_property
    def statement(self) -> ast.stmt | None:
        """The innermost statement around the place."""
        return self.code.statement(self.span.start)

    @property
    def is_async(self) -> bool:
        """Whether `await` may stand here."""
        return isinstance(self.function, ast.AsyncFunctionDef)

    def instead(self, text: str, score: float = 0.0, *, imports: tuple[str, ...] = (), says: str = "") -> Proposal:
        """Put `text` in the place of what is blamed."""
        return Proposal(self.span, text, score, imports, says)
