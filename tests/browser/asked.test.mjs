// What browsers ask for in ways of their own: pages by other names, parts of media, data past every cache.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

/** A sound: nothing, for half a minute. */
function silence(seconds = 30, rate = 8000) {
  const bytes = Buffer.alloc(44 + seconds * rate, 128);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  // Plain samples, one channel of eight bits.
  [16, 1, 1, rate, rate, 1, 8].reduce((at, value, index) => {
    const isLong = [0, 3, 4].includes(index);
    bytes[isLong ? 'writeUInt32LE' : 'writeUInt16LE'](value, at);
    return at + (isLong ? 4 : 2);
  }, 16);
  bytes.write('data', 36);
  bytes.writeUInt32LE(bytes.length - 44, 40);
  return bytes;
}

const DEEP = `<!doctype html><link rel="stylesheet" href="../../css/site.css"><body data-page="deep"><img src="shot.svg" alt="">`;
const EDITS = {
  'manual/start/index.html': DEEP,
  'manual/start/shot.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
  'js/app.js': (text) => `${text}\nvoid [() => fetch('data/news.json')];`,
};
const TABLES = {
  'the routes of a site that has written none': '',
  'nothing but what is precached': '[precache]\nonly = true\n',
};

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 600_000 }, () => {
    const { browser, it } = inBrowser(engine);

    for (const [what, toml] of Object.entries(TABLES)) {
      it(`a page that is asked for without its slash: ${what}`, { timeout: 120_000 }, async (t) => {
        const site = await makeSite({ edits: { ...EDITS, 'keepfresh.toml': toml } });
        t.after(() => site.close());
        const tab = await openTab(browser.driver, site);
        t.after(() => tab.close());
        await tab.open();
        await tab.controlled();
        await tab.untilStored('manual/start/');
        await site.stop();
        await tab.open('manual/start?from=mail');
        await tab.until('the page to be whole', () => document.readyState === 'complete');
        const shown = await tab.run(() => {
          const style = getComputedStyle(document.documentElement).getPropertyValue('--style').trim();
          const { width } = document.querySelector('img');
          return [location.pathname + location.search, document.body.dataset.page, style, width];
        });
        assert.deepEqual(shown, ['/manual/start/?from=mail', 'deep', 'version-1', 9]);
      });
    }

    it(
      'a worker without routes answers nothing that is asked for past every cache',
      { timeout: 120_000 },
      async (t) => {
        const site = await makeSite({ edits: { ...EDITS, 'keepfresh.toml': TABLES['nothing but what is precached'] } });
        t.after(() => site.close());
        const tab = await openTab(browser.driver, site);
        t.after(() => tab.close());
        await tab.open();
        await tab.controlled();
        await tab.untilStored('data/news.json');
        const text = async (cache) => (await tab.fetch('data/news.json', { cache })).text;
        const before = await text('default');
        await site.replace('data/news.json', '{"news":"later"}');
        assert.deepEqual([await text('default'), await text('no-store')], [before, '{"news":"later"}']);
        await site.stop();
        assert.equal(await text('default'), before);
      },
    );

    it('a player has the part of a sound that it asks for', { timeout: 120_000 }, async (t) => {
      const toml = '[[routes]]\npath = "sounds/*"\npolicy = "http"\n';
      const site = await makeSite({ edits: { 'keepfresh.toml': toml, 'sounds/long.wav': silence() } });
      t.after(() => site.close());
      const asked = [];
      const answers = ({ headers, url }, response) => {
        if (!url.startsWith('/sounds/')) return false;
        const bytes = silence();
        const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
        asked.push(headers.range);
        const fields = { 'cache-control': 'no-cache', 'content-type': 'audio/wav', 'accept-ranges': 'bytes' };
        // A part at a time, so that the player has to come back.
        const last = Math.min(Number(end || Infinity), Number(start) + 65_535, bytes.length - 1);
        const range = start && { 'content-range': `bytes ${start}-${last}/${bytes.length}` };
        const part = start ? bytes.subarray(Number(start), last + 1) : bytes;
        response.writeHead(start ? 206 : 200, { ...fields, ...range, 'content-length': part.length }).end(part);
        return true;
      };
      const server = await serve(site.dist, () => undefined, 'no-store', answers);
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      const play = () =>
        tab.run(async () => {
          const audio = Object.assign(new Audio(), { muted: true, preload: 'auto', src: 'sounds/long.wav' });
          const event = (name) =>
            new Promise((resolve, reject) => {
              audio.addEventListener(name, resolve, { once: true });
              audio.addEventListener('error', () => reject(new Error(audio.error.message)), { once: true });
              setTimeout(reject, 20_000, new Error(`no ${name}`));
            });
          await event('loadedmetadata');
          const seeked = event('seeked');
          audio.currentTime = 28;
          await seeked;
          return [Math.round(audio.duration), audio.currentTime];
        });
      assert.deepEqual(await play(), [30, 28]);
      // What is asked for in parts is sent so, each time; WebKit's player asks for the whole at first.
      const isPart = (range, index) => range?.startsWith('bytes=') || (engine === 'WebKit' && index === 0);
      assert.ok(asked.length > 0 && asked.every(isPart), `${asked}`);
    });
  });
}
