import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CandidateRow } from '@matinee/models/candidates';
import { createVocabulary } from '@matinee/models/data';
import type { EvaluationQuery } from '@matinee/models/splits';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CandidateTableContext, openCandidateTable } from './candidate-table.ts';
import { openDuckDb, sqlText } from './open-duckdb.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-candidates-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const queryOf = (userIndex: number, targets: readonly number[]): EvaluationQuery => ({
  userIndex,
  asOf: 1_000_000_000.5,
  history: {
    itemIndices: Int32Array.of(0),
    timestamps: Float64Array.of(1),
    weights: Float32Array.of(1),
  },
  targets: Int32Array.from(targets),
});

const context: CandidateTableContext = {
  users: createVocabulary(['ann', "o'hara"]),
  items: createVocabulary(['f1', 'f2', 'f3']),
  sources: ['a', 'b'],
  queries: [queryOf(1, [2]), queryOf(0, [1, 2])],
};

const rowOf = (query: number, source: number, itemIndex: number, rank: number): CandidateRow => ({
  query,
  itemIndex,
  source,
  score: 0.5,
  rank,
  contributors: rank === 1 ? [{ itemIndex: 0, contribution: 0.25 }] : undefined,
  blendScore: 0.75,
  blendRank: rank,
  isTarget: itemIndex === 2,
});

async function rowsOf(file: string): Promise<readonly Record<string, unknown>[]> {
  const db = await openDuckDb({ memoryLimitMb: 200, threads: 1, temporaryFolder: folder });
  try {
    return await db.rows(`SELECT * FROM read_parquet(${sqlText(file)})`);
  } finally {
    db.close();
  }
}

describe('openCandidateTable', () => {
  it('writes rows with the ids of the data, and counts the rows of the file', async () => {
    const table = await openCandidateTable(path.join(folder, 'parts'), context);
    await table.writePart([rowOf(0, 0, 2, 1), rowOf(0, 1, 1, 2)]);
    await table.writePart([]);
    const file = path.join(folder, 'candidates.parquet');
    const summary = await table.finish(file);
    expect(summary).toEqual({
      rowCount: 2,
      meanUnionSize: 1,
      hits: [{ query: 0, source: 'a', itemIndex: 2, rank: 1, blendRank: 1 }],
    });
    const [first, second] = await rowsOf(file);
    expect(first).toEqual({
      query: 0,
      user_id: "o'hara",
      as_of: 1_000_000_000.5,
      item_id: 'f3',
      source: 'a',
      score: 0.5,
      rank: 1,
      contributors: [{ item_id: 'f1', contribution: 0.25 }],
      blend_score: 0.75,
      blend_rank: 1,
      is_target: true,
    });
    expect(second).toMatchObject({ item_id: 'f2', source: 'b', contributors: null, is_target: false });
    table.discard();
    table.close();
    expect(readdirSync(folder)).toEqual(['candidates.parquet']);
  });

  it('writes every query, including one without candidates', async () => {
    const table = await openCandidateTable(path.join(folder, 'parts'), context);
    const file = path.join(folder, 'queries.parquet');
    await table.writeQueries(file);
    table.close();
    expect(await rowsOf(file)).toEqual([
      { query: 0, user_id: "o'hara", as_of: 1_000_000_000.5, history_length: 1, target_item_ids: ['f3'] },
      { query: 1, user_id: 'ann', as_of: 1_000_000_000.5, history_length: 1, target_item_ids: ['f2', 'f3'] },
    ]);
  });

  it('resumes after the existing parts', async () => {
    const parts = path.join(folder, 'parts');
    const first = await openCandidateTable(parts, context);
    await first.writePart([rowOf(0, 0, 2, 1)]);
    first.close();
    const second = await openCandidateTable(parts, context);
    expect(second.partCount).toBe(1);
    await second.writePart([rowOf(1, 0, 1, 1)]);
    const { rowCount } = await second.finish(path.join(folder, 'all.parquet'));
    second.close();
    expect(rowCount).toBe(2);
    expect((await rowsOf(path.join(folder, 'all.parquet'))).map(({ query }) => query)).toEqual([0, 1]);
  });

  it('leaves no partial file when it is stopped', async () => {
    const abort = new AbortController();
    const table = await openCandidateTable(path.join(folder, 'parts'), { ...context, signal: abort.signal });
    await table.writePart([rowOf(0, 0, 2, 1)]);
    abort.abort();
    const file = path.join(folder, 'all.parquet');
    await expect(table.finish(file)).rejects.toMatchObject({ code: 'CANCELLED' });
    table.close();
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(folder)).toEqual(['parts']);
  });
});
