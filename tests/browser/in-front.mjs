// A site behind a server that a story can look into, take down, or have answer by itself; and a tab whose page a worker
// of the site controls.

import { createServer, get } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { serve } from './moody.mjs';
import { freePort } from './processes.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

/**
 * @param answer is asked first, with what is returned, and says whether it has answered.
 * @returns `site`, `tab`, `isDown`, which can be set, and what else is given.
 */
export async function visitInFront(t, { driver }, { edits, answer, ...more }) {
  const site = await makeSite({ edits });
  t.after(() => site.close());
  const files = await serve(site.dist, () => '', 'max-age=600');
  t.after(() => files.close());
  const state = { ...more, isDown: false, site };
  const respond = async (request, response) => {
    if (state.isDown) return void request.socket.destroy();
    if (await answer(request, response, state)) return;
    // With a connection of its own: one that is kept may be to another server that had this port.
    const file = await new Promise((resolve, reject) =>
      get(files.url + request.url, { agent: false }, resolve).on('error', reject),
    );
    const type = file.headers['content-type'] ?? 'text/plain';
    const body = await buffer(file);
    response.writeHead(file.statusCode, { 'content-type': type, 'content-length': body.length }).end(body);
  };
  // What a worker asks for behind a story may come when its files are gone: that is no answer, and no fault of the next story.
  const server = createServer((request, response) => {
    respond(request, response).catch(() => request.socket.destroy());
  });
  const port = await freePort();
  await new Promise((resolve) => server.listen(port, 'localhost', resolve));
  t.after(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())));
  const url = (path = '') => `http://localhost:${port}/${path}`;
  const tab = await openTab(driver, { url });
  t.after(() => tab.close());
  await tab.open();
  await tab.controlled();
  return Object.assign(state, { tab });
}
