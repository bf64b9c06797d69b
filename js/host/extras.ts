// What a route says beside who is asked (src/route/table.rs, `Route::extras`): text, whose words stand at their places.

/** How much is kept at most. */
export interface Budget {
  /** Bytes of all bodies. */
  maxBytes: number;
  /** URLs. */
  maxEntries: number;
}

/** What it says of what is kept. */
export interface Extras extends Budget {
  /** Names what is kept together. */
  group: string;
  keepSeconds: number;
  tags: string[];
}

/** Where the rest stands. */
export const TAGS = 4;
export const QUEUE = 5;
export const PARTITION = 6;
export const BODY = 7;
export const OPAQUE = 8;
/** And behind it `after`, and what the query of the content has more. */
export const BEFORE = 9;

/** Reads it; what is not said has no limit. */
export function readExtras(text: string): Extras {
  const [group = '', entries, bytes, seconds, tags] = text.split(' ');
  const limit = (text?: string) => Number(text) || Infinity;
  const [maxEntries, maxBytes, keepSeconds] = [limit(entries), limit(bytes), limit(seconds)];
  return { group, maxEntries, maxBytes, keepSeconds, tags: tags ? tags.split(',') : [] };
}
