// One language server: found, started, watched, restarted. What cannot be done is said with the way out.

import * as vscode from "vscode";
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State, type ErrorHandler, type Middleware } from "vscode-languageclient/node";

import { choose, interpreters, type Found, type Missing } from "./interpreters";
import { STATUS, type Status } from "./protocol";
import { probe, pythonOf } from "./python";
import { activeInterpreter } from "./pythonExtension";
import { forServer } from "./settings";
import type { ServerState } from "./words";

const RESTARTS = 3;
const RESTARTS_WITHIN_MS = 180_000;
const STOP_MS = 3000;

export class Server implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel("Astral", { log: true });
  private readonly changed = new vscode.EventEmitter<void>();
  /** The state, the status or the client has changed. */
  readonly onDidChange = this.changed.event;
  state: ServerState = { kind: "starting" };
  status: Status | undefined;
  version = "";
  private client: LanguageClient | undefined;
  private ends: number[] = [];
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly home: vscode.Uri,
    private readonly middleware: Middleware,
    private readonly wire: (client: LanguageClient) => void,
  ) {}

  /** The client, if it is ready. */
  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  /** The virtual environment that the guided install makes. */
  get environment(): string {
    return vscode.Uri.joinPath(this.home, "environment").fsPath;
  }

  /** End what runs, and start. Calls run one after the other. */
  restart(): Promise<void> {
    this.queue = this.queue.then(async () => {
      await this.stop();
      this.ends = [];
      await this.start().catch((error: unknown) => this.become({ kind: "stopped", why: `The server could not start: ${String(error)}` }));
    });
    return this.queue;
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.output.dispose();
  }

  private async start(): Promise<void> {
    this.become({ kind: "starting" });
    const found = await this.find();
    if ("tried" in found) {
      for (const line of found.tried) this.output.warn(line);
      this.become({ kind: "missing", why: `No Python here has the server, the package astral-lsp. Tried: ${found.tried.join("; ")}.` });
      return;
    }
    const { interpreter } = found;
    this.version = found.version;
    this.output.info(`astral-lsp ${found.version}, run by ${interpreter.path} (${interpreter.origin})`);
    const client = await this.make(interpreter.path);
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.become({ kind: "stopped", why: `The server could not start: ${error instanceof Error ? error.message : String(error)}` });
    }
  }

  private async find(): Promise<Found | Missing> {
    const sources = {
      setting: vscode.workspace.getConfiguration("astral").get<string | null>("server.interpreter") ?? undefined,
      active: await activeInterpreter(vscode.workspace.workspaceFolders?.[0]?.uri),
      privateEnvironment: pythonOf(this.environment),
      trusted: vscode.workspace.isTrusted,
      windows: process.platform === "win32",
    };
    return choose(interpreters(sources), (python) => probe(python, this.home.fsPath));
  }

  private async make(python: string): Promise<LanguageClient> {
    const active = vscode.workspace.isTrusted ? await activeInterpreter(vscode.workspace.workspaceFolders?.[0]?.uri) : undefined;
    const settings = (configured: unknown): Record<string, unknown> => forServer(configured, active);
    const middleware: Middleware = {
      ...this.middleware,
      workspace: {
        configuration: async (params, token, next) => {
          const answer = await next(params, token);
          return Array.isArray(answer) ? answer.map((value, index) => (params.items[index]?.section === "astral" ? settings(value) : value)) : answer;
        },
      },
    };
    // -P: without it Python would import from the current folder; which is ours all the same, not the workspace's.
    const run = { command: python, args: ["-P", "-m", "astral_lsp"], options: { cwd: this.home.fsPath } };
    const client = new LanguageClient("astral", "Astral", run, {
      documentSelector: [{ scheme: "file", language: "python" }, { scheme: "untitled", language: "python" }],
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: { trusted: vscode.workspace.isTrusted, settings: settings(vscode.workspace.getConfiguration("astral")) },
      initializationFailedHandler: () => false,
      errorHandler: this.errorHandler(),
      middleware,
    });
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Starting) this.become({ kind: "starting" });
      else if (newState === State.Running) this.become({ kind: "running" });
    });
    client.onNotification(STATUS, (status: Status) => {
      this.status = status;
      this.changed.fire();
    });
    this.wire(client);
    return client;
  }

  private errorHandler(): ErrorHandler {
    return {
      error: () => ({ action: ErrorAction.Continue }),
      closed: () => {
        const now = Date.now();
        this.status = undefined;
        this.ends = [...this.ends.filter((then) => now - then < RESTARTS_WITHIN_MS), now];
        if (this.ends.length <= RESTARTS) {
          void this.tell(vscode.window.showWarningMessage, "Astral: the server has ended unexpectedly and is started again.");
          return { action: CloseAction.Restart, handled: true };
        }
        const why = `The server has ended ${this.ends.length} times in a row.`;
        this.become({ kind: "stopped", why });
        void this.tell(vscode.window.showErrorMessage, `Astral: ${why}`, "Restart");
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  private async tell(show: typeof vscode.window.showErrorMessage, message: string, ...more: string[]): Promise<void> {
    const chosen = await show(message, ...more, "Show Output");
    if (chosen === "Restart") await this.restart();
    else if (chosen === "Show Output") this.output.show();
  }

  private async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.status = undefined;
    if (client?.needsStop()) await client.stop(STOP_MS).catch((error: unknown) => this.output.warn(String(error)));
    await client?.dispose().catch(() => undefined); // it may have ended by itself
  }

  private become(state: ServerState): void {
    this.state = state;
    this.changed.fire();
  }
}
