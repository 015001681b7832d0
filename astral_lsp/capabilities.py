"""What the client can do, read once, as named facts; and what we tell it that we can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder, get_capability

from astral_lsp.positions import choose_encoding

REPAIR_KIND = "quickfix.astral.repair"


@dataclass(frozen=True, slots=True)
class ClientFeatures:
    """The client's capabilities as far as an answer of ours depends on them."""

    document_changes: bool = False
    change_annotations: bool = False
    action_literals: bool = False
    action_disabled: bool = False
    action_resolves_edit: bool = False
    hover_markdown: bool = False
    completion_markdown: bool = False
    diagnostic_pull: bool = False
    diagnostic_refresh: bool = False
    inlay_hint_refresh: bool = False
    code_lens_refresh: bool = False
    semantic_tokens_refresh: bool = False
    multiline_tokens: bool = False
    work_done_progress: bool = False
    configuration: bool = False
    configuration_registration: bool = False
    watched_files_registration: bool = False
    show_document: bool = False
    apply_edit: bool = False

    @property
    def pulls(self) -> bool:
        """Whether diagnostics may be left to its asking: one that cannot be asked to ask again would never see what comes late."""
        return self.diagnostic_pull and self.diagnostic_refresh


_PATHS: dict[str, str] = {
    "document_changes": "workspace.workspace_edit.document_changes",
    "change_annotations": "workspace.workspace_edit.change_annotation_support",
    "action_literals": "text_document.code_action.code_action_literal_support",
    "action_disabled": "text_document.code_action.disabled_support",
    "diagnostic_pull": "text_document.diagnostic",
    "diagnostic_refresh": "workspace.diagnostics.refresh_support",
    "inlay_hint_refresh": "workspace.inlay_hint.refresh_support",
    "code_lens_refresh": "workspace.code_lens.refresh_support",
    "semantic_tokens_refresh": "workspace.semantic_tokens.refresh_support",
    "multiline_tokens": "text_document.semantic_tokens.multiline_token_support",
    "work_done_progress": "window.work_done_progress",
    "configuration": "workspace.configuration",
    "configuration_registration": "workspace.did_change_configuration.dynamic_registration",
    "watched_files_registration": "workspace.did_change_watched_files.dynamic_registration",
    "show_document": "window.show_document.support",
    "apply_edit": "workspace.apply_edit",
}


def read_features(capabilities: types.ClientCapabilities) -> ClientFeatures:
    """The facts of a client's capabilities; what it does not mention it cannot do."""

    def has(path: str) -> bool:
        value = get_capability(capabilities, path, False)
        return value is not None and value is not False

    hover_formats = get_capability(capabilities, "text_document.hover.content_format", ()) or ()
    completion_formats = get_capability(capabilities, "text_document.completion.completion_item.documentation_format", ()) or ()
    resolvable = get_capability(capabilities, "text_document.code_action.resolve_support.properties", ()) or ()
    return ClientFeatures(
        **{name: has(path) for name, path in _PATHS.items()},
        action_resolves_edit="edit" in resolvable and has("text_document.code_action.data_support"),
        hover_markdown=types.MarkupKind.Markdown in hover_formats,
        completion_markdown=types.MarkupKind.Markdown in completion_formats,
    )


def server_capabilities(
    client: types.ClientCapabilities, features: Mapping[str, Any], options: dict[str, Any], commands: list[str]
) -> types.ServerCapabilities:
    """What we offer this client: everything registered, positions in the client's first encoding that we know."""
    offered = client.general.position_encodings if client.general else None
    built: types.ServerCapabilities = ServerCapabilitiesBuilder(
        client,
        set(features),
        options,
        commands,
        types.TextDocumentSyncKind.Incremental,
        None,
        types.PositionEncodingKind(choose_encoding(offered)),
    ).build()  # type: ignore[no-untyped-call]  # pygls leaves it untyped
    _offer_repairs(built)
    return built


def _offer_repairs(capabilities: types.ServerCapabilities) -> None:
    """Quick fixes come from the same handler as fills; an editor that filters by kind must know of both."""
    provider = capabilities.code_action_provider
    if isinstance(provider, types.CodeActionOptions):
        provider.code_action_kinds = [*(provider.code_action_kinds or ()), REPAIR_KIND]


def asks_for(only: Sequence[types.CodeActionKind | str] | None, ours: str) -> bool:
    """Whether a kind of code actions is among those wanted. Kinds are dotted and hierarchical: `refactor` asks for `refactor.rewrite`."""
    kinds = [str(getattr(kind, "value", kind)) for kind in only or [""]]
    return any(not kind or kind == ours or ours.startswith(kind + ".") for kind in kinds)
