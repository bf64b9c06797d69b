// Bodies that are read before they are stored.

/**
 * A body in the pieces that it comes in.
 *
 * @throws RangeError if it is longer than the limit, or not as long as its fields say.
 */
export async function* coming(response: Response, limit: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let length = 0;
  const body = response.body?.getReader();
  try {
    for (let read = await body?.read(); read && !read.done; read = await body!.read()) {
      length += read.value.byteLength;
      if (length > limit) throw new RangeError(`the body has more than ${limit} bytes (the limit is maxBodyBytes)`);
      yield read.value as Uint8Array<ArrayBuffer>;
    }
  } finally {
    // Where it is not at its end. Nobody waits for it: a body that is read twice is not given up before both readers have.
    void body?.cancel().catch(() => {});
  }
  if (!isComplete(response, length)) throw new RangeError('the body is not as long as its Content-Length says');
}

/** All of them; throws as `coming` does. */
export async function pieces(response: Response, limit: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const all: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of coming(response, limit)) all.push(piece);
  return all;
}

/** A body as bytes; throws as `pieces` does. */
export async function whole(response: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Blob(await pieces(response, limit)).arrayBuffer());
}

/** A response whose body is here; nothing if that cannot be had, or is longer than the limit. */
export const held = (response: Response, limit: number): Promise<Response | undefined> =>
  whole(response, limit)
    .then((bytes) => new Response(bytes, response))
    .catch(() => undefined);

/** Not every `fetch` checks it. What was coded is decoded by now, and has another length. */
function isComplete({ headers, status }: Response, bytes: number): boolean {
  const length = headers.get('content-length');
  // What has none by its status says nothing with its length.
  if (length === null || status === 204 || status === 205) return true;
  return headers.has('content-encoding') || Number(length) === bytes;
}
