// What a listener of Node's answers, as a response of Fetch: no faster than it is read, and no longer than somebody reads it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { NodeHttpHandler } from 'srvx';
import { fetchNodeHandler } from 'srvx/node';
import { timed } from './timeouts.js';
import { respell, storing, withStatus } from './written-head.js';

/** What answers requests of Node's servers, as Express and Connect write it. */
export type Listener = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => unknown;

/** What a connection says of itself: applications ask it whether it is encrypted, and who is at its other end. */
const FACTS = ['encrypted', 'localAddress', 'localPort', 'remoteAddress', 'remoteFamily', 'remotePort'] as const;

/** The same of a connection that may be gone when somebody asks. */
export type Facts = Partial<Record<(typeof FACTS)[number], unknown>>;

export const factsOf = (socket: object): Facts =>
  Object.fromEntries(FACTS.map((name) => [name, (socket as Facts)[name]]).filter(([, value]) => value !== undefined));

/** What a request comes from. */
interface Behind {
  facts: Facts;
  /** Is told of the request that the listener is given. */
  begin(request: IncomingMessage): void;
  warn(what: string, error: unknown): void;
}

/** Has a listener answer. It leaves nothing to whoever comes next: nobody does. */
export async function listened(listener: Listener, asked: Request, { facts, begin, warn }: Behind): Promise<Response> {
  const pace = new Pace();
  const call = (request: IncomingMessage, response: ServerResponse) => {
    const socket = response.socket!;
    begin(request);
    timed(socket, request, response);
    const head = pace.hold(socket);
    for (const [name, value] of Object.entries(facts))
      Object.defineProperty(socket, name, { configurable: true, value });
    // Of the methods of `fetchNodeHandler` an application has only those that are the object's own: Express puts its own class in
    // the place of the other, and would have no answer before its end. What comes before a head is for nobody here.
    const waitForResponseHead = async () => {
      await head;
      respell(response);
      withStatus(response, (error) => warn('a listener failed', error));
    };
    const _storeHeader = storing(response);
    const own = { _storeHeader, waitForResponseHead, writeContinue() {}, writeProcessing() {}, writeEarlyHints };
    Object.assign(response, own);
    // `fetchNodeHandler` says it of all that may have a body, and whoever finds it takes it that there is one.
    if (!asked.headers.has('transfer-encoding')) delete request.headers['transfer-encoding'];
    socket.once('close', () => {
      if (request.complete) return;
      // As a server of Node's says that an upload ends before its end.
      request.aborted = true;
      request.emit('aborted');
      request.destroy();
    });
    const failed = (error: Error) => {
      warn('a listener failed', error);
      // What has begun is no answer without its end: nobody may keep it.
      if (response.headersSent) return void response.destroy(error);
      response.writeHead(500).end();
    };
    // Nobody waits for it, for its answer may be read meanwhile.
    (async () => listener(request, response))().catch(failed);
  };
  return pace.of(await fetchNodeHandler(call as NodeHttpHandler, asked));
}

const writeEarlyHints = (_hints: unknown, done?: () => void): void => done?.();

/** Has what writes a body wait until it is read: whoever asks the socket of `fetchNodeHandler` is never told to. */
class Pace {
  #socket: Socket | undefined;
  #release: (() => void) | undefined;
  #isOpen = false;

  /** Settles when the head is written. */
  hold(socket: Socket): Promise<void> {
    this.#socket = socket;
    let [begun, failed]: [() => void, (error: Error) => void] = [() => {}, () => {}];
    const head = new Promise<void>((resolve, reject) => ([begun, failed] = [resolve, reject]));
    head.catch(() => {});
    socket.once('close', () => failed(new NoAnswer('a listener has closed its connection without an answer')));
    // Whoever waits for the answer, or reads it, is told by its end; here it is no fault of the process.
    socket.on('error', () => socket.destroy());
    // Node tells so of what is destroyed at the moment of its end, too, and the body would be closed twice.
    const emit = socket.emit.bind(socket);
    socket.emit = (event: any, ...rest: any[]) => (event !== 'finish' || !socket.destroyed) && emit(event, ...rest);
    const write = socket._write.bind(socket);
    let isHead = true;
    socket._write = (chunk, encoding, callback) =>
      write(chunk, encoding, (error) => {
        // Before the head nobody can read.
        const isHeld = !isHead && !this.#isOpen && !error;
        isHead = false;
        begun();
        if (isHeld) this.#release = () => callback();
        else callback(error);
      });
    return head;
  }

  /** The response, whose body goes on when it is read. */
  of(response: Response): Response {
    const { body, status, statusText, headers } = response;
    if (!body) {
      this.#open();
      return response;
    }
    const reader = body.getReader();
    const paced = new ReadableStream({
      pull: async (controller) => {
        this.#next();
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => {
        this.#open();
        this.#socket?.destroy();
        return reader.cancel(reason);
      },
    });
    return new Response(paced, { status, statusText, headers });
  }

  #next(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  #open(): void {
    this.#isOpen = true;
    this.#next();
  }
}

/** What `fetchNodeHandler` knows for nothing to write home about. */
class NoAnswer extends Error {
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE';
}
