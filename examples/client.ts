/** A client of a running Matinee (`npm start`): a new visitor likes the first title; what changes in the list? */
const url = process.argv[2] ?? 'http://localhost:8003';

/** @param secret Opens the visitor whom the request is for. */
async function call<Body>(path: string, body?: object, secret?: string): Promise<Body> {
  const response = await fetch(url + path, {
    headers: { 'content-type': 'application/json', ...(secret === undefined ? {} : { 'x-matinee-visitor': secret }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json() as Promise<Body>;
}

interface Recommended {
  readonly items: readonly {
    readonly item_idx: number;
    readonly title: string;
    readonly reason: string;
  }[];
}

const { userIdx, secret } = await call<{ userIdx: number; secret: string }>('/api/v1/users', {});
const list = () => call<Recommended>(`/recommend?user_idx=${userIdx}&k=10`, undefined, secret);

const { items: before } = await list();
const [liked] = before;
await call('/feedback', { user_idx: userIdx, item_idx: liked.item_idx, event: 'like' }, secret);
const { items: after } = await list();

console.log(`visitor ${userIdx} likes ${liked.title}`);
const known = new Set(before.map(({ item_idx }) => item_idx));
for (const { item_idx, title, reason } of after) {
  console.log(`${known.has(item_idx) ? ' ' : '+'} ${title} (${reason})`);
}
