// Asking the origin server: once for all requests that are the same and under way at the same time.

import type { Machine } from '../../target/wasm/keepfresh.js';
import { copiesOf, discard } from './body.js';
import type { Finds } from './finds.js';
import type { Host, Past } from './host.js';
import { ask, readFields, writeResponse } from './machine.js';

/** What a request that is sent on tells its journey. */
export interface Forwarding {
  /** What the store has for it: that was asked for since the last time that it was forgotten. */
  finds: Finds;
  /** Something is to be told to the machine, in its words. */
  report(event: string, asked?: number): void;
  /** Something broke that cannot. */
  fail(error: unknown): void;
  /** An answer has come, or what it failed with, in time to be told. */
  arrive(reply: Response | undefined, failure?: unknown): void;
}

/** Carries out the step `forward`, whose lines these are. */
export function forward(host: Host, machine: Machine, request: Request, lines: string[], told: Forwarding): void {
  const [collapses, past, timeout, holds, ...fields] = lines as [string, string, string, string, ...string[]];
  // It may be served once the reply is there.
  if (holds) told.finds.hold(holds);
  const { mode, credentials, redirect, integrity, url } = request;
  // Who comes when something has been forgotten does not wait for what was asked for before.
  const { moment } = host.forgets;
  const kind = collapses && [url, mode, credentials, redirect, integrity, moment].join('\n');
  const asked = host.now();
  const timer = timeout && setTimeout(() => told.report('timeout'), Number(timeout));
  const land = (reply: Response | undefined, failure?: unknown) => {
    if (timer) clearTimeout(timer);
    told.arrive(reply, failure);
  };

  const flight =
    kind &&
    host.flights.enter(kind, ({ shared, reply, failed, failure }) => {
      land(reply, failure);
      const event = failed ? 'failure' : reply ? 'collapsed' : 'collapsed-stored';
      // What is stored in a slot is not what was only meant to lie in it.
      told.report(`${event}\n${reply || !told.finds.isDrafted ? shared : ''}`);
    });
  if (kind && !flight) return;

  const arrive = (reply: Response | undefined, failure?: unknown) => {
    const waiting = flight ? flight.land() : [];
    // Who gave up did so for itself alone.
    const failed = !reply && !request.signal.aborted;
    // Whatever breaks here, those that waited are told, and ask for themselves.
    let [shared, copies]: [string, (Response | undefined)[]] = ['', []];
    land(reply, failure);
    try {
      // Before anybody reads it.
      if (reply && reply.status !== 304) copies = copiesOf(reply, waiting.length + 1).slice(1);
      told.report(
        reply ? `reply\n${host.headOf?.(reply, machine, request) ?? writeResponse(reply)}` : 'failure',
        asked,
      );
      if (waiting.length > 0 && reply && (copies.length > 0 || !told.finds.isDrafted)) shared = ask(machine, 'shared');
    } finally {
      if (!shared) for (const copy of copies.splice(0)) discard(copy);
      for (const [index, tell] of waiting.entries()) tell({ shared, reply: copies[index], failed, failure });
    }
  };
  const send = (isPast: Past) => host.send(request, readFields(fields), isPast, Boolean(flight));
  const looks = !past && !told.finds.found && request.method === 'GET';
  const looked = looks && host.wasForgotten?.(machine);
  const sent = looked ? looked.then((isForgotten) => send(isForgotten && 'reload')) : send(Boolean(past));
  sent.then(arrive, (error) => arrive(undefined, error)).catch((error) => told.fail(error));
}
