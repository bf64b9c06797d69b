// What pages have had forgotten: whom it covers, and that it stays small however much that was.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { Forgets } = await bundled('host/forgets');

const split = (tags) => () => tags.split(',');
const number = (count, path) => Array.from({ length: count }, (_, n) => path(n));

for (const [what, forgotten, covered, others] of [
  ['a URL, whatever its query', [{ urls: ['x/a?b'] }], ['x/a', 'x/a?c'], ['x/ab', 'x/']],
  ['all that begin so', [{ urls: ['x/a*'] }], ['x/a', 'x/ab?c', 'x/a/b'], ['x/b']],
  [
    'a tag',
    [{ tags: ['account'] }],
    [
      ['x/a', 'account'],
      ['x/b', 'news,account'],
    ],
    ['x/a', ['x/a', 'accounts']],
  ],
  ['the same again and again', number(1000, () => ({ urls: ['x/a'] })), ['x/a'], ['x/b']],
  [
    'more URLs than are remembered',
    number(1000, (n) => ({ urls: [`x/y/${n}`] })),
    ['x/y/0', 'x/y/999'],
    ['x/z', 'y/0'],
  ],
  ['more at once', [{ urls: number(1000, (n) => `x/y/${n}`) }], ['x/y/0', 'x/y/999'], ['x/z', 'y/0']],
  ['more folders', number(1000, (n) => ({ urls: [`x/${n}/y`] })), ['x/0/y', 'x/999/y'], []],
  [
    'more tags',
    number(1000, (n) => ({ tags: [`t${n}`] })),
    [
      ['x/a', 't0'],
      ['x/a', 't999'],
    ],
    [],
  ],
]) {
  test(what, async () => {
    const forgets = new Forgets();
    const before = forgets.moment;
    for (const { urls = [], tags = [] } of forgotten) await forgets.add({ urls, tags });
    for (const [expected, all] of [
      [true, covered],
      [false, others],
    ])
      for (const [key, tags] of all.map((one) => [one].flat())) {
        assert.equal(forgets.cover(key, split(tags ?? ''), before), expected, `${key} ${tags}`);
        assert.equal(await forgets.ever(() => key, split(tags ?? '')), expected, `ever: ${key} ${tags}`);
        assert.equal(forgets.cover(key, split(tags ?? ''), forgets.moment), false, `${key} ${tags}, asked for since`);
      }
  });
}

test('who forgets waits for what is being entered, and no longer', async () => {
  const forgets = new Forgets();
  const said = [];
  let entered;
  const work = forgets.enter(() => new Promise((resolve) => (entered = resolve)));
  const waited = forgets.entered().then(() => said.push('forgotten'));
  void work.then(() => said.push('entered'));
  void forgets.enter(() => Promise.reject(new Error('no room'))).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(said, []);
  entered();
  await waited;
  assert.deepEqual(said, ['entered', 'forgotten']);
  await forgets.entered();
});
