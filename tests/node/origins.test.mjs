// Two origin servers with the same site: who is asked, and what is taken from whom.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fromOrigins, isCacheError, serverCache } from '../../pkg/node.js';

const TEXT = 'body { margin: 0 }';
const file = (text) => ({
  integrity: `sha256-${createHash('sha256').update(text).digest('base64')}`,
  bytes: text.length,
});
const PATH = '/base/css/site.kf.0123456789abcdef0123.css';
const MANIFEST = {
  files: {
    'css/site.css': { url: 'css/site.kf.0123456789abcdef0123.css', ...file(TEXT), immutable: true },
    'ä b%.css': { url: '%C3%A4%20b%25.kf.0123456789abcdef0123.css', ...file(TEXT), immutable: true },
    'index.html': { url: 'index.html', ...file('another by the next release') },
  },
  written: { 'keepfresh/list.kf.0123456789abcdef0123.txt': file('list'), 'sw.js': file('of this release') },
};

let open = [];
afterEach(() => {
  for (const server of open) {
    server.closeAllConnections();
    server.close();
  }
  open = [];
});

/** A server that answers with what `answer` gives: `{status, fields, body}`, text, or nothing at all. */
async function serve(answer) {
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ method: request.method, url: request.url, headers: request.headers, body });
    const given = await answer(request, server);
    if (given === undefined) return;
    const { status = 200, fields = {}, body: text = given } = given;
    response.writeHead(status, fields).end(text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  const stop = () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${server.address().port}`, asked, stop };
}

/** Two servers, and what goes to them. */
async function two(first, second, { prefix = '', ...options } = {}) {
  const servers = [await serve(first), await serve(second)];
  const warnings = [];
  const onWarning = (what, error) => warnings.push(error.message);
  const origins = servers.map(({ url }) => url + prefix);
  const ask = fromOrigins({ origins, onWarning, timeoutMs: 5000, ...options });
  const get = async (path = '/', init) => {
    const response = await ask(new Request(`http://site.example${path}`, init));
    return { response, text: await response.text() };
  };
  return { get, servers, warnings };
}

const enforced = { manifests: [MANIFEST], base: '/base/' };

describe('origin servers', () => {
  it('the first is asked as long as it answers, whatever it says', async () => {
    const { get, servers, warnings } = await two(
      () => ({ status: 404, body: 'nothing here' }),
      () => 'second',
      { prefix: '/mirror/' },
    );
    const { response, text } = await get('/a/b?c=d', { headers: { 'accept-language': 'de' } });
    assert.deepEqual([response.status, text], [404, 'nothing here']);
    assert.deepEqual([servers[0].asked[0].url, servers[1].asked.length], ['/mirror/a/b?c=d', 0]);
    assert.equal(servers[0].asked[0].headers['accept-language'], 'de');
    assert.deepEqual(warnings, []);
  });

  it('a path stays a path, and goes to nobody else', async () => {
    for (const prefix of ['', '/mirror']) {
      const { get, servers } = await two(
        () => 'first',
        () => 'second',
        { prefix },
      );
      for (const path of ['//elsewhere.example/a', '/@elsewhere.example/', '/a//b?c=//d', '/\\elsewhere.example'])
        assert.equal((await get(path)).text, 'first', path);
      assert.deepEqual(
        servers[0].asked.map(({ url }) => url),
        ['//elsewhere.example/a', '/@elsewhere.example/', '/a//b?c=//d', '//elsewhere.example'].map(
          (path) => prefix + path,
        ),
      );
    }
  });

  const failing = {
    'gives no answer': [() => undefined, /it has said nothing for 300 ms/, { timeoutMs: 300 }],
    'breaks off': [(request) => void request.socket.destroy(), /fetch failed/],
    'answers 500': [() => ({ status: 500, body: '' }), /it answers 500/],
    'answers 503': [() => ({ status: 503, body: '' }), /it answers 503/],
    'answers with a status that there is not': [() => ({ status: 999, body: '' }), /it answers 999/],
  };
  for (const [name, [answer, reason, options]] of Object.entries(failing)) {
    it(`one that ${name} is passed over, and rests`, async () => {
      const { get, servers, warnings } = await two(answer, () => 'second', options);
      assert.equal((await get()).text, 'second');
      assert.match(warnings[0], reason);
      assert.equal((await get()).text, 'second');
      assert.deepEqual([servers[0].asked.length, servers[1].asked.length], [1, 2]);
    });
  }

  it('who is back is asked again, once it has rested', async () => {
    let works = false;
    let time = 1000;
    const { get } = await two(
      () => (works ? 'first' : { status: 502, body: '' }),
      () => 'second',
      { restMs: 100, now: () => time },
    );
    assert.equal((await get()).text, 'second');
    works = true;
    time += 99;
    assert.equal((await get()).text, 'second');
    time += 1;
    assert.equal((await get()).text, 'first');
  });

  it('if none is left, the answer is an error, or there is none', async () => {
    const busy = () => ({ status: 503, fields: { 'retry-after': '7' }, body: 'busy' });
    const { get, servers } = await two(busy, busy);
    const { response, text } = await get();
    assert.deepEqual([response.status, response.headers.get('retry-after'), text], [503, '7', 'busy']);
    for (const server of servers) await server.stop();
    await assert.rejects(get());
  });

  it('a status that there is not is an error of a gateway, whoever asks', async () => {
    const odd = () => ({ status: 600, body: 'odd' });
    const { get } = await two(odd, odd);
    for (const init of [{}, { method: 'POST', body: 'x' }])
      assert.deepEqual([(await get('/', init)).response.status, (await get('/', init)).text], [502, 'odd']);
  });

  it('what changes something is sent once', async () => {
    const { get, servers } = await two(
      () => ({ status: 503, body: '' }),
      () => 'second',
    );
    const post = { method: 'POST', body: 'order' };
    assert.equal((await get('/', post)).response.status, 503);
    assert.deepEqual([servers[0].asked.length, servers[1].asked.length], [1, 0]);
    // By then it is known that the first has failed.
    assert.equal((await get('/', post)).text, 'second');
    assert.equal(servers[1].asked[0].body, 'order');
  });

  it('who does not wait any more is no failure of a server', async () => {
    const { get, servers } = await two(
      () => undefined,
      () => 'second',
      { timeoutMs: 60_000 },
    );
    await assert.rejects(get('/', { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
    assert.equal(servers[1].asked.length, 0);
  });

  it('an answer that breaks off after an error leaves no fault behind', async () => {
    const { get } = await two(
      (request) => {
        const { socket } = request;
        setTimeout(() => socket.destroy(), 30);
        socket.write('HTTP/1.1 503 Busy\r\ncontent-length: 1000\r\n\r\nbusy');
      },
      () => new Promise((resolve) => setTimeout(resolve, 150, 'second')),
    );
    assert.equal((await get()).text, 'second');
    // A rejection that nobody hears of would end the process.
    await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('what was encoded for the way here, and what is of the connection, ends here', async () => {
    const answer = (name) => () => ({
      fields: { 'content-encoding': 'gzip', 'keep-alive': 'timeout=9', vary: 'accept-encoding', 'x-name': name },
      body: gzipSync('plain'),
    });
    const { get, servers } = await two(answer('first'), answer('second'));
    const headers = {
      connection: 'keep-alive, x-hop',
      'keep-alive': 'timeout=5',
      te: 'trailers',
      'x-hop': '1',
      'x-kept': '1',
    };
    const { response, text } = await get('/', { headers });
    assert.equal(text, 'plain');
    const left = Object.fromEntries(response.headers);
    delete left.date;
    assert.deepEqual(left, { vary: 'accept-encoding', 'x-name': 'first' });
    const asked = servers[0].asked[0].headers;
    assert.deepEqual(
      [asked['x-hop'], asked['keep-alive'], asked.te, asked['x-kept']],
      [undefined, undefined, undefined, '1'],
    );
  });

  it('a server with a cache may stand in front of them', async () => {
    const { servers } = await two(
      () => ({ fields: { 'content-encoding': 'gzip', 'cache-control': 'max-age=60' }, body: gzipSync('page') }),
      () => 'second',
    );
    const handle = serverCache().handler(fromOrigins({ origins: servers.map(({ url }) => url) }));
    const front = createServer(async (request, response) => {
      const answer = await handle(new Request(`http://site.example${request.url}`, { headers: request.headers }));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve));
    open.push(front);
    for (let n = 0; n < 2; n++) {
      const response = await fetch(`http://127.0.0.1:${front.address().port}/`);
      assert.equal(await response.text(), 'page');
    }
    assert.equal(servers[0].asked.length, 1);
  });

  it('redirects stay here', async () => {
    const cases = [
      [(base) => `${base}/gallery/`, '/gallery/'],
      [() => '/gallery/', '/gallery/'],
      [() => 'https://elsewhere.example/', 'https://elsewhere.example/'],
    ];
    for (const [location, expected] of cases) {
      const { get } = await two(
        ({ headers }) => ({ status: 301, fields: { location: location(`http://${headers.host}`) }, body: '' }),
        () => 'second',
      );
      assert.equal((await get('/gallery')).response.headers.get('location'), expected);
    }
  });

  const altered = {
    'other bytes': () => TEXT.replace('0', '1'),
    'less than that': () => TEXT.slice(1),
    'more than that': () => `${TEXT} `,
    'nothing under the name': () => ({ status: 404, body: '' }),
    'a part of it': () => ({ status: 206, fields: { 'content-range': 'bytes 0-1/18' }, body: 'bo' }),
    'a redirect': () => ({ status: 302, fields: { location: '/' }, body: '' }),
  };
  for (const [name, answer] of Object.entries(altered)) {
    it(`what the build wrote is not taken from who has ${name}`, async () => {
      const { get, servers, warnings } = await two(answer, () => TEXT, enforced);
      const { response, text } = await get(PATH);
      assert.deepEqual([response.status, text], [200, TEXT]);
      assert.match(warnings[0], /it is not what the build wrote|it answers/);
      // Another file may be as it was.
      assert.equal((await get('/base/')).response.status < 500, true);
      assert.equal(servers[0].asked.length, 2);
    });
  }

  it('what nobody has as it was written is given to nobody', async () => {
    const { get } = await two(
      () => 'evil',
      () => 'evil',
      enforced,
    );
    const special = '/base/%C3%A4%20b%25.kf.0123456789abcdef0123.css';
    for (const path of [
      PATH,
      PATH.replace('css/s', 'c%73s/%73'),
      special,
      '/base/keepfresh/list.kf.0123456789abcdef0123.txt',
    ])
      await assert.rejects(get(path), /it is not what the build wrote/);
    for (const path of ['/base/', '/base/index.html', '/base/sw.js', '/css/site.kf.0123456789abcdef0123.css'])
      assert.equal((await get(path)).text, 'evil', path);
  });

  it('what is verified may be encoded, validated, and asked for in parts', async () => {
    const fields = { 'content-encoding': 'gzip', 'content-type': 'text/css', etag: '"1"' };
    const { get, servers } = await two(
      ({ headers }) =>
        headers['if-none-match']
          ? { status: 304, fields: { etag: '"1"' }, body: '' }
          : { fields, body: gzipSync(TEXT) },
      () => 'second',
      enforced,
    );
    const { response, text } = await get(PATH, { headers: { range: 'bytes=0-1', 'if-range': '"1"' } });
    assert.deepEqual([response.status, text, response.headers.get('content-encoding')], [200, TEXT, null]);
    assert.equal(response.headers.get('content-type'), 'text/css');
    assert.equal(servers[0].asked[0].headers.range, undefined);
    const validated = await get(PATH, { headers: { 'if-none-match': '"1"' } });
    assert.equal(validated.response.status, 304);
    assert.equal(servers[1].asked.length, 0);
  });

  it('manifests that are none are an error that names them', () => {
    for (const manifests of [
      [{}],
      [[]],
      [{ files: { a: { url: 'a', integrity: 'sha256-x', bytes: -1, immutable: true } } }],
      [undefined],
    ]) {
      assert.throws(
        () => fromOrigins({ origins: ['https://a.example'], manifests }),
        (error) =>
          isCacheError(error) && error.code === 'options' && /^manifests: .*keepfresh\.json/.test(error.message),
        JSON.stringify(manifests),
      );
    }
  });

  it('options that mean nothing are an error that names them', () => {
    for (const origins of [
      [],
      ['a.example'],
      ['ftp://a.example'],
      ['https://a.example/?x'],
      ['https://u:p@a.example'],
    ]) {
      assert.throws(
        () => fromOrigins({ origins }),
        (error) => isCacheError(error) && error.code === 'options' && /^origins: /.test(error.message),
        String(origins),
      );
    }
    for (const [name, value] of [
      ['timeoutMs', NaN],
      ['timeoutMs', 0],
      ['timeoutMs', -1],
      ['restMs', NaN],
      ['restMs', -1],
    ]) {
      const isNamed = (error) =>
        isCacheError(error) &&
        error.code === 'options' &&
        error.message.startsWith(`fromOrigins: ${name} cannot be ${value}: `);
      assert.throws(() => fromOrigins({ origins: ['https://a.example'], [name]: value }), isNamed, `${name} ${value}`);
    }
  });
});

describe('what goes to an origin server and comes back', () => {
  it('nothing is asked for that is not decoded here, and what comes so all the same goes on as it is', async () => {
    const coded = { fields: { 'content-encoding': 'dcz', 'cache-control': 'max-age=60' }, body: 'bytes of dcz' };
    const { get, servers } = await two(
      () => coded,
      () => coded,
    );
    const headers = { 'accept-encoding': 'gzip, deflate, br, zstd, dcb', 'available-dictionary': ':x:' };
    const { response, text } = await get('/', { headers });
    assert.deepEqual([response.headers.get('content-encoding'), text], ['dcz', 'bytes of dcz']);
    const [{ headers: sent }] = servers[0].asked;
    assert.deepEqual([sent['accept-encoding'], sent['available-dictionary']], ['gzip, deflate, br', undefined]);
  });

  // A frame of Zstandard with one raw block: `hello`.
  const FRAME = Buffer.from('28b52ffd2005290000' + '68656c6c6f', 'hex');
  // Node decodes it from 24 on, and so does Bun; Deno does not.
  for (const [what, decode, expected] of [
    ['by nobody', () => FRAME, ['zstd', FRAME.toString('hex')]],
    ['by `fetch`', () => Buffer.from('hello'), [null, Buffer.from('hello').toString('hex')]],
  ]) {
    it(`of what comes in Zstandard, unasked, nobody is told that it is coded where it was decoded: ${what}`, async () => {
      const headers = { 'content-encoding': 'zstd', 'content-length': '14' };
      const ask = fromOrigins({
        origins: ['http://a.example'],
        fetch: async () => new Response(decode(), { headers }),
      });
      const response = await ask(new Request('http://site.example/'));
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.deepEqual([response.headers.get('content-encoding'), bytes.toString('hex')], expected);
      assert.equal(response.headers.get('content-length'), expected[0] && '14');
    });
  }

  it('what is sent for longer than a server may say nothing reaches it', async () => {
    const { get, servers } = await two(
      () => 'first',
      () => 'second',
      { timeoutMs: 200 },
    );
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        controller.enqueue(Buffer.from('x'));
        if (--pieces === 0) controller.close();
      },
    });
    let pieces = 4;
    assert.equal((await get('/', { method: 'POST', body, duplex: 'half' })).text, 'first');
    assert.equal(servers[0].asked[0].body, 'xxxx');
  });
});
