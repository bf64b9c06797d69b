// Time limits that an application sets on its request, its response or the connection: as servers of Node's keep them.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { asTimer } from './limits.js';

/** A time limit as Node takes it. */
function limitOf(milliseconds: number): number {
  const isNumber = typeof milliseconds === 'number';
  if (isNumber && milliseconds >= 0 && milliseconds < Infinity) return asTimer(milliseconds);
  const error = new (isNumber ? RangeError : TypeError)(`a time limit cannot be ${String(milliseconds)}`);
  throw Object.assign(error, { code: isNumber ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARG_TYPE' });
}

/** Has the socket of `fetchNodeHandler` tell of silence, and whoever has asked to be told; where nobody has, the connection ends. */
export function timed(socket: Socket, request: IncomingMessage, response: ServerResponse): void {
  let limit = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => {
    clearTimeout(timer);
    timer = limit > 0 ? setTimeout(() => socket.emit('timeout'), limit) : undefined;
  };
  const end = () => {
    limit = 0;
    begin();
  };
  socket.setTimeout = (milliseconds, listener) => {
    limit = limitOf(milliseconds);
    if (listener && limit > 0) socket.once('timeout', listener);
    else if (listener) socket.off('timeout', listener);
    begin();
    return socket;
  };
  socket.on('timeout', () => {
    const isTold = [request.emit('timeout', socket), response.emit('timeout', socket)];
    if (!isTold.includes(true)) socket.destroy(new Error(`nothing was said for ${limit} ms`));
  });
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, callback) => {
    begin();
    write(chunk, encoding, (error) => (begin(), callback(error)));
  };
  socket.on('data', begin);
  // What is set is for this request alone.
  response.once('finish', end);
  socket.once('close', end);
}
