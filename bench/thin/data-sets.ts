import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Random } from '@matinee/numerics';

/** One event as it stands in the file. */
interface Row {
  readonly user: string;
  readonly item: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly rating?: number;
}

/** A row of the item table. */
interface ItemRow {
  readonly id: string;
  readonly title?: string;
  readonly year?: number;
  readonly genres?: readonly string[];
}

/** The files of a data set before they are written. */
interface Files {
  readonly rows: readonly Row[];
  readonly items?: readonly ItemRow[];
  /** Whether the events have times; default true. */
  readonly hasTimes?: boolean;
}

/** A data set as a first user may bring it. */
export interface ThinDataSet {
  readonly name: string;
  /** Whether it is in the subset that is run often. */
  readonly isSmall?: boolean;
  /** Whether chance has a part in it: several draws then say more than one. */
  readonly isDrawn?: boolean;
  make(random: Random): Files;
}

const START = 1_600_000_000;
const HOUR = 3600;
const DAY = 24 * HOUR;
const GENRES = ['Drama', 'Comedy', 'Action'];

/**
 * People with one of five tastes, who choose by taste and by fame, each title once where there are enough.
 *
 * @param share Events by taste; the rest are by fame alone.
 */
function world(users: number, items: number, events: number, random: Random, share = 0.7): Row[] {
  const met = new Set<string>();
  const rows: Row[] = [];
  while (rows.length < events) {
    const user = random.integer(users);
    const famous = Math.floor(items * random.next() ** 2);
    const item = random.next() < share ? Math.min(items - 1, famous - (famous % 5) + (user % 5)) : famous;
    const key = `${user} ${item}`;
    if (met.has(key) && met.size < users * items * 0.5) continue;
    met.add(key);
    rows.push({ user: `u${user}`, item: `i${item}`, time: START + rows.length * 2 * HOUR });
  }
  return rows;
}

/** The world that most data sets are made of, so that only what is missing differs. */
const people = (random: Random): Row[] => world(60, 80, 1200, random);

function catalogue(describe: (item: number) => Omit<ItemRow, 'id'>, count = 80, prefix = 'i'): ItemRow[] {
  return Array.from({ length: count }, (_, item) => ({ id: `${prefix}${item}`, ...describe(item) }));
}

const titled = (item: number): Omit<ItemRow, 'id'> => ({
  title: `Title ${item}`,
  year: 1980 + (item % 40),
  genres: [GENRES[item % 3] as string],
});

/** An id of each kind that text, numbers and tables bring along. */
function strangeId(id: string): string {
  const number = Number(id.slice(1));
  const kinds = [
    `00${number}`,
    `-${number + 1}`,
    `90071992547409${930 + number}`,
    `Ñandú ${number} 映画`,
    `${number}.0`,
  ];
  return kinds[number % kinds.length] as string;
}

export const DATA_SETS: readonly ThinDataSet[] = [
  {
    name: 'one-event',
    isSmall: true,
    make: () => ({ rows: [{ user: 'u0', item: 'i0', time: START }] }),
  },
  {
    name: 'two-users-one-event-each',
    isSmall: true,
    make: () => ({
      rows: [
        { user: 'u0', item: 'i0', time: START },
        { user: 'u1', item: 'i1', time: START + DAY },
      ],
    }),
  },
  {
    name: 'one-item',
    isSmall: true,
    make: () => ({ rows: steps(60).map((step) => ({ user: `u${step}`, item: 'i0', time: START + step * HOUR })) }),
  },
  {
    name: 'one-user',
    make: () => ({ rows: steps(60).map((step) => ({ user: 'u0', item: `i${step}`, time: START + step * HOUR })) }),
  },
  {
    name: 'one-session',
    make: () => ({ rows: steps(300).map((step) => ({ user: 'u0', item: `i${step % 30}`, time: START + step })) }),
  },
  {
    name: 'one-repeat',
    isSmall: true,
    make: () => ({ rows: steps(500).map((step) => ({ user: 'u0', item: 'i0', time: START + step * HOUR })) }),
  },
  { name: 'no-times', isDrawn: true, isSmall: true, make: (random) => ({ rows: people(random), hasTimes: false }) },
  {
    name: 'all-ties',
    isDrawn: true,
    make: (random) => ({ rows: people(random).map((row) => ({ ...row, time: START })) }),
  },
  {
    name: 'days',
    isDrawn: true,
    make: (random) => ({ rows: people(random).map((row) => ({ ...row, time: row.time - (row.time % (30 * DAY)) })) }),
  },
  { name: 'implicit', isDrawn: true, make: (random) => ({ rows: people(random) }) },
  {
    name: 'ratings',
    isDrawn: true,
    isSmall: true,
    make: (random) => ({
      rows: people(random).map((row) => {
        const isTaste = Number(row.item.slice(1)) % 5 === Number(row.user.slice(1)) % 5;
        return { ...row, rating: 1 + random.integer(3) + (isTaste ? 2 : 0) };
      }),
    }),
  },
  {
    name: 'five-a-user',
    isDrawn: true,
    make: (random) => ({
      rows: steps(240)
        .flatMap((user) =>
          steps(5).map((step) => ({
            user: `u${user}`,
            item: `i${(user % 5) + 5 * ((user + step * step * 3 + random.integer(3)) % 16)}`,
            time: START + user * HOUR + step * 3 * DAY,
          })),
        )
        .sort((a, b) => a.time - b.time),
    }),
  },
  { name: 'noise', isDrawn: true, make: (random) => ({ rows: world(60, 80, 1200, random, 0) }) },
  { name: 'events-3000', isDrawn: true, make: (random) => ({ rows: world(150, 120, 3000, random) }) },
  { name: 'events-50000', make: (random) => ({ rows: world(1500, 800, 50_000, random) }) },
  {
    name: 'no-genres',
    isDrawn: true,
    make: (random) => ({ rows: people(random), items: catalogue((item) => ({ ...titled(item), genres: [] })) }),
  },
  {
    name: 'one-genre',
    isDrawn: true,
    make: (random) => ({ rows: people(random), items: catalogue((item) => ({ ...titled(item), genres: ['Drama'] })) }),
  },
  {
    name: 'no-years',
    isDrawn: true,
    make: (random) => ({
      rows: people(random),
      items: catalogue((item) => ({ title: `Title ${item}`, genres: [GENRES[item % 3] as string] })),
    }),
  },
  {
    name: 'titles-only',
    isDrawn: true,
    make: (random) => ({
      rows: people(random),
      items: catalogue((item) => ({ title: `The ${item} of ${item % 5}` })),
    }),
  },
  { name: 'ids-only', isDrawn: true, make: (random) => ({ rows: people(random), items: catalogue(() => ({})) }) },
  {
    name: 'wide-genres',
    isDrawn: true,
    make: (random) => ({
      rows: people(random),
      items: catalogue((item) => ({ title: `Title ${item}`, genres: steps(5).map((of) => `genre ${item * 5 + of}`) })),
    }),
  },
  {
    name: 'cold-catalogue',
    isDrawn: true,
    make: (random) => ({
      rows: people(random),
      items: [...catalogue(titled), ...catalogue(titled, 3000, 'cold')],
    }),
  },
  {
    name: 'nothing-joins',
    isDrawn: true,
    make: (random) => ({ rows: people(random), items: catalogue(titled, 80, 'other') }),
  },
  {
    name: 'strange-ids',
    isDrawn: true,
    make: (random) => ({
      rows: people(random).map((row) => ({ ...row, user: strangeId(row.user), item: strangeId(row.item) })),
      items: catalogue(titled).map((item) => ({ ...item, id: strangeId(item.id) })),
    }),
  },
];

function steps(count: number): number[] {
  return Array.from({ length: count }, (_, step) => step);
}

/** Writes the files of a data set with the `matinee.json` that reads them. */
export function writeDataSet(folder: string, { name, make }: ThinDataSet, random: Random): void {
  const { rows, items: itemRows, hasTimes = true } = make(random);
  const columns = [
    { key: 'user', textOf: (row: Row) => row.user },
    { key: 'item', textOf: (row: Row) => row.item },
    ...(hasTimes ? [{ key: 'time', textOf: (row: Row) => String(row.time) }] : []),
    ...(rows[0]?.rating === undefined ? [] : [{ key: 'value', textOf: (row: Row) => String(row.rating) }]),
  ];
  const lines = rows.map((row) => columns.map(({ textOf }) => textOf(row)).join(','));
  writeFileSync(path.join(folder, 'events.csv'), `${columns.map(({ key }) => key).join(',')}\n${lines.join('\n')}\n`);
  const interactions = { file: 'events.csv', ...Object.fromEntries(columns.map(({ key }) => [key, key])) };
  const columnsOfItems = Object.keys(itemRows?.[0] ?? {});
  const table = { file: 'items.jsonl', ...Object.fromEntries(columnsOfItems.map((key) => [key, key])) };
  if (itemRows !== undefined) {
    writeFileSync(path.join(folder, 'items.jsonl'), itemRows.map((item) => `${JSON.stringify(item)}\n`).join(''));
  }
  const mapping = { name, interactions, ...(itemRows === undefined ? {} : { items: table }) };
  writeFileSync(path.join(folder, 'matinee.json'), JSON.stringify(mapping));
}
