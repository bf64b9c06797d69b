// A PostgreSQL server of a test's own, from Debian's package, in a folder and on a port of its own.

import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { postgresFolder } from '../../scripts/setup.mjs';
import { freePort } from '../browser/processes.mjs';

/** Why there is none, if there is none. */
export const missing = postgresFolder() ? undefined : 'no PostgreSQL: sudo apt-get install postgresql';

/** `nobody`: it refuses to run as root. */
const NOBODY = 65534;

/** Starts it. `run` gives the rows of a statement, `count` says how often that was asked for. */
export async function startPostgres() {
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-postgres-'));
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (user.uid) chownSync(folder, NOBODY, NOBODY);
  const options = { cwd: folder, stdio: 'ignore', env: { ...process.env, HOME: folder, LC_ALL: 'C' }, ...user };
  const [bin, data, port] = [postgresFolder(), join(folder, 'data'), await freePort()];
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '--no-sync'], options);
  const flags = ['-D', data, '-p', String(port), '-k', '', '-h', '127.0.0.1', '-F'];
  const child = spawn(join(bin, 'postgres'), flags, options);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'test', database: 'postgres', max: 20 });
  pool.on('error', () => {});
  for (let tries = 0; ; tries++) {
    const isThere = await pool.query('select 1').then(
      () => true,
      () => false,
    );
    if (isThere) break;
    if (tries > 400) throw new Error('PostgreSQL does not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const server = {
    count: 0,
    async run(sql, values) {
      server.count++;
      return (await pool.query(sql, values)).rows;
    },
    async close() {
      await pool.end();
      child.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return server;
}
