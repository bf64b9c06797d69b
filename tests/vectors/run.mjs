// One vector through the engine that JavaScript sees (src/host/mod.rs). Without imports, so that it runs in a worker, too.
// What a vector means is in README.md; main.rs is the same without wasm.

/** The moment that times are counted from. */
const MIDNIGHT = Date.UTC(2024, 1, 29);

/** What a block of a record ends with. */
const END = '\x1e';

const URL_OF_ALL = 'https://example.com/a';

/**
 * Runs a vector.
 *
 * @returns what is different from what it expects, a sentence each; empty if nothing is.
 */
export function runVector(vector, { Engine }) {
  const engine = new Engine([vector.cache ?? 'private', ...(vector.targets ?? [])].join('\n'));
  const store = recordsOf(vector);
  const faults = [];
  const exchange = (request) => new Exchange(engine, request, { store, stored: vector.stored ?? [] });

  for (const { request, now, reply } of vector.earlier ?? []) {
    const one = exchange(request);
    one.advance(now);
    one.hear(reply, now);
    one.advance(now);
    one.free();
  }
  const one = exchange(vector.request);
  const { now, expected, reply, failure, then, again } = vector;
  const compare = (when, wanted) =>
    faults.push(...differences(one.advance(now), wanted, store).map((is) => `${when}: ${is}`));
  compare('at first', expected);
  if (reply) one.hear(reply, now);
  else if (failure) one.fail(failure.now ?? now);
  if (then) compare('then', then);
  if (again) {
    one.hear(again.reply, now);
    compare('after the second reply', again.then);
  }
  one.free();
  engine.free();
  return faults;
}

/** One request, and what the engine has the cache do. */
class Exchange {
  #machine;
  #steps;
  #request;
  #store;
  #stored;
  #writes = 0;

  constructor(engine, request = {}, { store, stored }) {
    this.#machine = engine.begin(requestText(request));
    this.#request = request;
    this.#store = store;
    this.#stored = stored;
  }

  /** Takes steps until a report has to be waited for, or nothing is left. */
  advance(now) {
    const did = { writes: [] };
    const steps = this.#steps ?? this.#tell('', now);
    this.#steps = undefined;
    while (steps.length > 0) {
      const [step, ...lines] = steps.shift().split('\n');
      if (step === 'done') return did;
      if (step === 'lookup') steps.push(...this.#tell(`lookup\n${this.#store.get(lines[1]) ?? ''}`, now));
      else if (step === 'forward') did.forwards = this.#sent(fieldsOf(lines.slice(3)));
      else if (step === 'serve') did.serves = this.#measured(served(lines));
      else this.#write(lines[0], lines[1], did);
    }
    return did;
  }

  hear(reply, now) {
    this.#steps = this.#tell(`reply\n${responseText(reply)}`, reply.now ?? now, reply.requestTime ?? now);
  }

  fail(now) {
    this.#steps = this.#tell('failure', now);
  }

  /** The steps that come of an event. */
  #tell(event, now, asked = 0) {
    return this.#machine.tell(event, at(asked), at(now)).split(END).slice(0, -1);
  }

  free() {
    this.#machine.free();
  }

  /** The fields that the origin server gets: the request's own, and others in their place. */
  #sent(others) {
    const names = others.map(([name]) => name);
    return [...lowered(this.#request.fields).filter(([name]) => !names.includes(name)), ...others];
  }

  #measured(answer) {
    if (answer.body !== 'unmeasured') return answer;
    const { length } = this.#stored[answer.slot];
    return served(this.#machine.tell(`measured\n${length}`, 0, 0).split('\n').slice(1));
  }

  #write(kind, key, did) {
    const number = this.#writes++;
    const own = keyOf(this.#request.url);
    // How the rule of a family of URLs is remembered is nobody's business.
    const isTold = kind !== 'note' && !(kind === 'remove' && key.endsWith('?'));
    const isMany = kind === 'clear' || kind === 'groups';
    const isOther = kind === 'remove' && key !== own;
    if (isTold) did.writes.push(isOther ? `remove ${key}` : kind);
    for (const each of isMany ? [...this.#store.keys()].filter((url) => new URL(url).origin === key) : [key]) {
      const before = this.#store.get(each) ?? '';
      const committed = this.#machine.tell(`commit\n${number}\n${before}`, 0, 0);
      if (!committed) continue;
      const record = committed.split('\n').slice(2).join('\n');
      const old = before.split(END);
      const news = record.split(END).findLast((block) => block && !old.includes(block));
      if (news && (kind === 'store' || kind === 'freshen')) did.stores = fieldsOfBlock(news);
      this.#store.set(each, record);
    }
  }
}

function served(lines) {
  const [body, slot, skip, length, , , cacheStatus, status, ...rest] = lines;
  const fields = fieldsOf(rest);
  const age = fields.find(([name]) => name === 'age')?.[1];
  return { body, slot, skip, length, cacheStatus: cacheStatus.replace('keepfresh; ', ''), status, age, fields };
}

/** What is different between what was done and what was wanted. */
function differences(did, wanted, store) {
  const faults = [];
  const check = (what, is, should) => {
    const [one, other] = [JSON.stringify(is), JSON.stringify(should)];
    if (one !== other) faults.push(`${what} is ${one}, not ${other}`);
  };
  const { serves } = did;
  check('what is served', serves?.body ?? 'nothing', wanted.serves ?? 'nothing');
  if (serves && wanted.serves) {
    const words = { from: 'slot', skip: 'skip', length: 'length', status: 'status', age: 'age' };
    for (const [name, place] of Object.entries(words)) {
      if (wanted[name] !== undefined) check(name, serves[place], String(wanted[name]));
    }
    if (wanted.cacheStatus !== undefined) check('the cache status', serves.cacheStatus, wanted.cacheStatus);
    checkFields('served', serves.fields, wanted, check);
  }
  check('whether it is forwarded', did.forwards !== undefined, wanted.forwards !== undefined);
  if (did.forwards && wanted.forwards) checkFields('forwarded', did.forwards, wanted.forwards, check);
  // The machine tells the groups to nobody but the record.
  const writes = (wanted.writes ?? []).map((write) => (write.startsWith('groups') ? 'groups' : write));
  check('what is written', did.writes, writes);
  if (wanted.stores) checkFields('stored', did.stores ?? [], wanted.stores, check);
  const urls = [...store.values()].flatMap(blocks).filter(({ status }) => status !== '0');
  const holds = (url) => urls.some((one) => one.url === url);
  for (const url of wanted.keeps ?? []) check(url, holds(url), true);
  for (const url of wanted.forgets ?? []) check(url, holds(url), false);
  return faults;
}

function checkFields(of, fields, { fields: wanted = {}, fieldsMissing = [] }, check) {
  const lines = (name) => fields.filter(([known]) => known === name).map(([, value]) => value);
  for (const [name, value] of Object.entries(wanted)) check(`${name} ${of}`, lines(name), [value].flat());
  for (const name of fieldsMissing) check(`${name} ${of}`, lines(name).length > 0, false);
}

const at = (seconds) => MIDNIGHT + seconds * 1000;

const keyOf = (url = URL_OF_ALL) => url.split('#')[0];

/** Field lines as pairs, with their names in lower case. */
const lowered = (lines = []) => fieldsOf(lines).map(([name, value]) => [name.toLowerCase(), value]);

const linesOf = (fields) =>
  lowered(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');

function fieldsOf(lines) {
  const pairs = lines.filter(Boolean).map((line) => [line, line.indexOf(': ')]);
  return pairs.map(([line, colon]) => [line.slice(0, colon), line.slice(colon + 2)]);
}

function requestText({ method = 'GET', url = URL_OF_ALL, mode = 'cors', destination = '', cache = 'default', fields }) {
  return `${method}\n${url}\n${mode}\n${destination}\n${cache}\n${linesOf(fields)}`;
}

function responseText({ status = 200, redirected, fields }) {
  return `${status}\n${redirected ? 'redirected' : ''}\n${linesOf(fields)}`;
}

/** What is stored before anything happens: records (src/exchange/record.rs) under keys. */
function recordsOf({ stored = [], request }) {
  const records = new Map();
  for (const [slot, { url = request?.url, status = 200, fields, nominated, ...times }] of stored.entries()) {
    const { responseTime = 0, requestTime = responseTime } = times;
    const key = keyOf(url);
    const first = [slot, status, at(requestTime), at(responseTime)].join(' ');
    const block = `${first}\n${key}\n${linesOf(nominated)}\n${linesOf(fields)}${END}`;
    records.set(key, (records.get(key) ?? '') + block);
  }
  return records;
}

const blocks = (record) =>
  record
    .split(END)
    .filter(Boolean)
    .map((block) => block.split('\n'))
    .map(([first, url]) => ({ status: first.split(' ')[1], url }));

/** The fields of the head: behind the empty line that ends the nominated ones. */
function fieldsOfBlock(block) {
  const lines = block.split('\n').slice(2);
  return fieldsOf(lines.slice(lines.indexOf('')));
}
