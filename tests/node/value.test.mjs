// What is read of bytes that are not what was written: nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { decode, encode } = await bundled('redis/value');

const VALUE = {
  id: 'an identifier, not two',
  fence: 3,
  key: 'http://site.example/a',
  groups: ['news'],
  until: 1_700_000_000_000,
  record: '200 ünicode',
  bodies: new Map([
    ['0', new TextEncoder().encode('a body')],
    ['1', 'a name'],
    ['2', new Uint8Array()],
  ]),
};

/** As readers have it: in the middle of something larger. */
const within = (bytes) => Buffer.concat([Buffer.from('x'), bytes, Buffer.from('y')]).subarray(1, -1);

test('what was written is read', () => {
  const { bodies, ...rest } = decode(within(encode(VALUE)));
  const texts = [...bodies].map(([slot, body]) => [slot, typeof body === 'string' ? body : `${Buffer.from(body)}`]);
  assert.deepEqual([rest.key, rest.record, rest.until], [VALUE.key, VALUE.record, VALUE.until]);
  assert.deepEqual(texts, [
    ['0', 'a body'],
    ['1', 'a name'],
    ['2', ''],
  ]);
});

test('a value of which one bit is another is none', () => {
  const bytes = encode(VALUE);
  for (let at = 0; at < bytes.byteLength; at++)
    for (let bit = 1; bit < 256; bit <<= 1) {
      const other = within(bytes);
      other[at] ^= bit;
      assert.equal(decode(other), undefined, `bit ${bit} of byte ${at}`);
    }
});

test('a value of which the top bits of two words are others is none', () => {
  const bytes = encode(VALUE);
  for (let at = 3; at + 8 < bytes.byteLength; at += 4) {
    const other = within(bytes);
    for (const place of [at, at + 4]) other[place] ^= 0x80;
    assert.equal(decode(other), undefined, `bytes ${at} and ${at + 4}`);
  }
});

test('a value that is shorter or longer than it was is none', () => {
  const bytes = encode(VALUE);
  for (let end = 0; end < bytes.byteLength; end++) assert.equal(decode(within(bytes.subarray(0, end))), undefined, end);
  assert.equal(decode(Buffer.concat([bytes, Buffer.from('x')])), undefined);
});
