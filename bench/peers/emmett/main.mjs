// Measures Emmett's own rebuild of three read models on PostgreSQL. Prints what Tidings' bench reads, as JSON.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { getPostgreSQLEventStore, rebuildPostgreSQLProjections } from '@event-driven-io/emmett-postgresql';
import pg from 'pg';

import { eventOf, expectedOf } from './events.mjs';
import { projections } from './projections.mjs';

const { values: options } = parseArgs({
  options: {
    postgres: { type: 'string', default: process.env.TIDINGS_TEST_POSTGRES ?? '' },
    events: { type: 'string', default: '20000' },
    writers: { type: 'string', default: '1' },
    batch: { type: 'string', default: '1000' },
    pause: { type: 'string', default: '1' },
  },
});
if (options.postgres === '') {
  console.error('--postgres URL, or TIDINGS_TEST_POSTGRES: somebody who may make databases');
  process.exit(2);
}
const number = (name) => {
  const value = Number(options[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name}: a number from 1`);
  process.exit(2);
};
const [count, writers, batchSize, pullingFrequencyInMs] = ['events', 'writers', 'batch', 'pause'].map(number);

// Each is pinned to one version.
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url)));

/** Appends one event a stream append; each writer waits for each of its own. */
async function write(connectionString, events) {
  const store = getPostgreSQLEventStore(connectionString);
  try {
    await store.schema.migrate();
    // A stream's events are of one writer, so that they come in their order.
    const writerOf = new Map();
    const mine = Array.from({ length: writers }, () => []);
    for (const event of events) {
      if (!writerOf.has(event.stream)) writerOf.set(event.stream, writerOf.size % writers);
      mine[writerOf.get(event.stream)].push(event);
    }
    await Promise.all(
      mine.map(async (of) => {
        for (const { stream, version, type, data } of of) {
          await store.appendToStream(stream, [{ type, data }], { expectedStreamVersion: version });
        }
      }),
    );
  } finally {
    await store.close();
  }
}

/** Rebuilds, from the making of the consumer to the last event; the seconds. */
async function rebuild(connectionString) {
  const began = performance.now();
  const consumer = rebuildPostgreSQLProjections({
    connectionString,
    projections,
    pulling: { batchSize, pullingFrequencyInMs },
  });
  try {
    await consumer.start();
    return (performance.now() - began) / 1_000;
  } finally {
    await consumer.close();
  }
}

/** Whether the rows are those expected, and how many events they hold. */
async function check(client, expected) {
  const all = async (sql) => (await client.query(sql)).rows;
  const posts = await all('SELECT post AS id, author, text, likes::int, comments::int FROM posts');
  const clips = await all(
    `SELECT clip AS id, author, title, description, state, media_key AS "mediaKey", duration_s::int AS "durationS",
       renditions FROM clips`,
  );
  const profiles = await all('SELECT user_id AS id, followers::int, following::int FROM profiles');
  const same = (rows, wanted) =>
    rows.length === wanted.size &&
    rows.every(({ id, ...row }) => JSON.stringify(row) === JSON.stringify(wanted.get(id)));
  const sum = (rows, of) => rows.reduce((sum, row) => sum + of(row), 0);
  const counted =
    sum(posts, (post) => (post.author === null ? 0 : 1) + post.likes + post.comments) +
    sum(clips, (clip) => (clip.state === 'published' ? 2 : 1)) +
    sum(profiles, (profile) => profile.followers);
  const rowsOk = same(posts, expected.posts) && same(clips, expected.clips) && same(profiles, expected.profiles);
  return { counted, rowsOk };
}

async function connected(connectionString, work) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function measure(connectionString) {
  const events = Array.from({ length: count }, (_, at) => eventOf(at, count));
  await write(connectionString, events);
  // As after days of running: the planner knows the tables.
  await connected(connectionString, (client) => client.query('VACUUM ANALYZE'));
  const seconds = await rebuild(connectionString);
  const { counted, rowsOk } = await connected(connectionString, (client) => check(client, expectedOf(events)));
  return {
    peer: 'Emmett',
    version: dependencies['@event-driven-io/emmett-postgresql'],
    events: count,
    counted,
    seconds,
    events_per_s: counted / seconds,
    rows_ok: rowsOk,
  };
}

const database = `peer_emmett_${Date.now()}_${process.pid}`;
const there = new URL(options.postgres);
there.pathname = `/${database}`;
await connected(options.postgres, async (admin) => {
  await admin.query(`CREATE DATABASE ${database}`);
  try {
    console.log(JSON.stringify(await measure(there.toString())));
  } finally {
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  }
});
