// What a version consists of: its precache list (src/manifest.rs), which lies among its pages once all of it is stored.

import type { Engine } from '../../target/wasm/keepfresh.js';
import { storable } from '../host/body.js';
import type { CacheStore } from './cache-storage.js';
import type { Wanted } from '../install/install.js';
import { typeInsteadOf } from '../host/media-type.js';
import { bare, MARK } from './static-answer.js';

declare const self: ServiceWorkerGlobalScope;

const LIST = '/keepfresh-precache-list';
const FIELDS = 'keepfresh-fields';
const LEFT = 'keepfresh-left';
const REFUSED = 'keepfresh-refused';

/** Milliseconds for which a server is not asked again for what it gives with other bytes: to each visitor, each time. */
const REST = 864e5;

/** Responses that have been asked for, by their paths in the scope; nothing if there is no network. */
export type Coming = Map<string, Promise<Response | undefined>>;

export const listPath = (version: string) => `keepfresh/list${MARK}${version}.txt`;

/** How many packs are on their way at once. */
export const PACKS_AT_ONCE = 3;

/** Milliseconds after which what was asked for ahead is broken off: whoever wants it asks for what is missing. */
const PATIENCE = 60_000;

export const packPath = (name: string) => `keepfresh/pack${MARK}${name}.pack`;

/**
 * Asks for what is going to be needed, while what installs it is loaded: the list, unless it may come with an update; and
 * the first packs where nothing is stored, so that all of them will be.
 */
export async function askAhead(store: CacheStore, { list, packs, updates }: Wanted): Promise<Coming> {
  const { active, scope } = self.registration;
  const coming: Coming = new Map();
  const ask = (path: string) =>
    coming.set(
      path,
      fetch(scope + path, { signal: AbortSignal.timeout(PATIENCE) }).catch(() => undefined),
    );
  if (list === undefined && !(updates && active)) ask(listPath(store.version));
  if (!packs || (await caches.has(store.assets))) return coming;
  // Those that are fetched later stand behind the others, and say so.
  const now = packs.split('\n').filter((line) => !line.endsWith(' l'));
  for (const line of now.slice(0, PACKS_AT_ONCE)) ask(packPath(line.split(' ')[0]!));
  return coming;
}

/** The list of a version that is stored whole; empty if there is none. */
export async function storedList(store: CacheStore, pages = store.pages): Promise<string> {
  return (await (await store.match(pages, LIST))?.text()) ?? '';
}

/** What it was stored with. */
export async function storedFields(store: CacheStore, pages: string): Promise<string> {
  return (await store.match(pages, LIST))?.headers.get(FIELDS) ?? '';
}

/** How many of its files are still to be fetched, `NaN` if there is no list; none for a while where the server had no more of them right. */
export async function storedLeft(store: CacheStore): Promise<number> {
  const { headers } = (await store.match(store.pages, LIST)) ?? {};
  const rest = Number(headers?.get(REFUSED)) + REST - Date.now();
  return rest > 0 && rest <= REST ? 0 : Number(headers?.get(LEFT));
}

/**
 * Says that a version is stored: all of its list but what can wait.
 *
 * @param fields name what the site says in the fields of its responses. Default: what they have been.
 * @param refused when it turned out that nothing of what is left can be had.
 */
export async function storeList(
  store: CacheStore,
  list: string,
  { fields, left, refused = 0 }: { fields?: string; left: number; refused?: number },
): Promise<void> {
  const before = await store.match(store.pages, LIST);
  // See `clear` in missing.ts: a worker may have been stopped while it wrote this.
  if (!before) await (await caches.open(store.pages)).delete(LIST);
  const said = fields ?? before?.headers.get(FIELDS) ?? '';
  const headers = { [FIELDS]: said, [LEFT]: `${left}`, [REFUSED]: `${refused}`, 'content-length': `${list.length}` };
  await store.put(store.pages, LIST, new Response(list, { headers }));
}

/** Fields that a page's request may have, and the one that a file is stored under has not: all but those that no script sees. */
const VARIES = /(^|,)\s*(?!accept-encoding|origin)\S/i;

/** A file as it is stored: the browser itself looks for it by a static route, and compares what `Vary` names. */
export const storableFile = (response: Response): Response => storable(response, VARIES);

/** Keeps an asset that came from the network, if its bytes are those that the list, or else its name, says. */
export async function keepAsset(engine: Engine, store: CacheStore, asked: string, reply: Response): Promise<void> {
  const { scope } = self.registration;
  const url = bare(asked);
  const path = url.startsWith(scope) ? url.slice(scope.length) : url;
  const isAsset = engine.ask(['is-asset', await sha256(reply.clone()), path, await storedList(store)].join('\n'));
  // What comes as something else is fetched with the rest: it is stored as what it is then.
  if (isAsset && !typeInsteadOf(reply, url)) await store.put(store.assets, url, storableFile(reply));
}

/** Whether a text is what is named by the beginning of its digest. */
export const isTextOf = async (text: string, digest: string): Promise<boolean> =>
  (await sha256Of(new TextEncoder().encode(text))).startsWith(digest);

/** In hexadecimal. */
export const sha256 = async (response: Response): Promise<string> => sha256Of(await response.arrayBuffer());

/** The same of bytes. */
export async function sha256Of(bytes: BufferSource): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
