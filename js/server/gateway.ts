// Requests on their way to an origin server, and responses on their way back: what is of one connection ends there (RFC 9110,
// section 7.6.1), and nobody who asks a gateway knows whom it asks.

/** Fields that speak of a connection. */
const OF_THE_CONNECTION = [
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The codings that every `fetch` decodes. */
const DECODED = ['gzip', 'deflate', 'br'];

/** How a frame of Zstandard begins (RFC 8878, section 3.1.1): some decode these as well, and nothing else says that they have. */
const FRAME = [0x28, 0xb5, 0x2f, 0xfd];

/** Whether an answer may have a status (RFC 9110, section 15). */
export const isStatus = (status: number): boolean => status >= 200 && status < 600;

/** Whether a field says for how long an answer is kept. Nobody keeps one that had a status that there is not. */
export const isOfKeeping = (name: string): boolean => /cache-control$|^expires$/i.test(name);

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** A request as it goes to a server, which its path is put behind. */
export function toOrigin(
  url: URL,
  request: Request,
  { signal, isWhole }: { signal: AbortSignal; isWhole: boolean },
): Request {
  const { pathname, search } = new URL(request.url);
  // Not resolved against the server's: a path that begins with two slashes would name another.
  const target = new URL(url);
  target.pathname = url.pathname.replace(/\/$/, '') + pathname;
  target.search = search;
  const headers = withoutConnection(request.headers);
  if (isWhole) for (const name of ['range', 'if-range']) headers.delete(name);
  // What comes back is decoded here: nothing is asked for that cannot be.
  for (const name of ['available-dictionary', 'dictionary-id']) headers.delete(name);
  if (headers.has('accept-encoding')) headers.set('accept-encoding', DECODED.join(', '));
  return new Request(target, new Request(request, { headers, signal, redirect: 'manual' }));
}

/** A response of a server as it goes to whoever asked. */
export async function fromOrigin(response: Response, url: URL): Promise<Response> {
  const headers = withoutConnection(response.headers);
  // `fetch` has decoded it, or does when it is read; what it does not know goes on as it is.
  const { body, isDecoded } = await decoded(response);
  if (isDecoded) for (const name of ['content-encoding', 'content-length']) headers.delete(name);
  const prefix = url.href.replace(/\/$/, '');
  const location = headers.get('location');
  if (location?.startsWith(`${prefix}/`)) headers.set('location', location.slice(prefix.length));
  const { status, statusText } = response;
  // One that there is not counts as an error of the server (RFC 9110, section 15), and no response can be made with it.
  if (!isStatus(status)) {
    for (const name of [...headers.keys()].filter(isOfKeeping)) headers.delete(name);
    return new Response(body, { status: 502, headers });
  }
  return new Response(body, { status, statusText, headers });
}

/** A body as it comes, and whether it has no coding any more. */
async function decoded({ body, headers }: Response): Promise<{ body: Response['body']; isDecoded: boolean }> {
  const codings = (headers.get('content-encoding') ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  const others = codings.filter((coding) => !DECODED.includes(coding.replace(/^x-/, '')));
  if (others.length === 0 || others.some((coding) => coding !== 'zstd') || !body) {
    return { body, isDecoded: others.length === 0 };
  }
  const [beginning, whole] = body.tee();
  const reader = beginning.getReader();
  const { value } = await reader.read();
  reader.cancel().catch(() => {});
  return { body: whole, isDecoded: FRAME.some((byte, place) => value?.[place] !== byte) };
}

function withoutConnection(fields: Headers): Headers {
  const named = (fields.get('connection') ?? '').split(',').map((name) => name.trim());
  const left = new Headers(fields);
  for (const name of [...OF_THE_CONNECTION, ...named]) if (TOKEN.test(name)) left.delete(name);
  return left;
}
