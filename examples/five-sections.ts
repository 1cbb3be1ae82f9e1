/**
 * A client of a running Matinee (`npm start`): prints the five sections of the home page of a user of the data set, likes
 * the first title, and prints what that brings. Arguments: the server's address, the user's index, the generation.
 */
const [url = 'http://localhost:8003', user = '3', generation = ''] = process.argv.slice(2);
const query = `userIdx=${user}${generation && `&generation=${generation}`}`;

interface Row {
  readonly kind: string;
  readonly params: { readonly title?: string; readonly genre?: string };
  readonly items: readonly { readonly itemIdx: number; readonly title: string | null; readonly year: number | null }[];
}

const SECTIONS: Readonly<Record<string, string>> = {
  popular_right_now: 'Popular right now',
  similar_to_your_taste: 'Similar to your taste',
  because_you_watched: 'Because you watched',
  from_your_recent_intent: 'From your recent intent',
  mixed_discovery: 'Mixed discovery',
};

async function call<Body>(path: string, body?: object): Promise<Body> {
  const response = await fetch(url + path, {
    headers: { 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json() as Promise<Body>;
}

/** Prints the rows of each section, five titles a row, and returns the first title. */
async function printSections(only: readonly string[]): Promise<number | undefined> {
  const { rows } = await call<{ rows: readonly Row[] }>(`/api/v1/home?${query}`);
  for (const kind of only) {
    const ofKind = rows.filter((row) => row.kind === kind);
    console.log(`\n${SECTIONS[kind]}${ofKind.length === 0 ? ': nothing yet' : ''}`);
    for (const { params, items } of ofKind) {
      const about = params.title ?? params.genre;
      const titles = items.slice(0, 5).map(({ title, year }) => (year === null ? title : `${title} (${year})`));
      console.log(`  ${about === undefined ? '' : `${about}: `}${titles.join(' · ')}`);
    }
  }
  return rows[0]?.items[0]?.itemIdx;
}

const first = await printSections(Object.keys(SECTIONS));
if (first !== undefined) {
  const { title } = await call<{ title: string | null }>(`/api/v1/items/${first}`);
  await call('/feedback', { user_idx: Number(user), item_idx: first, event: 'like' });
  console.log(`\nUser ${user} likes ${title}.`);
  await printSections(['from_your_recent_intent']);
  await call('/feedback', { user_idx: Number(user), item_idx: first, event: 'undo' });
}
