"""Grafting: one function of a loaded module gets a new body and is analysed and checked by itself.

It is what mypy's daemon does to a stale target (`mypy.server.update.reprocess_nodes`), except that the body is a freshly
parsed one, and that classes other than those defined in the body are left alone: plugins must not see them twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mypy.build import State
from mypy.checker import DeferredNode, FineGrainedDeferredNode
from mypy.messages import MessageBuilder
from mypy.nodes import (
    IMPLICITLY_ABSTRACT,
    NOT_ABSTRACT,
    Decorator,
    FuncDef,
    GlobalDecl,
    MemberExpr,
    MypyFile,
    NameExpr,
    OverloadedFuncDef,
    SymbolTable,
    TypeInfo,
    Var,
)
from mypy.partially_defined import PossiblyUndefinedVariableVisitor
from mypy.semanal import apply_semantic_analyzer_patches
from mypy.semanal_classprop import add_type_promotion, calculate_class_abstract_status, calculate_class_vars, check_protocol_status
from mypy.semanal_main import apply_hooks_to_class, check_type_arguments_in_targets, process_top_level_function
from mypy.server.astdiff import compare_symbol_table_snapshots, snapshot_symbol_table
from mypy.server.aststrip import strip_target
from mypy.types import CallableType

from astral_runtime.types.children import children, walk
from astral_runtime.types.engine import Engine
from astral_runtime.types.parse import Function, functions


@dataclass(frozen=True, slots=True)
class Target:
    """A function and the node that mypy analyses it by: itself, its decorator, or the overloads that it belongs to."""

    function: FuncDef
    node: FuncDef | Decorator | OverloadedFuncDef
    info: TypeInfo | None


def targets_of(tree: MypyFile) -> Iterator[tuple[tuple[int, int], Target]]:
    """Functions of a loaded module that mypy analyses, by the line and column of their `def`."""
    owners: dict[FuncDef, Target] = {}
    for _, symbol, info in tree.local_definitions():
        node = symbol.node
        if isinstance(node, (FuncDef, Decorator, OverloadedFuncDef)):
            owners.update({function: Target(function, node, info) for function in _parts(node)})
    for function in functions(tree):
        if function in owners:
            yield (function.line, function.column), owners[function]


def _parts(node: FuncDef | Decorator | OverloadedFuncDef) -> Iterator[FuncDef]:
    if isinstance(node, OverloadedFuncDef):
        for item in [*node.unanalyzed_items, *([node.impl] if node.impl is not None else [])]:
            yield from _parts(item)
    else:
        yield node.func if isinstance(node, Decorator) else node


def graft(engine: Engine, module: str, target: Target, new: Function) -> bool:
    """Put a body into the live tree and check it. True if other code may see a difference: attributes of the class that
    changed or that another method may come to define, a function that became or ceased to be a generator, or one that
    assigns globals. What mypy says and what the plugin sees are the caller's to read."""
    state, manager = engine.graph[module], engine.manager
    tree = state.tree
    assert tree is not None
    before, generator, assigned = _seen_from_outside(target), target.function.is_generator, _assigned(target.function)
    node = target.node.func if isinstance(target.node, Decorator) else target.node
    manager.errors.reset()
    _drop_local_classes(tree.names, target.function)
    strip_target(node)
    _swap(target.function, new)
    _forget_finals(target)
    tree.ignored_lines = new.ignored_lines
    state.setup_errors()
    _analyse(engine, state, tree, node, target.info)
    state.type_checker().reset()
    engine.check_bodies(state, [DeferredNode(target.node, target.info)])
    manager.errors.set_file(state.xpath, tree.fullname, options=state.options)  # the checker's scope is closed by now
    messages = MessageBuilder(manager.errors, manager.modules)
    target.function.accept(PossiblyUndefinedVariableVisitor(messages, state.type_map(), state.options, tree.names))
    changed = compare_symbol_table_snapshots(module, before, _seen_from_outside(target))
    if changed or generator != target.function.is_generator or assigned != _assigned(target.function):
        return True
    return target.function.def_or_infer_vars and any(isinstance(each, GlobalDecl) for each in walk(target.function.body))


def _seen_from_outside(target: Target) -> dict[str, tuple[object, ...]]:
    return snapshot_symbol_table(target.info.fullname, target.info.names) if target.info is not None else {}


def _assigned(function: FuncDef) -> set[str]:
    """Attributes of the method's own object that it assigns. Which method comes first decides their types."""
    if not function.info or not function.arguments or not function.def_or_infer_vars:
        return set()
    own = function.arguments[0].variable.name
    targets = [each for node in walk(function.body) for field, each in children(node) if field in ("lvalues", "index", "target")]
    found = [each for target in targets for each in walk(target) if isinstance(each, MemberExpr)]
    return {each.name for each in found if isinstance(each.expr, NameExpr) and each.expr.name == own}


def _drop_local_classes(names: SymbolTable, function: FuncDef) -> None:
    """mypy keeps classes of function bodies in the module's table, as `Name@line`."""
    for name in [*names]:
        line = name.rpartition("@")[2]
        if "@" in name and line.isdigit() and function.line <= int(line) <= (function.end_line or function.line):
            del names[name]


def _swap(old: FuncDef, new: Function) -> None:
    """The function stays the live one, since others refer to it; what it is made of comes from the new text."""
    node = new.node
    old.type = old.unanalyzed_type = node.unanalyzed_type
    if isinstance(old.type, CallableType):
        old.type.definition = old  # mypy asks it for its class when an override does not agree
    old.body = node.body
    old.set_line(node)
    old.is_generator = old.is_async_generator = old.is_trivial_body = False
    if old.abstract_status == IMPLICITLY_ABSTRACT:
        old.abstract_status = NOT_ABSTRACT
    for mine, theirs in zip(old.arguments, node.arguments, strict=True):
        mine.initializer = theirs.initializer
        mine.set_line(theirs)
        mine.variable.set_line(theirs.variable)


def _forget_finals(target: Target) -> None:
    """mypy notes on a `Final` of the class that `__init__` has set it, and takes the next body that does for a second one."""
    if target.info is None or target.function.name != "__init__":
        return
    for symbol in target.info.names.values():
        if isinstance(symbol.node, Var) and symbol.node.final_unset_in_class:
            symbol.node.final_set_in_init = False


def _analyse(engine: Engine, state: State, tree: MypyFile, node: FuncDef | OverloadedFuncDef, owner: TypeInfo | None) -> None:
    """`mypy.semanal_main.semantic_analysis_for_targets` for one function, with class hooks for its own classes only."""
    analyzer, errors = engine.manager.semantic_analyzer, engine.manager.errors
    known = set(_local_classes(tree))
    patches: list[tuple[int, Callable[[], None]]] = []
    process_top_level_function(analyzer, state, state.id, node.fullname, node, owner, patches)
    apply_semantic_analyzer_patches(patches)
    builtins = engine.manager.modules["builtins"].names
    for info in _local_classes(tree):
        if info not in known:
            with state.wrap_context():
                apply_hooks_to_class(analyzer, state.id, info, state.options, tree, errors)
                with analyzer.file_context(tree, state.options, info):
                    calculate_class_abstract_status(info, tree.is_stub, errors)
                    check_protocol_status(info, errors)
                    calculate_class_vars(info)
                    add_type_promotion(info, tree.names, state.options, builtins)
    check_type_arguments_in_targets([FineGrainedDeferredNode(node, owner)], state, errors)


def _local_classes(tree: MypyFile) -> Iterator[TypeInfo]:
    for name, symbol in tree.names.items():
        if "@" in name and isinstance(symbol.node, TypeInfo):
            yield symbol.node
