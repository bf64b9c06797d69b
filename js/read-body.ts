// Bodies that are read before they are stored.

/**
 * A body in the pieces that it came in.
 *
 * @throws RangeError if it is longer than the limit, or not as long as its fields say.
 */
export async function pieces(response: Response, limit: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const all: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const body = response.body?.getReader();
  for (let read = await body?.read(); read && !read.done; read = await body!.read()) {
    length += read.value.byteLength;
    if (length > limit) {
      // Nobody waits for it: a body that is read twice is not given up before both readers have.
      void body!.cancel().catch(() => {});
      throw new RangeError(`the body has more than ${limit} bytes (the limit is maxBodyBytes)`);
    }
    all.push(read.value as Uint8Array<ArrayBuffer>);
  }
  if (!isComplete(response, length)) throw new RangeError('the body is not as long as its Content-Length says');
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
function isComplete({ headers }: Response, bytes: number): boolean {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') || Number(length) === bytes;
}
