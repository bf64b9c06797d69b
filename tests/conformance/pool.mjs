// Doing many things at once, but not all.

/** Calls `work` with every item; at most `limit` calls are under way at any time. */
export async function inParallel(items, limit, work) {
  const waiting = [...items].values();
  const line = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, line));
}
