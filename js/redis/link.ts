// The way to Redis: commands that never take longer than they may, and what other instances announce.

import { createHash } from 'node:crypto';
import type { RedisClient, RedisSubscriber } from '../server/redis-store.js';
import { within } from './within.js';

/** What instances tell each other. */
export interface News {
  /** The instance that it comes from. */
  by?: string;
  /** Keys under which something else is now. */
  keys?: string[];
  groups?: string[];
  /** A key that nobody asks the origin server for any more, and whether that led to something. */
  done?: string;
  stored?: boolean;
}

/** The kind of reply that bytes come as (RESP, `$`). */
const BYTES = { 36: Buffer };

/** How often it is looked whether announcements still come, in milliseconds. */
const BEAT_MS = 1000;

/** After a command that failed, for how many milliseconds no other is tried: nobody waits for what is away. */
const PAUSE_MS = 250;

/** What a client says when announcements may be lost; with `node-`, of one connection of a cluster's. */
const UNHEARD = ['error', 'reconnecting', 'end', 'node-error', 'node-reconnecting', 'node-disconnect'];

export class RedisLink {
  readonly #client: RedisClient;
  readonly #bytes: ReturnType<RedisClient['withTypeMapping']>;
  readonly #timeoutMs: number;
  readonly #hashes = new Map<string, string>();
  #subscriber: RedisSubscriber | undefined;
  #beat: NodeJS.Timeout | undefined;
  #isClosed = false;
  #failure: { at: number; error: unknown } | undefined;

  constructor(client: RedisClient, timeoutMs: number) {
    this.#client = client;
    this.#bytes = client.withTypeMapping(BYTES);
    this.#timeoutMs = timeoutMs;
  }

  /** The bytes under keys that lie on one node. */
  get(keys: string[]): Promise<(Buffer<ArrayBuffer> | null)[]> {
    return this.#bounded(() => this.#bytes.mGet(keys) as Promise<(Buffer<ArrayBuffer> | null)[]>);
  }

  /** So many bytes of what is under a key, at the most. */
  piece(key: string, from: number, length: number): Promise<Buffer<ArrayBuffer> | null> {
    return this.#bounded(
      () => this.#bytes.getRange(key, from, from + length - 1) as Promise<Buffer<ArrayBuffer> | null>,
    );
  }

  /** Runs a script; Redis knows it by its digest from the second time on. */
  run(script: string, keys: string[], args: (string | Buffer)[]): Promise<unknown> {
    const hash = this.#hashes.get(script) ?? createHash('sha1').update(script).digest('hex');
    this.#hashes.set(script, hash);
    const options = { keys, arguments: args as string[] };
    return this.#bounded(() =>
      this.#client.evalSha(hash, options).catch((error) => {
        if (!String(error?.message).startsWith('NOSCRIPT')) throw error;
        return this.#client.eval(script, options);
      }),
    );
  }

  /**
   * Listens to what is announced.
   *
   * @param state is told whether announcements come, each time that this changes.
   * @throws what Redis refuses it with, the first time, or a pool that lends no client to be like; it goes on trying.
   */
  async listen(channel: string, hear: (news: News) => void, state: (isHeard: boolean) => void): Promise<void> {
    const like = async () => this.#client.duplicate?.() ?? this.#client.execute!((one) => one.duplicate());
    const subscriber = await like().catch((error) => {
      const again = () => !this.#isClosed && void this.listen(channel, hear, state).catch(() => {});
      setTimeout(again, BEAT_MS).unref();
      throw error;
    });
    if (this.#isClosed) return;
    this.#subscriber = subscriber;
    // Without a listener an error would end the process. The client connects again by itself, and subscribes again.
    for (const event of UNHEARD) subscriber.on(event, () => state(false));
    const listener = (message: string) => {
      const news = newsIn(message);
      if (news) hear(news);
    };
    await subscriber.connect();
    let isSubscribed = false;
    const look = async () => {
      // Once it is subscribed, the client does that again by itself.
      if (isSubscribed) return (subscriber.pubSubNode?.client ?? subscriber).ping();
      await subscriber.subscribe(channel, listener);
      isSubscribed = true;
    };
    // A connection may be dead without anybody being told.
    const beat = () =>
      within(this.#timeoutMs, look).then(
        () => state(true),
        (error) => {
          state(false);
          throw error;
        },
      );
    this.#beat = setInterval(() => void beat().catch(() => {}), BEAT_MS).unref();
    // What is only late, or away, is tried again; what Redis refuses, it will.
    await beat().catch((error) => {
      if (isAnswer(error)) throw error;
    });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#beat);
    try {
      this.#subscriber?.destroy();
    } catch {
      // It never was connected.
    }
  }

  async #bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure && performance.now() - this.#failure.at < PAUSE_MS) throw this.#failure.error;
    try {
      const result = await within(this.#timeoutMs, work);
      this.#failure = undefined;
      return result;
    } catch (error) {
      // What Redis itself says, of one key, is no sign that it is away.
      if (!isAnswer(error)) this.#failure = { at: performance.now(), error };
      throw error;
    }
  }
}

/** Whether it is an error that Redis answers with: these begin with a word in capitals. */
const isAnswer = (error: unknown): boolean => /^[A-Z]{3,} /.test((error as Error | undefined)?.message ?? '');

/** What is announced; nothing if it is somebody else's. */
function newsIn(message: string): News | undefined {
  try {
    return JSON.parse(message) as News;
  } catch {
    return undefined;
  }
}
