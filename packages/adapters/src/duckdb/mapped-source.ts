import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EVENT_TYPES, type EventType } from '@matinee/models/data';
import { defined, MatineeError } from '@matinee/numerics';
import { FACT_COLUMNS, type FactColumn } from '@matinee/recommender';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { DataSource, TableFormat } from './data-source.ts';

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
  encoding: Type.Optional(Type.Union([Type.Literal('utf-8'), Type.Literal('latin-1')])),
};

/** Schema of `matinee.json`, which maps the columns of the user's own files. Unknown keys are errors. */
const Mapping = Type.Object(
  {
    name: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' })),
    interactions: Type.Object(
      {
        ...Table,
        user: Column,
        item: Column,
        time: Column,
        timeUnit: Type.Optional(
          Type.Union([Type.Literal('seconds'), Type.Literal('milliseconds'), Type.Literal('iso')]),
        ),
        value: Type.Optional(Column),
        valueRange: Type.Optional(Type.Tuple([Type.Number(), Type.Number()])),
        type: Type.Optional(Column),
        eventTypes: Type.Optional(Type.Record(Type.String(), Type.String())),
        defaultType: Type.Optional(Type.String()),
      },
      closed,
    ),
    items: Type.Optional(
      Type.Object(
        {
          ...Table,
          id: Column,
          title: Type.Optional(Column),
          year: Type.Optional(Column),
          genres: Type.Optional(Column),
          genreSeparator: Type.Optional(Type.String({ minLength: 1 })),
          poster: Type.Optional(Column),
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
  const mapping = parseMapping(readFileSync(file, 'utf8'));
  const { interactions, items } = mapping;
  checkReferences(interactions);
  const columns = {
    user: String(interactions.user),
    item: String(interactions.item),
    time: String(interactions.time),
    ...defined({ value: columnName(interactions.value), type: columnName(interactions.type) }),
  };
  const eventTypes: Record<string, EventType> = {};
  for (const [name, type] of Object.entries(interactions.eventTypes ?? {})) {
    eventTypes[name] = parseEventType(type, `interactions.eventTypes.${name}`);
  }
  // Without a dictionary, the column must contain the names of EVENT_TYPES.
  if (Object.keys(eventTypes).length === 0) for (const type of EVENT_TYPES) eventTypes[type] = type;
  return {
    name: mapping.name ?? path.basename(folder),
    kind: 'mapped',
    interactions: {
      file: resolveTable(folder, interactions.file, 'interactions.file'),
      format: tableFormat(interactions, 'interactions'),
      columns,
      timeUnit: interactions.timeUnit ?? 'seconds',
      ...defined({ valueRange: interactions.valueRange }),
      defaultType: parseEventType(
        interactions.defaultType ?? (columns.value === undefined ? 'watch' : 'rate'),
        'interactions.defaultType',
      ),
      eventTypes,
    },
    ...defined({ items: items && itemSource(folder, items) }),
  };
}

/** Throws for keys that contradict each other or need a key that is absent. */
function checkReferences({ type, eventTypes, defaultType, value, valueRange }: Mapping['interactions']): void {
  const refuse = (key: string, why: string): never => {
    throw new MatineeError('BAD_MAPPING', `${MAPPING_FILE}, interactions.${key}: ${why}`);
  };
  if (eventTypes !== undefined && type === undefined)
    refuse('eventTypes', 'needs "type", the column that it describes');
  if (defaultType !== undefined && type !== undefined) refuse('defaultType', 'is for files without a "type" column');
  if (valueRange === undefined) return;
  if (value === undefined) refuse('valueRange', 'needs "value", the column that it bounds');
  if (valueRange[0] > valueRange[1]) refuse('valueRange', `${valueRange[0]} is above ${valueRange[1]}`);
}

function itemSource(folder: string, items: NonNullable<Mapping['items']>): NonNullable<DataSource['items']> {
  return {
    file: resolveTable(folder, items.file, 'items.file'),
    format: tableFormat(items, 'items'),
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
  };
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

function resolveTable(folder: string, file: string, field: string): string {
  const resolved = path.resolve(folder, file);
  if (!existsSync(resolved)) throw new MatineeError('BAD_MAPPING', `${MAPPING_FILE}, ${field}: no file ${resolved}`);
  return resolved;
}

function tableFormat(table: Mapping['interactions'] | NonNullable<Mapping['items']>, field: string): TableFormat {
  const ending = /\.(csv|tsv|jsonl|ndjson|parquet)(\.gz)?$/.exec(table.file)?.[1];
  const kind =
    table.format ?? { csv: 'csv', tsv: 'csv', jsonl: 'jsonl', ndjson: 'jsonl', parquet: 'parquet' }[ending ?? ''];
  if (kind === 'jsonl') return { kind };
  if (kind === 'parquet') return { kind };
  if (kind !== 'csv') {
    throw new MatineeError(
      'BAD_MAPPING',
      `${MAPPING_FILE}, ${field}.format: set it to csv, jsonl or parquet; ` +
        `the ending of "${table.file}" is none of these`,
    );
  }
  return {
    kind: 'csv',
    delimiter: table.delimiter ?? (ending === 'tsv' ? '\t' : ','),
    header: table.header ?? true,
    encoding: table.encoding ?? 'utf-8',
  };
}
