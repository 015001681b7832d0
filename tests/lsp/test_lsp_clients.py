"""Clients that are not ours: Microsoft's protocol library on node, and pytest-lsp with the capabilities of real editors."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from editor import HOLE_IMPORT
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from rawclient import REAL, SCRIPTED

NODE_CLIENT = Path(__file__).with_name("node_client")
PYTHON = "import math\n\n\ndef area(radius: float) -> float:\n    return ...\n\n\ndef label(name: str) -> str:\n    return ...\n"


@pytest.fixture(scope="module")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client with its pinned dependency installed; npm's cache decides how long that takes."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("node_client")
    shutil.copytree(NODE_CLIENT, folder, dirs_exist_ok=True)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True, timeout=300)
    return folder


def node_session(node_client: Path, file: Path, server: tuple[str, ...]) -> Any:
    """What the node client saw."""
    done = subprocess.run(["node", "client.mjs", str(file), *server], cwd=node_client, check=True, timeout=180, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


@pytest.mark.e2e
def test_node_session_with_scripted_fills(node_client: Path, tmp_path: Path) -> None:
    """The whole loop; the hole that was filled is gone, the other one stays, the exit code is 0."""
    file = tmp_path / "cart.py"
    file.write_text('a = hole("import abc")\nb = hole("2")\n' + HOLE_IMPORT)
    saw = node_session(node_client, file, SCRIPTED)
    assert saw["text"].startswith("import abc\na = abc\n")
    assert [len(saw[when]["holes"]) for when in ("before", "after")] == [2, 1]
    assert "▢: int" in saw["hover"]["contents"]["value"]
    assert saw["change"]["textDocument"]["version"] == 1
    assert {d["code"] for published in saw["diagnostics"] for d in published["diagnostics"]} == {"hole"}
    assert saw["exitCode"] == 0


@pytest.mark.e2e
def test_node_session_with_the_real_oracle(node_client: Path, tmp_path: Path) -> None:
    """The same with mypy behind it: the type is inferred and the fill is verified."""
    file = tmp_path / "shapes.py"
    file.write_text(PYTHON)
    saw = node_session(node_client, file, REAL)
    assert [hole["expected_type"] for hole in saw["before"]["holes"]] == ["float", "str"]
    assert "▢: float" in saw["hover"]["contents"]["value"]
    assert any("✓ types" in action["title"] for action in saw["actions"])
    assert [len(saw[when]["holes"]) for when in ("before", "after")] == [2, 1]
    compile(saw["text"], "shapes.py", "exec")
    assert saw["exitCode"] == 0


EDITORS = ["visual_studio_code", "neovim", "emacs"]


@pytest.mark.parametrize("editor", EDITORS)
async def test_answers_fit_the_editor(editor: str) -> None:
    """pytest-lsp checks each answer against the recorded capabilities of the editor: what it cannot take it does not get."""
    config = ClientServerConfig(server_command=list(SCRIPTED))
    client: LanguageClient = await config.start()
    await client.initialize_session(types.InitializeParams(process_id=None, root_uri=None, capabilities=client_capabilities(editor)))
    uri = "file:///w/a.py"
    text = 'x = hole("1 | 2?types")\n' + HOLE_IMPORT + "y: int = 1\n"
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, types.LanguageKind.Python, 1, text)))
    document, place = types.TextDocumentIdentifier(uri), types.Position(0, 4)
    hover = await client.text_document_hover_async(types.HoverParams(document, place))
    assert hover is not None
    completion = await client.text_document_completion_async(types.CompletionParams(document, place))
    assert isinstance(completion, types.CompletionList)
    assert completion.items
    over = types.CodeActionParams(document, types.Range(place, place), types.CodeActionContext([]))
    actions = await client.text_document_code_action_async(over) or []
    offered = [action for action in actions if isinstance(action, types.CodeAction)]
    assert [action.title for action in offered][:2] == ["Fill with 1  ✓ types", "Fill with 2  types not checked"]
    for action in offered[:2]:
        edit = action.edit or (await client.code_action_resolve_async(action)).edit
        assert edit is not None
        assert (edit.change_annotations is not None) <= _annotates(client.capabilities)
    await client.shutdown_session()


def _annotates(capabilities: types.ClientCapabilities) -> bool:
    edit = capabilities.workspace.workspace_edit if capabilities.workspace else None
    return bool(edit and edit.change_annotation_support)
