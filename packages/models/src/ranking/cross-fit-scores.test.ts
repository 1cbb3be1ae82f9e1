import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import type { RankingRows } from './collect-ranking-rows.ts';
import { bestStage, crossFitScores, type StagedPart } from './cross-fit-scores.ts';
import { groupNdcg } from './group-ndcg.ts';
import { locateQueries } from './ranking-table.ts';
import { plantedTable } from './testing/planted-table.ts';

const STAGES = 6;
const QUERIES = 80;

/** Two queries a user, so that user u is in group u modulo 4. Each part is another random order at each stage. */
function world(labels?: Float32Array): { readonly rows: RankingRows; readonly parts: StagedPart[] } {
  const table = plantedTable(QUERIES, 4);
  const rows: RankingRows = {
    ...table,
    labels: labels ?? table.labels,
    queryCount: QUERIES,
    ratings: new Float32Array(table.rowCount).fill(Number.NaN),
    userMeans: new Float32Array(table.rowCount).fill(Number.NaN),
    segments: Array.from({ length: QUERIES }, () => 'warm users'),
    userIndices: Int32Array.from({ length: QUERIES }, (_, query) => query >> 1),
  };
  const answered = locateQueries(rows).filter(({ positiveCount }) => positiveCount > 0);
  const parts = ['one', 'two'].map((name, part): StagedPart => {
    const scoresOf = (stage: number): Float64Array => {
      const random = createRandom(100 * part + stage);
      return Float64Array.from({ length: rows.rowCount }, () => random.normal());
    };
    return {
      name,
      gains: Array.from({ length: STAGES }, (_, stage) =>
        Float64Array.from(answered, (query) => groupNdcg(scoresOf(stage), rows.labels, query, 10)),
      ),
      score: async (_rows, stage) => scoresOf(stage),
    };
  });
  return { rows, parts };
}

/** The labels when users of one group engaged with other candidates; every third of their queries has no target. */
function relabelled({ rows }: ReturnType<typeof world>, group: number): Float32Array {
  const labels = rows.labels.slice();
  for (const [query, { start, end }] of locateQueries(rows).entries()) {
    if (rows.userIndices[query] % 4 !== group) continue;
    labels.fill(0, start, end);
    if (query % 3 !== 0) labels[start + (query % (end - start))] = 1;
  }
  return labels;
}

describe('crossFitScores', () => {
  it('scores nobody by what was chosen on them: other labels of theirs leave their scores as they are', async () => {
    const before = world();
    const own = new Float64Array(before.rows.rowCount).map((_, row) => row % 7);
    const scores = (await crossFitScores(before.parts, before.rows, own))!;
    let changed = 0;
    for (let group = 0; group < 4; group++) {
      const after = world(relabelled(before, group));
      const scoresAfter = (await crossFitScores(after.parts, after.rows, own))!;
      for (const [query, { start, end }] of locateQueries(before.rows).entries()) {
        const [first, second] = [scores.subarray(start, end), scoresAfter.subarray(start, end)];
        if (before.rows.userIndices[query] % 4 === group) expect(second).toEqual(first);
        else if (second.some((score, row) => score !== first[row])) changed++;
      }
    }
    expect(changed).toBeGreaterThan(0);
  });

  it('has no scores where a group would have nothing to choose on', async () => {
    const { rows, parts } = world();
    const own = new Float64Array(rows.rowCount);
    expect(await crossFitScores(parts, { ...rows, userIndices: new Int32Array(QUERIES) }, own)).toBeUndefined();
  });

  it('has the height and the spread of the ranker’s own scores, whatever those of several parts are', async () => {
    const { rows, parts } = world();
    const own = await parts[0].score(rows, 2);
    // Every stage of both orders the rows alike, at a height and a spread of its own.
    const shifted = parts.map(
      (part, at): StagedPart => ({
        ...part,
        score: async () => own.map((score) => 50 * at + (3 + at) * score),
      }),
    );
    const scores = (await crossFitScores(shifted, rows, own))!;
    for (const [row, score] of scores.entries()) expect(score).toBeCloseTo(own[row], 9);
  });
});

describe('bestStage', () => {
  it('is the earliest of the best on the queries that count', () => {
    const gains = [
      [9, 0, 0],
      [0, 1, 1],
      [0, 2, 0],
    ];
    expect(bestStage(gains, [false, true, true])).toBe(1);
    expect(bestStage(gains, [true, true, true])).toBe(0);
    expect(bestStage([], [true])).toBe(0);
  });
});
