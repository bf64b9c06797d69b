// What the database of the systems has in it: hotels with rooms that are booked, and prices.

export const HOTELS = 10;
const ROOMS = 120;

export const SCHEMA = `
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
`;

/** How many rooms of a hotel are free in each of the next 24 hours. */
export const FREE = `
  select hour, count(*)::int free
  from generate_series(date_trunc('hour', now()), date_trunc('hour', now()) + interval '23 hours', interval '1 hour') hour
  cross join rooms
  where hotel = $1
    and not exists (select 1 from bookings where room = rooms.id and starts <= hour and ends > hour)
  group by hour order by hour`;
