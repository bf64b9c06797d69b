// Types that browsers insist on, whatever the bytes are.

/** What browsers refuse to run or to show as what it is, if its type says something else. */
const TYPES: [ending: RegExp, says: RegExp, type: string][] = [
  [/\.m?js$/, /javascript|ecmascript/, 'text/javascript'],
  [/\.css$/, /css/, 'text/css'],
  [/\.wasm$/, /wasm/, 'application/wasm'],
  [/\/$|\.html?$/, /html/, 'text/html'],
  [/\.svg$/, /svg/, 'image/svg+xml'],
];

/** The type that a response should have, if it has another one. */
export function typeInsteadOf({ headers }: Response, url: string): string | undefined {
  const [, says, type] = TYPES.find(([ending]) => ending.test(url.split('?', 1)[0]!)) ?? [];
  return says?.test(headers.get('content-type') ?? '') === false ? type : undefined;
}
