import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EVENT_TYPES, type EventType } from '@matinee/models/data';
import { defined, MatineeError } from '@matinee/numerics';
import { FACT_COLUMNS, type FactColumn } from '@matinee/recommender';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import {
  type DataSource,
  type InteractionSource,
  type ItemSource,
  type Quotes,
  type TableFormat,
  type TableSource,
  TIME_UNITS,
} from './data-source.ts';
import { findParts } from './source-parts.ts';
import { decodeText, encodingOf } from './text-encoding.ts';

export const MAPPING_FILE = 'matinee.json';

const closed = { additionalProperties: false };
const Column = Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 0 })]);
const Table = {
  /** Relative to the mapping file. */
  file: Type.String({ minLength: 1 }),
  /** Derived from the file's ending if absent. */
  format: Type.Optional(Type.Union([Type.Literal('csv'), Type.Literal('jsonl'), Type.Literal('parquet')])),
  delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 4 })),
  header: Type.Optional(Type.Boolean()),
  encoding: Type.Optional(Type.String({ minLength: 1 })),
  quotes: Type.Optional(Type.Boolean()),
  columnCount: Type.Optional(Type.Integer({ minimum: 1 })),
};

/** Schema of `matinee.json`, which maps the columns of the user's own files. Unknown keys are errors. */
const Mapping = Type.Object(
  {
    name: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' })),
    interactions: Type.Optional(
      Type.Object(
        {
          ...Table,
          user: Column,
          item: Column,
          blocks: Type.Optional(Type.Boolean()),
          time: Type.Optional(Column),
          timeUnit: Type.Optional(Type.Union(TIME_UNITS.map((unit) => Type.Literal(unit)))),
          timeFormat: Type.Optional(Type.String({ minLength: 1 })),
          value: Type.Optional(Column),
          valueRange: Type.Optional(Type.Tuple([Type.Number(), Type.Number()])),
          decimal: Type.Optional(Type.Union([Type.Literal('.'), Type.Literal(',')])),
          type: Type.Optional(Column),
          eventTypes: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))),
          defaultType: Type.Optional(Type.String()),
          repeats: Type.Optional(Type.Union([Type.Literal('all'), Type.Literal('first'), Type.Literal('last')])),
        },
        closed,
      ),
    ),
    items: Type.Optional(
      Type.Object(
        {
          ...Table,
          id: Column,
          title: Type.Optional(Column),
          year: Type.Optional(Column),
          genres: Type.Optional(Column),
          genreColumns: Type.Optional(Type.Record(Type.String(), Type.String({ minLength: 1 }))),
          genreSeparator: Type.Optional(Type.String({ minLength: 1 })),
          poster: Type.Optional(Column),
          attributeTables: Type.Optional(
            Type.Array(
              Type.Object(
                {
                  ...Table,
                  id: Column,
                  collect: Type.Optional(Type.Object({ column: Column, name: Type.String({ minLength: 1 }) }, closed)),
                },
                closed,
              ),
            ),
          ),
          ...Object.fromEntries(FACT_COLUMNS.map((name) => [name, Type.Optional(Column)])),
        },
        closed,
      ),
    ),
  },
  closed,
);
type Mapping = Static<typeof Mapping>;

/**
 * Reads the `matinee.json` of a folder. Returns undefined if there is none.
 *
 * @throws {MatineeError} `BAD_MAPPING` naming the field and what it must be.
 */
export function readMappedSource(folder: string): DataSource | undefined {
  const file = path.join(folder, MAPPING_FILE);
  if (!existsSync(file)) return undefined;
  const mapping = parseMapping(decodeText(readFileSync(file), 'utf-8'));
  const { interactions, items } = mapping;
  if (interactions === undefined && items === undefined) {
    throw new MatineeError(
      'BAD_MAPPING',
      `${MAPPING_FILE} has neither "interactions" nor "items"; name a table to read`,
    );
  }
  return {
    name: mapping.name ?? path.basename(folder),
    kind: 'mapped',
    folder,
    ...defined({
      interactions: interactions && interactionSource(folder, interactions),
      items: items && itemSource(folder, items),
    }),
  };
}

type InteractionMapping = NonNullable<Mapping['interactions']>;

function interactionSource(folder: string, interactions: InteractionMapping): InteractionSource {
  checkReferences(interactions);
  const columns = {
    user: String(interactions.user),
    item: String(interactions.item),
    ...defined({
      time: columnName(interactions.time),
      value: columnName(interactions.value),
      type: columnName(interactions.type),
    }),
  };
  const eventTypes: Record<string, EventType | null> = {};
  for (const [name, type] of Object.entries(interactions.eventTypes ?? {})) {
    eventTypes[name] = type === null ? null : parseEventType(type, `interactions.eventTypes.${name}`);
  }
  // Without a dictionary, the column must contain the names of EVENT_TYPES.
  if (Object.keys(eventTypes).length === 0) for (const type of EVENT_TYPES) eventTypes[type] = type;
  return {
    ...tableSource(folder, interactions, 'interactions'),
    columns,
    ...defined({
      timeUnit: interactions.timeUnit,
      timeFormat: interactions.timeFormat,
      valueRange: interactions.valueRange,
    }),
    ...(interactions.decimal === ',' && { hasDecimalComma: true as const }),
    repeats: interactions.repeats ?? 'all',
    defaultType: parseEventType(
      interactions.defaultType ?? (columns.value === undefined ? 'watch' : 'rate'),
      'interactions.defaultType',
    ),
    eventTypes,
  };
}

/** Throws for keys that contradict each other or need a key that is absent. */
function checkReferences(interactions: InteractionMapping): void {
  const { type, eventTypes, defaultType, value, valueRange, decimal, time, timeUnit, timeFormat, blocks, header } =
    interactions;
  const refuse = (key: string, why: string): never => {
    throw new MatineeError('BAD_MAPPING', `${MAPPING_FILE}, interactions.${key}: ${why}`);
  };
  if (eventTypes !== undefined && type === undefined)
    refuse('eventTypes', 'needs "type", the column that it describes');
  if (defaultType !== undefined && type !== undefined) refuse('defaultType', 'is for files without a "type" column');
  if (timeUnit !== undefined && time === undefined) refuse('timeUnit', 'needs "time", the column that it describes');
  if (timeFormat !== undefined && time === undefined)
    refuse('timeFormat', 'needs "time", the column that it describes');
  if (timeFormat !== undefined && timeUnit !== undefined) refuse('timeFormat', 'takes the place of timeUnit; keep one');
  if (blocks === true && header !== false) refuse('blocks', 'needs "header": false');
  if (decimal !== undefined && value === undefined) refuse('decimal', 'needs "value", the column that it describes');
  if (valueRange === undefined) return;
  if (value === undefined) refuse('valueRange', 'needs "value", the column that it bounds');
  if (valueRange[0] > valueRange[1]) refuse('valueRange', `${valueRange[0]} is above ${valueRange[1]}`);
}

function itemSource(folder: string, items: NonNullable<Mapping['items']>): NonNullable<DataSource['items']> {
  return {
    ...tableSource(folder, items, 'items'),
    columns: {
      id: String(items.id),
      ...defined({
        title: columnName(items.title),
        year: columnName(items.year),
        genres: columnName(items.genres),
        poster: columnName(items.poster),
      }),
      ...factColumns(items),
    },
    genreSeparator: items.genreSeparator ?? '|',
    ...defined({ genreColumns: items.genreColumns, attributeTables: attributeTables(folder, items) }),
  };
}

function attributeTables(folder: string, items: NonNullable<Mapping['items']>): ItemSource['attributeTables'] {
  return items.attributeTables?.map(({ id, collect, ...table }, at) => ({
    ...tableSource(folder, table, `items.attributeTables.${at}`),
    id: String(id),
    ...defined({ collect: collect && { column: String(collect.column), name: collect.name } }),
  }));
}

function columnName(column: string | number | undefined): string | undefined {
  return column === undefined ? undefined : String(column);
}

function factColumns(items: NonNullable<Mapping['items']>): Partial<Record<FactColumn, string>> {
  const named = items as Partial<Record<FactColumn, string | number>>;
  return Object.fromEntries(
    FACT_COLUMNS.filter((name) => named[name] !== undefined).map((name) => [name, String(named[name])]),
  );
}

function parseMapping(text: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MatineeError('BAD_MAPPING', `${MAPPING_FILE} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
  if (Value.Check(Mapping, value)) return value;
  throw new MatineeError('BAD_MAPPING', `${MAPPING_FILE}, ${describeError([...Value.Errors(Mapping, value)])}`);
}

/** Describes the first error in one sentence. A choice has one error for each allowed value. */
function describeError(
  errors: readonly { instancePath: string; keyword: string; message: string; params: object }[],
): string {
  const [first] = errors;
  const field = first?.instancePath.slice(1).replaceAll('/', '.') || 'the whole file';
  // A closed object reports an unknown key as a value that no schema allows.
  if (first?.keyword === 'boolean') return `${field}: there is no such key; see docs/data.md`;
  const allowed = errors
    .filter((error) => error.instancePath === first?.instancePath && error.keyword === 'const')
    .map((error) => JSON.stringify((error.params as { allowedValue: unknown }).allowedValue));
  if (allowed.length > 0) return `${field}: must be one of ${allowed.join(', ')}`;
  return `${field}: ${first?.message ?? 'is not valid'}`;
}

function parseEventType(name: string, field: string): EventType {
  const type = EVENT_TYPES.find((each) => each === name);
  if (type === undefined) {
    throw new MatineeError('BAD_MAPPING', `${MAPPING_FILE}, ${field}: "${name}" is none of ${EVENT_TYPES.join(', ')}`);
  }
  return type;
}

type AttributeMapping = NonNullable<NonNullable<Mapping['items']>['attributeTables']>[number];
type MappedTable = InteractionMapping | NonNullable<Mapping['items']> | Omit<AttributeMapping, 'id' | 'collect'>;

function tableSource(folder: string, table: MappedTable, field: string): TableSource {
  const file = path.resolve(folder, table.file);
  const parts = findParts(file);
  const [first] = parts;
  if (first === undefined) {
    const found = existsSync(file) ? `no table in the folder ${file}` : `no file ${file}`;
    throw new MatineeError('BAD_MAPPING', `${MAPPING_FILE}, ${field}.file: ${found}`);
  }
  return { file, parts, format: tableFormat(table, field, first) };
}

/** @param first The first file of the table, whose ending tells the format if the mapping does not. */
function tableFormat(table: MappedTable, field: string, first: string): TableFormat {
  const ending = /\.(csv|tsv|jsonl|ndjson|parquet)(\.gz)?$/.exec(first)?.[1];
  const kind =
    table.format ?? { csv: 'csv', tsv: 'csv', jsonl: 'jsonl', ndjson: 'jsonl', parquet: 'parquet' }[ending ?? ''];
  const encoding = encodingOf(table.encoding ?? 'utf-8');
  if (encoding === undefined) {
    throw new MatineeError(
      'BAD_MAPPING',
      `${MAPPING_FILE}, ${field}.encoding: there is no encoding "${table.encoding}"; known are utf-8, utf-16, ` +
        'windows-1252, shift_jis and the other names of the Encoding Standard',
    );
  }
  if (kind === 'jsonl') return { kind, encoding };
  if (kind === 'parquet') return { kind };
  if (kind !== 'csv') {
    throw new MatineeError(
      'BAD_MAPPING',
      `${MAPPING_FILE}, ${field}.format: set it to csv, jsonl or parquet; ` +
        `the ending of "${path.basename(first)}" is none of these`,
    );
  }
  const delimiter = table.delimiter ?? (ending === 'tsv' ? '\t' : ',');
  return {
    kind: 'csv',
    delimiter,
    header: table.header ?? true,
    encoding,
    quotes: quotesOf(table.quotes, delimiter),
    ...defined({ columnCount: table.columnCount, blocks: 'blocks' in table ? table.blocks : undefined }),
  };
}

/** In a text with tabs, quotes are usually ordinary characters, but some programs write quoted fields. */
function quotesOf(quotes: boolean | undefined, delimiter: string): Quotes {
  if (quotes === false) return 'none';
  return quotes === undefined && delimiter === '\t' ? 'loose' : 'strict';
}
