// The page's side of queues: what waits for a network, and what became of it.

import { askWorker } from './ask.js';
import { container } from './container.js';

/** A request that waits, or waited, in a queue. */
export interface Queued {
  /** What `discardQueued` knows it by. */
  id: number;
  /** The name of the queue, as the route says. */
  queue: string;
  /** The absolute URL. */
  url: string;
  method: string;
  /** When it was made. */
  at: Date;
  /** How often it was sent. */
  tries: number;
}

/** What became of a request. */
export interface QueueEvent extends Queued {
  /**
   * `queued`: it waits. `sent`: the server has it. `refused`: the server has answered that it will not do it. `discarded`: a page
   * has let go of it.
   */
  event: 'discarded' | 'queued' | 'refused' | 'sent';
  /** The status code of the server's answer; 0 if it waits. */
  status: number;
}

type Told<T> = Omit<T, 'at'> & { at: number };

/**
 * Calls back when a request begins to wait, or waits no more.
 *
 * @returns a function that stops it.
 *
 * @example
 * onQueue(({ event, url, status }) => event === 'refused' && show(`${url} was refused: ${status}`));
 */
export function onQueue(listener: (event: QueueEvent) => void): () => void {
  const workers = container();
  /** The scope that this page is in: what waits in queues of a wider one is of another site. */
  let own = '';
  const refused = () => undefined;
  void workers?.getRegistration().then((registration) => (own = registration?.scope ?? ''), refused);
  const onMessage = ({ data }: MessageEvent<Told<QueueEvent> & { scope?: string; type?: string }>) => {
    if (data?.type !== 'keepfresh:queue' || own.length > (data.scope?.length ?? own.length)) return;
    const { id, queue, url, method, at, tries, event, status } = data;
    listener({ id, queue, url, method, at: new Date(at), tries, event, status });
  };
  workers?.addEventListener('message', onMessage);
  workers?.startMessages();
  return () => workers?.removeEventListener('message', onMessage);
}

/** What waits, in the order in which it will be sent; nothing as well where no worker answers, or it cannot tell: `sendQueued()` says that. */
export async function queued(): Promise<Queued[]> {
  const waiting = await askWorker<Told<Queued>[] | undefined>({ type: 'keepfresh:queue-list' }, [], 10);
  return (waiting ?? []).map(({ id, queue, url, method, at, tries }) => ({
    id,
    queue,
    url,
    method,
    at: new Date(at),
    tries,
  }));
}

/**
 * Sends what waits now, whatever it was to wait for. It need not be called: a worker does so by itself when there is a
 * network again.
 *
 * @returns how many requests still wait; `NaN` if nobody knows, for the worker failed or has not answered within a minute.
 */
export async function sendQueued(): Promise<number> {
  return Number(await askWorker<unknown>({ type: 'keepfresh:queue-send' }, NaN, 60));
}

/**
 * Lets go of requests that wait: they are not sent. What waits goes with the cookies of when it is sent, so it should not be left
 * there when somebody else signs in; and a server that answers one with an error for ever would hold up those behind it.
 *
 * @param which those of `queued()` that are meant. Default: all, and what is just on its way does not wait if it fails.
 * @returns how many were discarded; `NaN` if nobody knows, for the worker failed or has not answered within ten seconds.
 *
 * @example
 * await discardQueued((await queued()).filter(({ tries }) => tries > 10));
 */
export async function discardQueued(which?: Pick<Queued, 'id'>[]): Promise<number> {
  const ids = which?.map(({ id }) => id);
  return Number(await askWorker<unknown>({ type: 'keepfresh:queue-discard', ...(ids && { ids }) }, NaN, 10));
}
