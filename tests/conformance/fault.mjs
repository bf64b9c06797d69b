// How a test fails, for both halves of the judge.

class Fault extends Error {
  name = 'Fault';

  constructor(part, reason) {
    super(reason);
    this.isSetup = part === 'setup';
  }
}

/** Which part of a test an expectation of a request belongs to: what it is about, or only what leads there. */
export function partOf(request, expectation) {
  return request.setup === true || request.setup_tests?.includes(expectation) ? 'setup' : 'subject';
}

/** Fails the test unless `holds`. */
export function demand(holds, part, reason) {
  if (!holds) throw new Fault(part, reason);
}
