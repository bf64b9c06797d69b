// Seeing interim responses (1xx) in Node. `fetch` keeps them to itself; what it dispatches requests with does not, and
// can be given as `init.dispatcher`. A cache that passes its `init` on to `fetch` passes this test aid on as well.

/** Node's own, which is there once `fetch` was called for the first time. */
const builtIn = { dispatch: (...args) => globalThis[Symbol.for('undici.globalDispatcher.1')].dispatch(...args) };

/** Gives what the judge takes as `interim`, for requests that go through `dispatcher`. */
export function interimWatcher(dispatcher = builtIn) {
  return (init) => {
    const seen = [];
    init.dispatcher = { dispatch: (options, handler) => dispatcher.dispatch(options, watched(handler, seen)) };
    return seen;
  };
}

/** A handler of either generation, of which the second has other names and its fields in an object. */
function watched(handler, seen) {
  const record = (status, fields) => {
    if (status < 200) seen.push([status, fields]);
  };
  const watchers = {
    onHeaders: (status, raw) => record(status, fieldsOf(raw)),
    onResponseStart: (_, status, fields) => record(status, fields),
  };
  return new Proxy(handler, {
    get(target, name) {
      const member = target[name];
      if (typeof member !== 'function') return member;
      return (...args) => {
        watchers[name]?.(...args);
        return member.apply(target, args);
      };
    },
  });
}

/** Names and values take turns in a raw list. */
function fieldsOf(raw) {
  const names = raw.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [String(name).toLowerCase(), String(raw[2 * index + 1])]));
}
