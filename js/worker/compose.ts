// Pages that are put together while they load: a precached file goes first, at once; behind it what the origin server says
// of the page, as it arrives, or what is stored of that; and a precached file at the end.

/// <reference lib="webworker" />
import type { Machine } from '../../target/wasm/keepfresh.js';
import type { Host, Report } from '../host/host.js';
import { ask } from '../host/machine.js';
import { BEFORE } from '../host/extras.js';
import { VALIDATORS } from './send.js';

/** What the worker does for this part. */
export interface World {
  host: Host;
  scope: string;
  /** Begins a request as if it was this one. */
  begin(request: Request): Machine | undefined;
  follow(event: FetchEvent, host: Host, machine: Machine, request: Request): Promise<Report>;
  /** The answer without this part: the page as a whole. */
  whole(): Promise<Report>;
}

/** What the head of the first file says of itself alone. */
const OF_FILE = ['accept-ranges', 'age', 'cache-control', 'content-length', 'date', 'etag', 'expires', 'last-modified'];

/** The answer to a navigation whose page is put together; nothing if it is none. */
export function compose(event: FetchEvent, machine: Machine, world: World): Promise<Report> | undefined {
  const [before, after, query] = ask(machine, 'extras').split(' ').slice(BEFORE);
  // What a form sends is for the server.
  const { method, mode } = event.request;
  if (!before || mode !== 'navigate' || method !== 'GET') return undefined;
  const answer = async () => {
    const start = await fileOf(event, world, before);
    if (!start) return world.whole();
    machine.free();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const content = contentOf(event, query!, world);
    const written = write(writable, start, content, async () => after && fileOf(event, world, after));
    const giveUp = async (error: unknown) => {
      await writable.abort(error).catch(() => {});
      const rest = await content;
      // What is on its way is for nobody, if the reader left before it came.
      if (typeof rest !== 'string') await rest.body?.cancel();
    };
    event.waitUntil(written.catch(giveUp).catch(() => {}));
    const headers = new Headers(start.headers);
    for (const name of OF_FILE) headers.delete(name);
    headers.append('cache-status', STATUS);
    return { response: new Response(readable, { headers }), from: 'composed', age: '', status: STATUS };
  };
  return answer();
}

const STATUS = 'keepfresh; hit; detail=composed';

const fileOf = ({ request }: FetchEvent, { host, scope }: World, path: string): Promise<Response | undefined> =>
  host.find('fallback', request, new URL(path, scope).href);

/** What comes in between, and where the network led. */
async function contentOf(event: FetchEvent, query: string, world: World): Promise<Response | string> {
  const { headers, cache, referrer, signal } = event.request;
  const url = event.request.url.split('#', 1)[0]!;
  const asked = new Request(`${url}${url.includes('?') ? '&' : '?'}${query}`, { cache, headers, referrer, signal });
  for (const name of VALIDATORS) asked.headers.delete(name);
  // Its route is that of the page; a page that is precached whole is nothing to put in between.
  const [host, fields] = [{ ...world.host }, { mode: 'navigate', destination: 'document', method: 'GET' }];
  host.find = async (kind, ...what) => (kind === 'fallback' ? world.host.find(kind, ...what) : undefined);
  const machine = world.begin({ ...fields, url: asked.url, cache, headers: asked.headers } as Request)!;
  const { response, failure } = await world.follow(event, host, machine, asked);
  if (failure) throw failure;
  const led = response.redirected ? without(query, response.url) : url;
  if (led === url) return response;
  void response.body?.cancel();
  return led;
}

/** A URL without these parameters. */
function without(query: string, url: string): string {
  const literal = query.replace(/[^\w]/g, '\\$&');
  return url.replace(new RegExp(`([?&])${literal}(&|$)`), (_, before, behind) => behind && before);
}

/** Writes the page, piece by piece. */
async function write(
  page: WritableStream<Uint8Array>,
  start: Response,
  content: Promise<Response | string>,
  end: () => Promise<Response | undefined | ''>,
): Promise<void> {
  content.catch(() => {});
  const pour = async (response: Response) => response.body?.pipeTo(page, { preventClose: true });
  await pour(start);
  const between = await content;
  await pour(typeof between === 'string' ? elsewhere(between) : between);
  const last = await end();
  if (last) await pour(last);
  await page.close();
}

/** Has the browser go where the network has led: what is shown there is another page. */
function elsewhere(url: string): Response {
  const quoted = url.replace(/[&"<]/g, (character) => `&#${character.charCodeAt(0)};`);
  return new Response(`<meta http-equiv="refresh" content="0;url=${quoted}">`);
}
