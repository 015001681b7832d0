// What of the editor's settings goes to the server. Pure.

/** Settings under `astral` that are the extension's own, or that the editor knows better: trust is the workspace's. */
const OURS = new Set(["server", "trace", "trusted"]);

/** The server's settings. Where no interpreter is set, the editor's active one says which packages are seen. */
export function forServer(configured: unknown, active: string | undefined): Record<string, unknown> {
  const given = typeof configured === "object" && configured !== null ? Object.entries(configured) : [];
  const settings = Object.fromEntries(given.filter(([key]) => !OURS.has(key)));
  if (!settings["interpreter"] && active !== undefined) settings["interpreter"] = active;
  return settings;
}
