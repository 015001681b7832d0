// The active interpreter of the Python extension, if that is installed. Only what is needed of its API is declared.

import * as vscode from "vscode";

interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(path: { readonly path: string }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

async function api(): Promise<PythonApi | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  return extension === undefined ? undefined : extension.activate();
}

/** The path of the active interpreter; undefined without the Python extension, or when that cannot tell. */
export async function activeInterpreter(resource: vscode.Uri | undefined): Promise<string | undefined> {
  try {
    const python = await api();
    const environment = await python?.environments.resolveEnvironment(python.environments.getActiveEnvironmentPath(resource));
    return environment?.executable.uri?.fsPath;
  } catch {
    return undefined; // another extension's failure is not ours: the next source is asked
  }
}

/** Call `changed` whenever the user picks another interpreter. */
export async function onInterpreterChange(changed: () => void): Promise<vscode.Disposable> {
  const python = await api();
  return python?.environments.onDidChangeActiveEnvironmentPath(changed) ?? new vscode.Disposable(() => undefined);
}
