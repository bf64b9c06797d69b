// A reporter for Node's test runner: only what failed, with the reason. `npm test` says it once more at its end, where whoever reads
// a long output looks first.

export default async function* failures(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:fail') continue;
    const { error } = data.details;
    // A suite that failed because of what is in it says nothing new.
    if (error.failureType === 'subtestsFailed') continue;
    // What was thrown may be anything.
    const cause = error.cause ?? error;
    const text = cause.stack?.includes(cause.message) ? cause.stack : (cause.message ?? cause);
    yield `  ${data.name} (${data.file ?? ''}:${data.line ?? ''})\n`;
    yield `${String(text).replace(/^/gm, '    ')}\n`;
  }
}
