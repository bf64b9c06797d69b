// The bodies of requests that are read before they are sent.

/** A body, or as much of it as shows that it has more bytes than `most`. The request cannot be sent after that. */
export async function bytesOf(request: Request, most: number): Promise<Blob> {
  // Firefox does not give a request's body piece by piece.
  if (!request.body) return request.blob();
  const [reader, pieces] = [request.body.getReader(), [] as BlobPart[]];
  for (let size = 0; size <= most;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    size += value.byteLength;
  }
  void reader.cancel().catch(() => {});
  return new Blob(pieces);
}
