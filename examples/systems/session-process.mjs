// The process that has the sessions: what is acknowledged is in the database, on the disk; what is read lies in memory in front of it.
// It may be killed at any moment.

import { PGlite } from '@electric-sql/pglite';
import { memoize } from '../../pkg/node.js';

const database = new PGlite(process.argv[2]);
await database.exec('create table if not exists sessions (id int primary key, clicks int not null)');

let queries = 0;
const read = async (id) => {
  queries++;
  const { rows } = await database.query('select clicks from sessions where id = $1', [id]);
  return rows[0]?.clicks;
};
const session = memoize(read, { name: 'session', seconds: 1800, groups: (id) => [`user:${id}`] });

const acts = {
  read: async ({ id }) => ({ clicks: await session(id), queries }),
  async click({ id }) {
    const sql = `insert into sessions values ($1, 1) on conflict (id) do update set clicks = sessions.clicks + 1 returning clicks`;
    const { rows } = await database.query(sql, [id]);
    await session.invalidateGroups(`user:${id}`);
    return { clicks: rows[0].clicks };
  },
  async leave({ id }) {
    await database.query('delete from sessions where id = $1', [id]);
    await session.invalidateGroups(`user:${id}`);
    return {};
  },
};
process.on('message', async (message) =>
  process.send({ number: message.number, ...(await acts[message.act](message)) }),
);
process.send({ isReady: true });
