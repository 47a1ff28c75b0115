// The log: of a hundred events one post, 34 clips staged and 34 published, 13 comments, 8 likes and 10 follows, as in
// `bench/src/rebuild/mix.rs`. A post's data are about 400 bytes.

const FIRST = 1_767_225_600_000n;
const EVENTS_A_USER = 76n;

/** The event of this number, from 0, in a log of so many: its stream, the version before it, type and data. */
export function eventOf(number, of) {
  const [hundred, place] = [Math.floor(number / 100), number % 100];
  const users = Math.max(Math.floor(of / Number(EVENTS_A_USER)), 500);
  const actor = user(scattered(number) % users);
  const ofPost = id(1, 100 * Math.max(hundred - (scattered(number) % 40), 0));
  if (place === 0) {
    const post = id(1, number);
    return opening(`post-${post}`, 'PostCreated', { post, author: actor, text: text(300) });
  }
  if (place <= 34 || (place <= 68 && hundred === 0)) return staged(number, users);
  if (place <= 68) return published(number - 134, users);
  if (place <= 81) {
    const comment = id(2, number);
    const data = { comment, author: actor, post: ofPost, text: text(34) };
    return opening(`comment-${comment}`, 'CommentAdded', data);
  }
  if (place <= 89) {
    // Each in its turn: nobody likes the same post twice.
    const data = { user: user((hundred * 8 + place) % users), post: id(1, 100 * hundred) };
    return opening(`like-${data.user}-${data.post}`, 'Liked', data);
  }
  const count = hundred * 10 + place - 90;
  const follower = user(count % users);
  const followee = user((count + 1 + Math.floor(count / users)) % users);
  return opening(`follow-${follower}-${followee}`, 'Followed', { follower, followee });
}

function staged(number, users) {
  const data = { clip: id(4, number), author: user(scattered(number) % users), title: `photo${number}.jpg` };
  return opening(`clip-${data.clip}`, 'ClipStaged', { ...data, description: '' });
}

/** Of the clip that was staged by the event of this number. */
function published(number, users) {
  const data = { clip: id(4, number), author: user(scattered(number) % users), mediaKey: `photo${number}.jpg` };
  const event = opening(`clip-${data.clip}`, 'ClipPublished', { ...data, durationS: 15, renditions: ['720p'] });
  return { ...event, version: 1n };
}

function opening(stream, type, data) {
  return { stream, version: 0n, type, data };
}

function text(length) {
  return 'tidings '.repeat(length / 8 + 1).slice(0, length).trimEnd();
}

function user(number) {
  return id(3, number);
}

function scattered(number) {
  return Number(BigInt.asUintN(64, BigInt(number) * 0x9e3779b97f4a7c15n) >> 32n);
}

/** A UUID version 7 that grows with `number`, ten a millisecond. */
function id(kind, number) {
  const high = ((FIRST + BigInt(number) / 10n) << 16n) | 0x7000n | (BigInt(kind) << 4n) | (BigInt(number) % 10n);
  const low = (0x8n << 60n) | (BigInt.asUintN(64, BigInt(number) * 0xd1342543de82ef95n) >> 4n);
  const hex = ((high << 64n) | low).toString(16).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** What the read models must say after these events, by hand: `{ posts, clips, profiles }`, rows by id. */
export function expectedOf(events) {
  const [posts, clips, profiles] = [new Map(), new Map(), new Map()];
  const row = (rows, key, fresh) => rows.get(key) ?? rows.set(key, { ...fresh }).get(key);
  const post = (key) => row(posts, key, { author: null, text: '', likes: 0, comments: 0 });
  const profile = (key) => row(profiles, key, { followers: 0, following: 0 });
  for (const { type, data } of events) {
    if (type === 'PostCreated') Object.assign(post(data.post), { author: data.author, text: data.text });
    else if (type === 'CommentAdded') post(data.post).comments += 1;
    else if (type === 'Liked') post(data.post).likes += 1;
    else if (type === 'ClipStaged') {
      const { clip, author, title, description } = data;
      const unpublished = { mediaKey: null, durationS: null, renditions: null };
      clips.set(clip, { author, title, description, state: 'staged', ...unpublished });
    } else if (type === 'ClipPublished') {
      const { clip, mediaKey, durationS, renditions } = data;
      Object.assign(clips.get(clip), { state: 'published', mediaKey, durationS, renditions });
    } else {
      profile(data.follower).following += 1;
      profile(data.followee).followers += 1;
    }
  }
  return { posts, clips, profiles };
}
