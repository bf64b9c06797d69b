// The options' routes as text, for the one that reads them (src/route/read.rs): a line a route.

import type { Route } from './service-worker.js';

/** A line a route, `field=value` between tabs. Nothing is checked here, so that every fault is named in one place. */
export function routesAsText(routes: readonly Route[] = []): string {
  const field = ([name, value]: [string, unknown]) =>
    value === undefined ? [] : [`${name}=${value}`.replace(/\s/g, ' ')];
  return routes.map((route) => Object.entries(route).flatMap(field).join('\t') || ' ').join('\n');
}
