// Which requests may have a key by their bodies, and which bodies mean the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { digestOf, onlyAsks } = await bundled('worker/bodied');

test('only a document of nothing but queries asks', () => {
  const cases = [
    [true, '{ a }'],
    [true, 'query { mutation }'],
    [true, 'query Q($a: In = { subscription: "}" }) @live(if: true) { a }'],
    [true, '# mutation {\n{ a }'],
    [true, '"""mutation { "" """ query A { a(b: "\\" mutation {") } fragment F on T { subscription }'],
    [false, 'mutation { a }'],
    [false, 'query{a}mutation{b}'],
    [false, 'query Q { a } subscription S { b }'],
    [false, '{a}\uFEFF,mutation M{b}'],
    [false, '{ a } } mutation'],
    [false, '{ a '],
    [false, 7],
    [false, undefined],
  ];
  for (const [expected, query] of cases) assert.equal(onlyAsks({ query }), expected, String(query));
  for (const request of [null, 7, 'query', {}, [[]]]) assert.equal(onlyAsks(request), false, JSON.stringify(request));
});

test('bodies that mean the same have the same digest', async () => {
  const digest = (body, how) => digestOf(new Request('http://a.example', { method: 'POST', body }), how);
  const cases = [
    [true, 'json', '{"a":1,"b":{"c":[1,2],"d":null}}', ' { "b": {"d":null,"c":[1, 2]}, "a":1.0 }'],
    [false, 'json', '{"a":[1,2]}', '{"a":[2,1]}'],
    [false, 'json', '{"a":1}', '{"a":"1"}'],
    [false, 'json', '{"__proto__":1}', '{}'],
    // What a number of JavaScript cannot hold is not taken for another one.
    [false, 'json', '{"id":9007199254740993}', '{"id":9007199254740992}'],
    [false, 'json', '[1e400]', '[null]'],
    [false, 'json', '[0.1234567890123456789]', '[0.1234567890123456788]'],
    [false, 'graphql', '{"query":"{a}","x":-90071992547409931}', '{"query":"{a}","x":-90071992547409932}'],
    [
      true,
      'json',
      '{"a":123456789012345,"b":"90071992547409931e9"}',
      '{"b":"90071992547409931e9","a":123456789012345}',
    ],
    [false, 'bytes', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    [true, 'bytes', 'x', 'x'],
    [true, 'graphql', '{"query":"{a}","variables":{"x":1}}', '{"variables":{"x":1},"query":"{a}"}'],
    [false, 'graphql', '{"query":"{a}","variables":{"x":1}}', '{"query":"{a}","variables":{"x":2}}'],
  ];
  for (const [isSame, how, one, other] of cases) {
    const digests = [await digest(one, how), await digest(other, how)];
    assert.ok(
      digests.every((digest) => /^#[0-9a-f]{64}$/.test(digest)),
      `${digests}`,
    );
    assert.equal(digests[0] === digests[1], isSame, `${how}: ${one}, ${other}`);
  }
  const typed = (type) =>
    digestOf(
      new Request('http://a.example', { method: 'POST', body: 'x', headers: { 'content-type': type } }),
      'bytes',
    );
  assert.notEqual(await typed('text/plain'), await typed('text/csv'), 'what a body is said to be is part of it');
  assert.equal(await digest('no JSON', 'json'), 'body');
  assert.equal(await digest('no JSON', 'graphql'), 'operation');
  assert.equal(await digest('x'.repeat(300_000), 'bytes'), 'body');
  assert.equal(await digest(`{"query":"mutation{a}","x":"${'x'.repeat(300_000)}"}`, 'graphql'), 'operation');
});
