// A little origin server: what it answers is said by each test, what it was asked is remembered.

import { createServer } from 'node:http';

/** @param answer takes the request (with its `body` as text) and the number of requests so far, and the response. */
export async function openOrigin(answer) {
  const asked = [];
  const server = createServer(async (request, response) => {
    request.body = '';
    for await (const chunk of request) request.body += chunk;
    asked.push(request);
    answer(request, response, asked.length);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    url: (path = '/') => `http://127.0.0.1:${server.address().port}${path}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends a status, fields and a body; without a `Date`, since the clocks of the tests run on their own. */
export function send(response, status, fields, body = '') {
  response.sendDate = false;
  response.writeHead(status, fields);
  response.end(body);
}
