// The read models, as Emmett's raw SQL projections: each event is a statement or two against tables of one's own.
// Emmett's other way, documents by Pongo, reads and writes each document and is slower.

import { rawSql, sql } from '@event-driven-io/dumbo';
import { postgreSQLProjection } from '@event-driven-io/emmett-postgresql';

const posts = {
  table: `posts (post uuid PRIMARY KEY, author uuid, text text NOT NULL DEFAULT '',
    likes bigint NOT NULL DEFAULT 0, comments bigint NOT NULL DEFAULT 0)`,
  PostCreated: ({ post, author, text }) =>
    sql(
      `INSERT INTO posts (post, author, text) VALUES (%L, %L, %L)
       ON CONFLICT (post) DO UPDATE SET author = EXCLUDED.author, text = EXCLUDED.text`,
      post,
      author,
      text,
    ),
  CommentAdded: ({ post }) =>
    sql(
      `INSERT INTO posts (post, comments) VALUES (%L, 1)
       ON CONFLICT (post) DO UPDATE SET comments = posts.comments + 1`,
      post,
    ),
  Liked: ({ post }) =>
    sql(
      `INSERT INTO posts (post, likes) VALUES (%L, 1) ON CONFLICT (post) DO UPDATE SET likes = posts.likes + 1`,
      post,
    ),
};

const clips = {
  table: `clips (clip uuid PRIMARY KEY, author uuid, title text NOT NULL, description text NOT NULL,
    state text NOT NULL, media_key text, duration_s bigint, renditions jsonb)`,
  ClipStaged: ({ clip, author, title, description }) =>
    sql(
      `INSERT INTO clips (clip, author, title, description, state) VALUES (%L, %L, %L, %L, 'staged')`,
      clip,
      author,
      title,
      description,
    ),
  ClipPublished: ({ clip, mediaKey, durationS, renditions }) =>
    sql(
      `UPDATE clips SET state = 'published', media_key = %L, duration_s = %s, renditions = %L WHERE clip = %L`,
      mediaKey,
      durationS,
      JSON.stringify(renditions),
      clip,
    ),
};

const profiles = {
  table: `profiles (user_id uuid PRIMARY KEY, followers bigint NOT NULL DEFAULT 0,
    following bigint NOT NULL DEFAULT 0)`,
  Followed: ({ follower, followee }) =>
    sql(
      `INSERT INTO profiles (user_id, followers, following) VALUES (%L, 0, 1), (%L, 1, 0)
       ON CONFLICT (user_id) DO UPDATE SET followers = profiles.followers + EXCLUDED.followers,
         following = profiles.following + EXCLUDED.following`,
      follower,
      followee,
    ),
};

/** One projection a table, so that Emmett works in the three side by side. */
export const projections = Object.entries({ posts, clips, profiles }).map(([name, { table, ...on }]) =>
  postgreSQLProjection({
    name,
    kind: 'peer:raw_sql',
    canHandle: Object.keys(on),
    init: ({ context }) => context.execute.command(rawSql(`CREATE TABLE IF NOT EXISTS ${table}`)),
    truncate: ({ execute }) => execute.command(rawSql(`TRUNCATE ${name}`)),
    handle: (events, { execute }) => execute.batchCommand(events.map(({ type, data }) => on[type](data))),
  }),
);
