import path from 'node:path';
import type { EventType } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import { readMaturity } from '@matinee/recommender';
import { timeAdvice, unitOf } from './find-warnings.ts';
import { openDuckDb, sqlText } from './open-duckdb.ts';
import { sampleTable, type TableSample } from './sample-table.ts';

/** A mapping for a file, and what was seen in it. */
export interface MappingProposal {
  /** The content of a `matinee.json` beside the file; without `interactions` if the file holds items. */
  readonly mapping: Readonly<Record<string, unknown>>;
  /** Each column with its meaning, if it has one, and an example. */
  readonly columns: readonly { readonly name: string; readonly meaning: string; readonly example: string }[];
  /** What is strange, and what was guessed. */
  readonly notes: readonly string[];
}

/** Names of columns, in small letters without separators, that stand for one thing in files people have. */
const EVENT_NAMES = {
  user: 'user|userid|uid|useridx|customer|customerid|client|clientid|reviewerid|username|visitor|visitorid|account|accountid|member|memberid|profile|profileid|person|personid|who|kunde|kundeid|u',
  item: 'item|itemid|iid|movie|movieid|film|filmid|product|productid|parentasin|asin|isbn|book|bookid|artist|artistid|track|trackid|song|songid|sku|article|articleid|artikel|video|videoid|show|showid|game|gameid|appid|what|i',
  time: 'timestamp|time|date|datetime|ts|at|when|unixreviewtime|dateadded|createdat|eventtime|zeit|datum|t',
  value: 'rating|score|stars|overall|bookrating|value|v',
  type: 'event|eventtype|action|type|behavior|behaviour|kind|isread|did',
} as const;
const ITEM_NAMES = {
  id: `id|key|tconst|${EVENT_NAMES.item}`,
  title: 'title|name|appname|booktitle|primarytitle|movietitle|originaltitle|titel|n',
  year: 'year|releaseyear|publicationyear|originalpublicationyear|yearofpublication|startyear|releasedate|released|jahr|y',
  genres: 'genres|genre|categories|category|g|tags|tag',
  poster: 'poster|posterurl|image|imageurl|imurl|cover|coverurl|p',
} as const;
/** Ages and maturity ratings; a column of another name is known by its cells. */
const MATURITY_NAMES =
  'maturity|maturityrating|agerating|ratingage|age|agelimit|minage|minimumage|mpaa|mpaarating|contentrating|certificate|certification|classification|parentalrating|fsk|usk|pegi|altersfreigabe|alter';

/** What words for events mean. Other words are left out until a person says what they mean. */
const MEANINGS: readonly (readonly [RegExp, EventType])[] = [
  [/dislike|thumbs?.?down|downvote/i, 'dislike'],
  [/like|thumbs?.?up|upvote|fav|love/i, 'like'],
  [/skip/i, 'skip'],
  [/impression|shown|display|^show$/i, 'impression'],
  [/^(?:rate|rating|rated)$/i, 'rate'],
  [/play|watch|view|listen|stream|read|complete|^true$/i, 'watch'],
  [/click|open|purchase|buy|bought|cart|transaction|order|save|shelf|^false$/i, 'click'],
];
/** Words that take an event back. */
const UNDOES = /^(?:un|remove|delete)/i;
/** Ways to write a time that are neither a number nor ISO 8601. */
const TIME_FORMATS = [
  '%a %b %d %H:%M:%S %z %Y',
  '%d.%m.%Y %H:%M:%S',
  '%d.%m.%Y %H:%M',
  '%d.%m.%Y',
  '%d-%b-%Y',
  '%d/%m/%Y %H:%M:%S',
  '%d/%m/%Y %H:%M',
  '%d/%m/%Y',
  '%m/%d/%Y %H:%M:%S',
  '%m/%d/%Y %H:%M',
  '%m/%d/%Y',
  '%B %d, %Y',
  '%Y%m%d',
];
const MOST_EVENT_TYPES = 12;
const DECIMAL_COMMA = /^-?\d*,\d+$/;

/**
 * Looks at the first rows of a table and proposes how to read it. The meaning of a column is found by its name, or by
 * its cells where there is no header.
 *
 * @param scratchFolder Where DuckDB may write.
 * @throws {MatineeError} `NOT_FOUND`; `BAD_SOURCE`, also when no column can be a user and an item, or an id.
 */
export async function proposeMapping(file: string, scratchFolder: string): Promise<MappingProposal> {
  const sample = await sampleTable(file, scratchFolder);
  const hasHeader = sample.names.some((name) => typeof name === 'string');
  const events = hasHeader ? findByName(sample, EVENT_NAMES) : findByCells(sample);
  const base = { file: path.basename(file), ...sample.keys };
  if (events['user'] !== undefined && events['item'] !== undefined) {
    const { keys, notes } = await describeEvents(sample, events, scratchFolder);
    const named = namesAt(sample, events);
    if (keys['time'] === null) delete named['time'];
    const { time: _time, ...more } = keys;
    return {
      mapping: { interactions: { ...base, ...named, ...more } },
      columns: describeColumns(sample, events),
      notes: [...sample.notes, ...notes],
    };
  }
  const items = findByName(sample, ITEM_NAMES);
  if (hasHeader && items['id'] !== undefined) {
    const { at: maturity, notes } = findMaturity(sample, items);
    const found = { ...items, maturity };
    return {
      mapping: { items: { ...base, ...namesAt(sample, found) } },
      columns: describeColumns(sample, found),
      notes: [...sample.notes, ...notes],
    };
  }
  throw new MatineeError(
    'BAD_SOURCE',
    `${file}: no columns are recognised as user and item; it has ${sample.names.join(', ')}. Write the matinee.json by hand, as docs/data.md says`,
  );
}

/** Positions of columns by meaning. */
type Positions = Readonly<Record<string, number | undefined>>;

function findByName({ names, rows }: TableSample, meanings: Readonly<Record<string, string>>): Positions {
  const taken = new Set<number>();
  const plain = names.map((name) =>
    String(name)
      .toLowerCase()
      .replace(/[^\p{L}\d]/gu, ''),
  );
  const isFilled = (at: number): boolean => rows.length === 0 || rows.some((row) => row[at] !== undefined);
  return Object.fromEntries(
    Object.entries(meanings).map(([meaning, list]) => {
      const found = list
        .split('|')
        .map((name) => plain.findIndex((each, at) => each === name && !taken.has(at) && isFilled(at)))
        .find((at) => at >= 0);
      if (found !== undefined) taken.add(found);
      return [meaning, found];
    }),
  );
}

/**
 * Finds the column of ages or maturity ratings: all its cells can be read as one, and its name or its labels say so. A
 * column with other cells is noted and left out, since titles whose age cannot be read are put into quarantine.
 */
function findMaturity(
  sample: TableSample,
  items: Positions,
): { readonly at: number | undefined; readonly notes: readonly string[] } {
  const taken = new Set(Object.values(items));
  const byName = findByName(sample, { ...ITEM_NAMES, maturity: MATURITY_NAMES })['maturity'];
  const cellsAt = (at: number): readonly string[] => sample.rows.flatMap((row) => row[at] ?? []);
  const byCells = [...sample.names.keys()].filter((at) => !taken.has(at) && hasLabels(cellsAt(at)));
  const candidates = byName === undefined ? byCells : [byName, ...byCells.filter((at) => at !== byName)];
  const isReadable = (at: number): boolean => cellsAt(at).every((cell) => readMaturity(cell) !== undefined);
  const at = candidates.find(isReadable);
  const [doubtful] = at === undefined ? candidates.filter((each) => hasLabels(cellsAt(each))) : [];
  if (doubtful === undefined) return { at, notes: [] };
  const unreadable = cellsAt(doubtful).find((cell) => readMaturity(cell) === undefined);
  return {
    at,
    notes: [
      `column "${sample.names[doubtful]}" looks like maturity ratings, but "${unreadable}" is none that can be read: ` +
        'empty such cells, which means an unknown age, and add the column as "maturity"',
    ],
  };
}

/** Whether most of the cells are labels of maturity, and not all are numbers. */
function hasLabels(cells: readonly string[]): boolean {
  const known = cells.filter((cell) => readMaturity(cell) !== undefined);
  const labels = new Set(known.filter((cell) => !/^\d+$/.test(cell.trim())));
  // A single letter such as R may mean anything.
  const isDistinct = labels.size >= 2 || [...labels].some((label) => /[-+ ]/.test(label.trim()));
  return isDistinct && known.length * 2 > cells.length;
}

/** Finds events in a table without header: the first two columns that are neither time, rating nor type are the ids. */
function findByCells({ names, rows, keys }: TableSample): Positions {
  const columns = names.map((_, at) => rows.flatMap((row) => row[at] ?? []));
  const rest = new Set(names.keys());
  const take = (isWanted: (cells: readonly string[], at: number) => boolean): number | undefined => {
    const found = [...rest].find((at) => (columns[at]?.length ?? 0) > 0 && isWanted(columns[at] ?? [], at));
    if (found !== undefined) rest.delete(found);
    return found;
  };
  const time = take((cells) => cells.every((cell) => timeAdvice(cell) !== undefined));
  const isSmall = (cell: string): boolean => /^\d(?:[.,]\d+)?$|^10$/.test(cell);
  const value = take((cells, at) => at >= 2 && cells.every(isSmall) && new Set(cells).size > 1);
  const type = take(
    (cells, at) =>
      at >= 1 &&
      cells.every((cell) => MEANINGS.some(([words]) => words.test(cell)) && !/^\d/.test(cell)) &&
      new Set(cells).size <= MOST_EVENT_TYPES,
  );
  // In blocks, the first column is the item that a block names.
  const block = keys['blocks'] === true ? take(() => true) : undefined;
  const user = take(() => true);
  const item = block ?? take(() => true);
  return { user, item, time, value, type };
}

function namesAt({ names }: TableSample, positions: Positions): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(positions).flatMap(([meaning, at]) =>
      at === undefined ? [] : [[meaning, names[at] as string | number]],
    ),
  );
}

function describeColumns({ names, rows }: TableSample, positions: Positions): MappingProposal['columns'] {
  const meanings = new Map(Object.entries(positions).map(([meaning, at]) => [at, meaning]));
  return names.map((name, at) => ({
    name: String(name),
    meaning: meanings.get(at) ?? '',
    example: (rows.find((row) => row[at] !== undefined)?.[at] ?? '').slice(0, 60),
  }));
}

interface EventKeys {
  /** Keys for the mapping; `time: null` if the times cannot be read. */
  readonly keys: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

async function describeEvents(sample: TableSample, positions: Positions, scratchFolder: string): Promise<EventKeys> {
  const cells = (meaning: string): readonly string[] => {
    const at = positions[meaning];
    return at === undefined ? [] : sample.rows.flatMap((row) => row[at] ?? []);
  };
  const time = positions['time'] === undefined ? noTimes() : await describeTimes(cells('time'), scratchFolder);
  const types = describeTypes(cells('type'), positions['type'] !== undefined);
  const values = cells('value');
  const comma = values.find((value) => DECIMAL_COMMA.test(value));
  const valueName = sample.names[positions['value'] ?? -1];
  const commaNotes =
    comma === undefined
      ? []
      : [`column "${valueName}" writes decimals with a comma, as in ${comma}: they are read with "decimal": ","`];
  const zeros = values.filter((value) => Number(value) === 0).length;
  const valueNotes =
    zeros > 0 ? [`${zeros} of ${values.length} values are 0: if that means none, leave "value" out`] : [];
  const pairs = new Set(sample.rows.map((row) => `${row[positions['user'] ?? 0]}\n${row[positions['item'] ?? 0]}`));
  const repeats = sample.rows.length - pairs.size;
  const repeatNotes =
    repeats * 4 > sample.rows.length
      ? [`${repeats} of ${sample.rows.length} rows repeat user and item: "repeats": "first" keeps one of each`]
      : [];
  return {
    keys: { ...time.keys, ...types.keys, ...(comma !== undefined && { decimal: ',' }) },
    notes: [...time.notes, ...types.notes, ...commaNotes, ...valueNotes, ...repeatNotes],
  };
}

function noTimes(): EventKeys {
  return { keys: {}, notes: ['there is no column of times: the order of a history will say nothing'] };
}

async function describeTimes(times: readonly string[], temporaryFolder: string): Promise<EventKeys> {
  const numbers = times.map(Number);
  if (numbers.every(Number.isFinite) && times.every((time) => !/^\d{8}$/.test(time))) {
    const units = [...new Set(numbers.map(unitOf))];
    const [unit] = units;
    if (units.length === 1 && unit !== undefined)
      return { keys: unit === 'seconds' ? {} : { timeUnit: unit }, notes: [] };
    return { keys: {}, notes: ['the times are no times since 1970 in one unit: only their order can be used'] };
  }
  if (times.every((time) => /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?$/.test(time)))
    return { keys: { timeUnit: 'iso' }, notes: [] };
  const fitting = await fittingFormats(times.slice(0, 500), temporaryFolder);
  const [format] = fitting;
  if (format === undefined) {
    return {
      keys: { time: null },
      notes: [`times like "${times[0]}" cannot be read and are left out; set "timeFormat"`],
    };
  }
  const doubt = fitting.length > 1 ? [`times like "${times[0]}" may also be ${fitting.slice(1).join(' or ')}`] : [];
  return { keys: { timeFormat: format }, notes: doubt };
}

/** Returns the formats in which all of the times can be read. */
async function fittingFormats(times: readonly string[], temporaryFolder: string): Promise<readonly string[]> {
  if (times.length === 0) return [];
  const db = await openDuckDb({ memoryLimitMb: 200, threads: 1, temporaryFolder });
  try {
    const list = `[${times.map(sqlText).join(', ')}]`;
    const columns = TIME_FORMATS.map(
      (format, at) => `len(list_filter(${list}, lambda t: try_strptime(t, ${sqlText(format)}) IS NULL)) AS f${at}`,
    );
    const [row] = await db.rows(`SELECT ${columns.join(', ')}`);
    return TIME_FORMATS.filter((_, at) => Number(row?.[`f${at}`]) === 0);
  } finally {
    db.close();
  }
}

function describeTypes(types: readonly string[], hasTypes: boolean): EventKeys {
  if (!hasTypes) return { keys: {}, notes: [] };
  const words = [...new Set(types)].slice(0, MOST_EVENT_TYPES).sort();
  const meanings = words.map((word): [string, EventType | null] => {
    const meaning = MEANINGS.find(([pattern]) => pattern.test(word))?.[1];
    return [word, meaning === undefined || UNDOES.test(word) ? null : meaning];
  });
  const unknown = meanings.filter(([, meaning]) => meaning === null).map(([word]) => JSON.stringify(word));
  return {
    keys: { eventTypes: Object.fromEntries(meanings) },
    notes: [
      'the event types of the first rows are guessed; other types would be put into quarantine',
      ...(unknown.length > 0 ? [`left out until you say what they mean: ${unknown.join(', ')}`] : []),
    ],
  };
}
