"""Which rules apply to which faults. A rule reads the message and the syntax and proposes; it verifies nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from astral_runtime.repair import calls, control, convert, members, names, operators, optional, syntax
from astral_runtime.repair.site import Site
from astral_runtime.repair.values import Proposal

Rule = Callable[[Site], Iterator[Proposal]]

_CONVERSIONS: tuple[Rule, ...] = (
    convert.converted,
    convert.literal,
    convert.called,
    convert.similar,
    optional.guarded,
    optional.tested,
    operators.whole_division,
)
_OPTIONAL: tuple[Rule, ...] = (optional.guarded, optional.tested)

RULES: dict[str, tuple[Rule, ...]] = {
    "name-defined": (names.misspelt, names.unqualified, names.unimported, names.moduleless),
    "used-before-def": (names.misspelt, names.unqualified),
    "attr-defined": (
        members.misspelt_member,
        members.awaited_member,
        members.awaited_before,
        members.converted_receiver,
        members.called_member,
        members.not_iterable,
        members.pairs,
        members.wrong_receiver,
        names.unknown_module,
        *_OPTIONAL,
    ),
    "union-attr": (members.misspelt_member, members.wrong_receiver, *_OPTIONAL),
    "call-arg": (calls.misspelt_keyword, calls.missing_argument, calls.extra_argument, calls.swapped),
    "arg-type": (*_CONVERSIONS, calls.as_its_parameter, calls.swapped),
    "call-overload": (calls.swapped, convert.literal_arguments, convert.unawaited),
    "return-value": (*_CONVERSIONS, optional.widened, convert.declared_otherwise),
    "assignment": (*_CONVERSIONS, convert.default_none, convert.unawaited),
    "index": (*_CONVERSIONS, calls.swapped, convert.unawaited, members.awaited_before),
    "list-item": _CONVERSIONS,
    "dict-item": _CONVERSIONS,
    "typeddict-item": _CONVERSIONS,
    "operator": (
        operators.other_operator,
        operators.converted_operand,
        operators.augmented,
        operators.signed_text,
        calls.not_callable,
        *_OPTIONAL,
    ),
    "misc": (convert.not_awaitable, syntax.not_async, calls.not_callable, members.pairs, calls.swapped, *_OPTIONAL),
    "await-not-async": (syntax.not_async,),
    "str-unpack": (members.pairs,),
    "return": (control.unreturned,),
    "func-returns-value": (control.value_of_nothing,),
    "unused-coroutine": (convert.unawaited,),
    "import-not-found": (names.unknown_module,),
    "import": (names.unknown_module,),
    "syntax": (
        syntax.unclosed,
        syntax.unmatched,
        syntax.colon,
        syntax.quote,
        syntax.equals,
        syntax.comma,
        syntax.misspelt_keyword,
        syntax.other_language,
        syntax.indentation,
        syntax.not_async,
        syntax.superfluous,
    ),
}
"""By mypy's error code; `syntax` for what does not parse."""

ALWAYS: tuple[Rule, ...] = (control.returned_for_nothing, control.empty_return)
"""Rules for messages that come under several codes."""


def proposals(site: Site) -> list[Proposal]:
    """Everything that the rules propose for a fault."""
    rules = (*RULES.get(site.fault.code or "", ()), *ALWAYS)
    return [proposal for rule in rules for proposal in rule(site)]
