// `npm start`: sets up, builds, fingerprints www/ and serves it. A second run skips what is there.
// What follows `--` goes to `keepfresh serve`, as in `npm start -- --port 9000`.

import { spawn } from 'node:child_process';
import { build } from './build.mjs';
import { environment, ROOT, run, say } from './run.mjs';
import { setUpBuild } from './setup.mjs';
import { vendor } from './vendor.mjs';

const PROGRAM = 'target/release/keepfresh';

try {
  say('setting up (the first time takes about ten minutes, later ones seconds)');
  await setUpBuild();
  await build();
  await vendor();
  await run(PROGRAM, ['build', 'www', '--out', 'dist']);
} catch (error) {
  say(error.message);
  process.exit(1);
}
say('serving dist/ until you press Ctrl-C; the address is');
const server = spawn(PROGRAM, ['serve', 'dist', ...process.argv.slice(2)], {
  cwd: ROOT,
  env: environment(),
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
server.on('exit', (code) => process.exit(code ?? 0));
