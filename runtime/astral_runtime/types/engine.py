"""mypy kept warm: its build, and the (re)loading of single modules into it.

One module is processed as mypy's own two phases do it: first its interface (top levels, and methods that define
attributes), then the bodies that are asked for. Identities of the old version's symbols are kept when other modules refer
to them (`mypy.server.astmerge`).
"""

from __future__ import annotations

import gc
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mypy.build import PRI_INDIRECT, BuildManager, Graph, State, build, load_graph, order_ascc, sorted_components_inner
from mypy.checker import DeferredNode, TypeChecker
from mypy.errors import CompileError, ErrorInfo
from mypy.freetree import free_tree
from mypy.modulefinder import BuildSource, FindModuleCache, SearchPaths
from mypy.nodes import MypyFile, SymbolTableNode, TypeInfo
from mypy.options import Options
from mypy.plugin import Plugin
from mypy.semanal_main import semantic_analysis_for_scc
from mypy.server.astdiff import SymbolSnapshot, compare_symbol_table_snapshots, snapshot_symbol_table
from mypy.server.update import replace_modules_with_new_variants
from mypy.typestate import type_state

from astral_runtime.types.environment import Interpreter
from astral_runtime.types.masked import CALL, TYPE
from astral_runtime.types.overlay import Overlay

HOLE_MODULE = "__astral_hole__"
HOLE_STUB = f"from typing import Any\ndef {CALL}(*n: Any) -> Any: ...\n{TYPE} = Any\n"


FLOOD = 150_000
"""Objects made since the last garbage collection (the process runs without automatic ones) that cost too much memory."""


class Blocked(Exception):
    """mypy could not process a module at all; the version before is still loaded. `line` is 1-based, 0 if unknown."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message, line)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Loaded:
    """A module after its interface was checked. `changed`: other modules may see a difference to the version before."""

    state: State
    changed: bool


class Engine:
    """The build. Not thread-safe; mypy's state is global to the process, so there is one engine in it."""

    def __init__(self, options: Options, found: Interpreter, plugin: Plugin) -> None:
        self.overlay = Overlay()
        self.options = options
        hole_path = os.path.join(os.path.dirname(__file__), f"{HOLE_MODULE}.pyi")
        self.overlay.put(hole_path, HOLE_STUB)
        sources = [BuildSource(hole_path, HOLE_MODULE)]
        sink = io.StringIO()
        result = build(sources, options, fscache=self.overlay, stdout=sink, stderr=sink, extra_plugins=[plugin])
        self.manager: BuildManager = result.manager
        self.graph: Graph = result.graph
        self._bases: tuple[str, ...] = ()
        self._packages = found.packages
        self.find_under(())
        self._make_builtin()
        self.manager.ast_cache.clear()

    def find_under(self, bases: Iterable[str]) -> None:
        """Let imports be found under these directories, too, before any other."""
        self._bases = tuple(dict.fromkeys([*self._bases, *bases]))
        manager = self.manager
        typeshed = manager.search_paths.typeshed_path
        manager.search_paths = SearchPaths(self._bases, tuple(self.options.mypy_path), self._packages, typeshed)
        manager.find_module_cache = FindModuleCache(manager.search_paths, self.overlay, self.options, source_set=manager.source_set)

    @property
    def bases(self) -> tuple[str, ...]:
        """Directories that were added by `find_under`."""
        return self._bases

    def _make_builtin(self) -> None:
        """Every module sees the hole's call and type without an import, so that lines and imports stay the user's own."""
        defined = self.manager.modules[HOLE_MODULE].names
        builtins = self.manager.modules["builtins"].names
        for name in (CALL, TYPE):
            builtins[name] = SymbolTableNode(defined[name].kind, defined[name].node)

    def options_of(self, module: str) -> Options:
        """Options of a module, its own `# mypy:` comments included once it is loaded."""
        state = self.graph.get(module)
        return state.options if state is not None else self.options.clone_for_module(module)

    def load(self, module: str, path: str, tree: MypyFile | None) -> Loaded:
        """Replace or add a module and check its interface. `tree` is its prepared tree, None for a file that only others
        import: mypy reads it and keeps its errors to itself.

        Raises Blocked; then, and only then, the version before is still in place."""
        manager, graph = self.manager, self.graph
        old_state, old_tree = graph.pop(module, None), manager.modules.get(module)
        imported = any(module in state.dependencies_set for state in graph.values())
        before = snapshot_symbol_table(module, old_tree.names) if imported and old_tree else None
        new: list[State] = []
        try:
            self._start(module, tree)
            load_graph([BuildSource(path, module, followed=tree is None)], manager, graph, new)
            self._process(new, module, old_tree if imported else None)
        except CompileError as error:
            self._restore(module, old_state, old_tree, new)
            raise self._blocked(path, error) from error
        finally:
            manager.ast_cache.clear()
        state = graph[module]
        assert state.tree is not None
        if old_tree is not None and not imported:
            self._replace(module, old_state, old_tree, state.tree)
        return Loaded(state, changed=before is None or _differs(module, before, state.tree))

    def _replace(self, module: str, old_state: State | None, old_tree: MypyFile, tree: MypyFile) -> None:
        """Let go of a version that nothing refers to but its package. It is full of cycles, so it is taken apart: else it
        would stay until the next garbage collection."""
        package, _, name = module.rpartition(".")
        outer = self.manager.modules.get(package)
        if outer is not None and name in outer.names and outer.names[name].node is old_tree:
            outer.names[name]._node = tree  # `node` only reads
        if old_state is not None:
            old_state.free_state()
        free_tree(old_tree)
        for symbol in old_tree.names.values():
            if isinstance(symbol.node, TypeInfo) and symbol.node.module_name == module:
                symbol.node.names.clear()
        old_tree.names.clear()

    def _blocked(self, path: str, error: CompileError) -> Blocked:
        said = next((info for info in self.manager.errors.error_info_map.get(path, []) if info.blocker), None)
        if said is not None:
            return Blocked(said.message, max(said.line, 0))
        return Blocked(error.messages[0] if error.messages else "no reason given", 0)

    def _start(self, module: str, tree: MypyFile | None) -> None:
        manager = self.manager
        if gc.get_count()[0] > FLOOD:
            gc.collect()
        manager.errors.reset()
        manager.find_module_cache.clear()
        self.overlay.flush()
        manager.missing_modules.pop(module, None)
        manager.semantic_analyzer.wrapped_coro_return_types.clear()
        type_state.reset_all_subtype_caches()
        if tree is not None:
            manager.ast_cache[module] = (tree, [], None)

    def _process(self, new: Sequence[State], module: str, old_tree: MypyFile | None) -> None:
        """Modules that came in by import first, in the order that mypy itself would take."""
        for state in new:
            self.manager.import_map[state.id] = set(state.dependencies + state.suppressed)
        for component in sorted_components_inner(self.graph, {state.id for state in new}, PRI_INDIRECT):
            ids = order_ascc(self.graph, component)
            semantic_analysis_for_scc(self.graph, ids, self.manager.errors)
            if module in component and old_tree is not None:
                tree = self.graph[module].tree
                replace_modules_with_new_variants(self.manager, self.graph, {module: old_tree}, {module: tree})
            self._check_interfaces(ids)
            for id in ids:
                if id != module:
                    self.graph[id].finish_passes()

    def _check_interfaces(self, ids: Sequence[str]) -> None:
        pending = []
        for id in ids:
            self.graph[id].type_checker().reset()
            self.graph[id].type_check_first_pass(recurse_into_functions=False)
            if self.graph[id].type_checker().deferred_nodes:
                pending.append(id)
        while pending:
            pending = [id for id in pending if self.graph[id].type_check_second_pass(recurse_into_functions=False)]

    def _restore(self, module: str, state: State | None, tree: MypyFile | None, new: Sequence[State]) -> None:
        for each in new:
            self.graph.pop(each.id, None)
            self.manager.modules.pop(each.id, None)
        if state is not None and tree is not None:
            self.graph[module], self.manager.modules[module] = state, tree

    def unload(self, module: str) -> None:
        """Forget a module; those that import it must be loaded again."""
        self.graph.pop(module, None)
        self.manager.modules.pop(module, None)

    def importers(self, module: str) -> set[str]:
        """Modules that import it, directly or not, without itself."""
        found: set[str] = set()
        frontier = {module}
        while frontier:
            frontier = {id for id, state in self.graph.items() if state.dependencies_set & frontier} - found
            found |= frontier
        return found - {module}

    def closure(self, module: str) -> set[str]:
        """Modules that it imports, directly or not."""
        found: set[str] = set()
        frontier = {module}
        while frontier:
            frontier = {dep for id in frontier if id in self.graph for dep in self.graph[id].dependencies} - found
            found |= frontier
        return found

    def check_bodies(self, state: State, nodes: Sequence[DeferredNode]) -> None:
        """Check function bodies of a module whose interface is checked."""
        checker = state.type_checker()
        checker.pass_num = -1
        checker.deferred_nodes.clear()
        again = bool(nodes) and state.type_check_second_pass(todo=nodes, impl_only=True)
        while again:
            again = state.type_check_second_pass(impl_only=True)

    def errors_in(self, path: str) -> list[ErrorInfo]:
        """What mypy said of a file since the last start, in order of lines. Loops and overloads make it say things twice;
        the same thing at another place of the line is told again."""
        errors = self.manager.errors
        said = [info for info in errors.error_info_map.get(path, []) if not info.hidden]
        distinct = {(info.line, info.column, info.severity, info.message): info for info in said}
        return errors.sort_messages([*distinct.values()])

    def checker_of(self, module: str) -> TypeChecker:
        """The type checker of a loaded module, with the types of what was checked last."""
        return self.graph[module].type_checker()


def _differs(module: str, before: dict[str, SymbolSnapshot], tree: MypyFile) -> bool:
    return bool(compare_symbol_table_snapshots(module, before, snapshot_symbol_table(module, tree.names)))


def under(path: str, directory: str) -> bool:
    """Whether a file lies in a directory, by name."""
    return path.startswith(os.path.join(directory, ""))
