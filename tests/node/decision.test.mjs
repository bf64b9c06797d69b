// What is remembered of decisions is what the engine would decide: over exchanges made up from a seed, asked again a
// little later, a lot later, and by a clock that was set back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';
import { CAME, exchanges } from '../differential/generate.mjs';
import { engines, requestText, stored } from '../differential/ours.mjs';

const { Decisions } = await bundled('server/decision');

const tell = (machine, record, now) => machine.tell(`lookup\n${record}`, 0, now);

/** An engine, and how often it began. */
function counted(engine) {
  const count = { begun: 0 };
  return { count, engine: { begin: (text) => (count.begun++, engine.begin(text)) } };
}

/** Milliseconds from one request to the next. */
const PAUSES = [0, 1, 300, 650, 39, 1, 9, 990, 10, 1000, -1, -2500, 2400, 60_000, 0, 5];

/** What came of asking the origin server: it has not changed, something else is there now, or it is not there. */
const REPLIES = [
  '304\n\ndate: Mon, 23 Nov 2026 00:01:00 GMT\ncache-control: max-age=9\n',
  '200\n\ndate: Mon, 23 Nov 2026 00:01:00 GMT\ncache-control: max-age=60\netag: "new"\n',
  '503\n\ndate: Mon, 23 Nov 2026 00:01:00 GMT\n',
];

/** Everything that a request says: given up before anything is found, or with a body that is lost, or answered by the network. */
function story(machine, found, record, now) {
  const said = [machine.tell('', 0, now)];
  if (now % 7 === 3) said.push(machine.tell('abort', 0, now));
  if (said[0].startsWith('lookup')) said.push(found(record, now));
  said.push(machine.tell('key', 0, 0), machine.tell('extras', 0, 0));
  if (now % 4 === 0) said.push(machine.tell('lost', 0, now), machine.tell('failure', 0, now + 1));
  if (now % 4 === 1) {
    said.push(machine.tell(`reply\n${REPLIES[now % 3]}`, now, now + 1), machine.tell('shared', 0, 0));
    said.push(machine.tell(`commit\n0\n${record}`, 0, 0));
  }
  // What is found by then, if the network takes too long.
  if (now % 4 === 2) said.push(machine.tell('timeout', 0, now), found(record, now + 1));
  machine.free();
  return said;
}

test('what is remembered is what would be decided', () => {
  let [asked, begun] = [0, 0];
  for (const exchange of exchanges(1500, 5861)) {
    const engine = exchange.shared ? engines.shared : engines.private;
    const record = stored(engine, exchange);
    if (!record) continue;
    const { count, engine: other } = counted(engine);
    const decisions = new Decisions(other, tell);
    const request = requestText(exchange.presentedMethod, exchange.presented);
    let now = CAME + exchange.elapsed * 1000;
    for (const pause of PAUSES) {
      now += pause;
      const machine = engine.begin(request);
      const expected = story(machine, (...found) => tell(machine, ...found), record, now);
      const decision = decisions.begin(request);
      const actual = story(decision, (...found) => decision.found(...found), record, now);
      assert.deepEqual(actual, expected, `${request}\n${record}\nat ${now - CAME}`);
      asked++;
    }
    begun += count.begun;
  }
  assert.ok(asked > 10_000, `${asked} were asked`);
  assert.ok(asked - begun > 500, `${begun} of ${asked} were decided`);
});

test('another record, another request, and nothing stored are decided', () => {
  const [{ count, engine }, now] = [counted(engines.private), CAME + 5000];
  const decisions = new Decisions(engine, tell);
  const fresh = (etag) =>
    `0 200 ${CAME} ${CAME}\nhttps://example.com/a\n\ncache-control: max-age=60\netag: ${etag}\n\x1e`;
  const ask = (fields, record) => {
    const decision = decisions.begin(`GET\nhttps://example.com/a\ncors\n\ndefault\n${fields}`);
    decision.tell('', 0, now);
    const steps = decision.found(record, now);
    decision.free();
    return steps;
  };
  const first = ask('', fresh('"1"'));
  assert.match(first, /etag: "1"/);
  assert.equal(ask('', fresh('"1"')), first);
  assert.equal(count.begun, 1, 'the second is remembered');
  assert.match(ask('', fresh('"2"')), /etag: "2"/);
  assert.match(ask('', ''), /^forward/);
  assert.match(ask('cache-control: no-cache\n', fresh('"2"')), /^forward/);
  assert.match(ask('if-none-match: "2"\n', fresh('"2"')), /\n304\n/);
  assert.equal(count.begun, 5);

  // Asked of the origin server, on the same terms.
  const validated = ask('cache-control: no-cache\n', fresh('"2"'));
  assert.equal(ask('cache-control: no-cache\n', fresh('"2"')), validated);
  assert.match(validated, /^forward[^]*if-none-match: "2"/);
  assert.equal(count.begun, 5, 'both are remembered');
});

test('what was remembered of a request before takes no room', () => {
  const [{ count, engine }, now] = [counted(engines.private), CAME + 5000];
  const decisions = new Decisions(engine, tell);
  const ask = (path, fields) => {
    const decision = decisions.begin(`GET\nhttps://example.com${path}\ncors\n\ndefault\n`);
    decision.tell('', 0, now);
    decision.found(
      `0 200 ${CAME} ${CAME}\nhttps://example.com${path}\n\ncache-control: max-age=60\n${fields}\x1e`,
      now,
    );
    decision.free();
  };
  ask('/a', '');
  for (let version = 1; version <= 50; version++) ask('/b', `x-long: ${String(version).padEnd(100_000, '.')}\n`);
  assert.equal(count.begun, 51);
  ask('/a', '');
  assert.equal(count.begun, 51, 'the first is remembered');
});
