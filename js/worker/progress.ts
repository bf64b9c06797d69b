// What pages are told of a version: how far it is, and what became of it.

import type { File } from '../install/file.js';
import type { VersionReport } from '../install/version-report.js';

declare const self: ServiceWorkerGlobalScope;

/** Milliseconds between two reports of how far it is. */
const PACE = 100;

export class Progress {
  readonly #report: VersionReport;
  #told = 0;

  constructor(version: string, files: readonly File[] = []) {
    const sum = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const [all, size] = [
      { done: files.length, total: files.length },
      { done: sum, total: sum },
    ];
    this.#report = { version, state: 'installing', files: all, bytes: size };
  }

  /** These are not there yet. */
  lacks(files: readonly File[]): void {
    const { bytes, files: all } = this.#report;
    all.done = all.total - files.length;
    bytes.done = bytes.total - files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /** One of them is there. */
  has(file: File): void {
    this.#report.files.done++;
    this.#report.bytes.done += file.bytes;
    if (Date.now() - this.#told >= PACE) void this.tell();
  }

  /** Tells every page of the scope, whoever is in charge there. */
  async tell(state = this.#report.state, reason?: string): Promise<void> {
    this.#told = Date.now();
    this.#report.state = state;
    await tellPages({ ...this.#report, ...(reason !== undefined && { reason }) });
  }
}

/** Tells every page of the scope. That nobody hears it is no fault of what is told. */
export async function tellPages(report: VersionReport): Promise<void> {
  const { scope } = self.registration;
  try {
    const pages = await self.clients.matchAll({ includeUncontrolled: true, type: 'window' });
    // Pages of a scope within this one know their own, and leave the news alone (watch-versions.ts).
    for (const page of pages)
      if (page.url.startsWith(scope)) page.postMessage({ type: 'keepfresh:version', news: report, scope });
  } catch {
    // A worker that nobody can be found by still installs.
  }
}
