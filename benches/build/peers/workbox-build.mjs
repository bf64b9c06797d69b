// workbox-build: the precache list of a folder. It writes no files but the one with the list.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getManifest } from 'workbox-build';

const [from, to] = process.argv.slice(2);
const { manifestEntries, warnings } = await getManifest({
  globDirectory: from,
  globPatterns: ['**/*'],
  maximumFileSizeToCacheInBytes: 2 ** 30,
});
if (warnings.length > 0) throw new Error(warnings.join('\n'));
writeFileSync(join(to, 'manifest.json'), JSON.stringify(manifestEntries));
