// What of a replacement can be drawn as ghost text. Pure.

/** A replacement as an editor draws it: `typed` stands before the cursor and begins the new text, the strays go when it is accepted. */
export interface Ghost {
  readonly typed: string;
  readonly strayBefore: string;
  readonly strayAfter: string;
}

/** `before` and `after` the cursor are replaced by `text`, of which as much as possible stands at the cursor already. */
export function ghost(before: string, after: string, text: string): Ghost {
  const longest = Math.min(before.length, text.length);
  let length = longest;
  while (!text.startsWith(before.slice(before.length - length))) length -= 1;
  const split = before.length - length;
  return { typed: before.slice(split), strayBefore: before.slice(0, split), strayAfter: after };
}
