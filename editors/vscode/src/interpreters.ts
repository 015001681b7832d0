// Which Python runs the server: the first of a list that has it. The probing is given, so that the choice is pure.

export interface Interpreter {
  readonly path: string;
  readonly origin: "setting" | "python extension" | "private environment" | "PATH";
}

export type Probe = (path: string) => Promise<Probed>;

/** What a Python says of itself: the server's version, or why there is none. */
export type Probed = { readonly version: string } | { readonly why: string };

export interface Sources {
  readonly setting: string | undefined;
  readonly active: string | undefined;
  readonly privateEnvironment: string;
  readonly trusted: boolean;
  readonly windows: boolean;
}

/** In order of preference. An untrusted workspace may have brought the active interpreter along: it is not run there. */
export function interpreters(sources: Sources): Interpreter[] {
  const found: Interpreter[] = [];
  if (sources.setting) return [{ path: sources.setting, origin: "setting" }];
  if (sources.active !== undefined && sources.trusted) found.push({ path: sources.active, origin: "python extension" });
  found.push({ path: sources.privateEnvironment, origin: "private environment" });
  for (const name of sources.windows ? ["python", "py"] : ["python3", "python"]) found.push({ path: name, origin: "PATH" });
  return found;
}

export type Found = { readonly interpreter: Interpreter; readonly version: string };
export type Missing = { readonly tried: readonly string[] };

/** The first that has the server; else one line for each that was tried. */
export async function choose(candidates: readonly Interpreter[], probe: Probe): Promise<Found | Missing> {
  const tried: string[] = [];
  for (const interpreter of candidates) {
    const probed = await probe(interpreter.path);
    if ("version" in probed) return { interpreter, version: probed.version };
    tried.push(`${interpreter.path} (${interpreter.origin}): ${probed.why}`);
  }
  return { tried };
}
