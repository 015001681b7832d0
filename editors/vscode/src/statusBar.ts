// The status bar item: what the server can do now, and why not more.

import * as vscode from "vscode";

import type { Server } from "./server";
import { statusText } from "./words";

const BACKGROUND = { none: undefined, warning: "statusBarItem.warningBackground", error: "statusBarItem.errorBackground" } as const;

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("astral.status", vscode.StatusBarAlignment.Right, 50);
  private readonly listener: vscode.Disposable;

  constructor(private readonly server: Server) {
    this.item.name = "Astral";
    this.item.command = "astral.showMenu";
    this.listener = server.onDidChange(() => this.update());
    this.update();
    this.item.show();
  }

  dispose(): void {
    this.listener.dispose();
    this.item.dispose();
  }

  private update(): void {
    const { text, lines, severity } = statusText(this.server.state, this.server.status, this.server.version);
    const background = BACKGROUND[severity];
    this.item.text = text;
    this.item.tooltip = lines.join("\n");
    this.item.backgroundColor = background === undefined ? undefined : new vscode.ThemeColor(background);
  }
}
