// The database of the systems: PostgreSQL (PGlite), in a thread of its own, so that a query does not keep a server from answering. A
// message is a statement and what goes into it, or a hotel: how many of its rooms are free in each of the next 24 hours.

import { PGlite } from '@electric-sql/pglite';
import { parentPort } from 'node:worker_threads';

const HOTELS = 10;
const ROOMS = 120;

const database = new PGlite();
await database.exec(`
  create table rooms (id serial primary key, hotel int not null);
  create table bookings (room int not null references rooms, starts timestamptz not null, ends timestamptz not null);
  insert into rooms (hotel) select n % ${HOTELS} from generate_series(1, ${HOTELS * ROOMS}) n;
  insert into bookings
    select room, moment, moment + interval '1 hour' * (1 + (room * 7 + n) % 9)
    from generate_series(1, ${HOTELS * ROOMS}) room, generate_series(0, 5) n,
      lateral (select date_trunc('hour', now()) + interval '1 hour' * ((room * 13 + n * 29) % 30) as moment) moments;
  create index on bookings (room);
  create table prices (room int primary key, price int not null);
  insert into prices select n, 100 from generate_series(1, 20) n;
`);
const FREE = `
  select hour, count(*)::int free
  from generate_series(date_trunc('hour', now()), date_trunc('hour', now()) + interval '23 hours', interval '1 hour') hour
  cross join rooms
  where hotel = $1
    and not exists (select 1 from bookings where room = rooms.id and starts <= hour and ends > hour)
  group by hour order by hour`;

parentPort.on('message', async ({ hotel, number, sql, values }) => {
  const { rows } = await (sql ? database.query(sql, values) : database.query(FREE, [hotel]));
  parentPort.postMessage({ number, rows });
});
parentPort.postMessage({ isReady: true });
