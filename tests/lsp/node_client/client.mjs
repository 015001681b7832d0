// One session over stdio: open → hover → codeAction → resolve → apply → didChange → holes → shutdown → exit.
// Arguments: the file, then the server's command line. Prints what it saw as one JSON document.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import protocol from "vscode-languageserver-protocol/node.js";

const { createProtocolConnection, StreamMessageReader, StreamMessageWriter } = protocol;

const [file, command, ...args] = process.argv.slice(2);
const uri = pathToFileURL(file).href;
let text = readFileSync(file, "utf8");
const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
const exited = new Promise((resolve) => server.on("exit", resolve));
const connection = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
const diagnostics = [];
connection.onNotification("textDocument/publishDiagnostics", (params) => diagnostics.push(params));
connection.onRequest("workspace/configuration", (params) => params.items.map(() => null));
connection.onRequest("client/registerCapability", () => null);
connection.listen();

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ask until the answer is complete: what is being computed is asked for again, as an editor does on refresh. */
async function settled(ask, complete) {
  for (;;) {
    const answer = await ask();
    if (complete(answer)) return answer;
    await pause(50);
  }
}

await connection.sendRequest("initialize", {
  processId: process.pid,
  rootUri: pathToFileURL(dirname(file)).href,
  capabilities: {
    workspace: { applyEdit: true, workspaceEdit: { documentChanges: true }, configuration: true, didChangeWatchedFiles: { dynamicRegistration: true } },
    textDocument: {
      hover: { contentFormat: ["markdown"] },
      publishDiagnostics: { versionSupport: true, dataSupport: true },
      codeAction: {
        codeActionLiteralSupport: { codeActionKind: { valueSet: ["refactor"] } },
        dataSupport: true,
        disabledSupport: true,
        resolveSupport: { properties: ["edit"] },
      },
    },
  },
});
await connection.sendNotification("initialized", {});
await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "python", version: 1, text } });
const textDocument = { uri };
const before = await settled(() => connection.sendRequest("astral/holes", { textDocument }), (answer) => answer.settled);
const hole = before.holes[0];
const hover = await settled(
  () => connection.sendRequest("textDocument/hover", { textDocument, position: hole.range.start }),
  (answer) => !answer.contents.value.includes("being computed"),
);
const actions = await settled(
  () => connection.sendRequest("textDocument/codeAction", { textDocument, range: hole.range, context: { diagnostics: [], only: ["refactor"] } }),
  (answer) => answer.some((action) => action.isPreferred),
);
const { edit } = await connection.sendRequest("codeAction/resolve", actions.find((action) => action.isPreferred));
const [change] = edit.documentChanges;
for (const { range, newText } of [...change.edits].sort((a, b) => b.range.start.line - a.range.start.line || b.range.start.character - a.range.start.character)) {
  text = text.slice(0, offset(text, range.start)) + newText + text.slice(offset(text, range.end));
}
await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version: 2 }, contentChanges: [{ text }] });
const after = await settled(() => connection.sendRequest("astral/holes", { textDocument }), (answer) => answer.settled);
await connection.sendRequest("shutdown");
await connection.sendNotification("exit");
const exitCode = await exited;
console.log(JSON.stringify({ before, hover, actions, change, text, after, diagnostics, exitCode }));
process.exit(0);

/** Index into the text of a position; JavaScript strings count in UTF-16 as LSP does. */
function offset(text, { line, character }) {
  const breaks = [...text.matchAll(/\r\n|\r|\n/g)].map((match) => match.index + match[0].length);
  return (line === 0 ? 0 : breaks[line - 1]) + character;
}
