import { describe, expect, it } from 'vitest';
import type { GenerationConfig } from '../generations/generation-config.ts';
import type { StageContext } from '../generations/stages.ts';
import { createSplit } from '../splits/protocols.ts';
import type { Fold, Split } from '../splits/split.ts';
import { checkerboard, quietContext } from '../testing/tiny-worlds.ts';
import { type CandidateHit, measureCandidateRecall, recallCutoffs } from './candidate-recall.ts';
import { type CandidateRow, createCandidateFinder } from './find-candidates.ts';
import { fitCandidateSources } from './fit-candidate-sources.ts';

const { interactions, userCount, items } = checkerboard;
const itemCount = items.vocabulary.ids.length;
const split: Split = createSplit('temporal', { interactions, userCount, itemCount });
const world = { userCount, items, isTimeOrdered: true };
const config: Partial<GenerationConfig> = {
  sources: { popularity: { family: 'popularity', config: {} }, 'item-knn': { family: 'item-knn', config: {} } },
  weightsFrom: 'last-items',
};
const context: StageContext = {
  ...quietContext(),
  stage: (_, work) => work({ checkpoint: () => Promise.resolve(), summary: () => undefined }),
};
const options = { candidatesPerSource: 4, contributorCount: 2, contributorDepth: 3 };

const sourcesOf = (fold: Fold, isTimeOrdered = true) =>
  fitCandidateSources('v1', fold, { ...world, isTimeOrdered }, config, context);

describe('fitCandidateSources', () => {
  it('fits both sides by the same code with other dates', async () => {
    for (const fold of [split.validation, split.test]) {
      const sources = await sourcesOf(fold);
      expect(sources.map(({ name }) => name)).toEqual(['popularity', 'item-knn']);
    }
  });

  it('refuses sources that would be fitted on the answers', async () => {
    // The TEST side's sources are queried with VAL queries, whose targets they were trained on.
    const planted: Fold = { ...split.validation, train: split.test.train, trainAsOf: split.test.trainAsOf };
    await expect(sourcesOf(planted)).rejects.toMatchObject({ code: 'LEAKING_FOLD' });
    // Also for a protocol without order in time, where only the target itself shows the leak.
    await expect(sourcesOf(planted, false)).rejects.toThrow(/one of the user's targets/);
  });
});

describe('createCandidateFinder', () => {
  it('gives every source’s best by rank, without what the user met or what does not exist, with the blend beside', async () => {
    const sources = await sourcesOf(split.test);
    const find = createCandidateFinder(sources, split.test, options);
    for (const [index, query] of split.test.queries.entries()) {
      const rows = await find(index);
      for (const [source] of sources.entries()) {
        const own = rows.filter((row) => row.source === source);
        expect(own.length).toBeLessThanOrEqual(options.candidatesPerSource);
        expect(own.map(({ rank }) => rank)).toEqual(own.map((_, position) => position + 1));
        for (let at = 1; at < own.length; at++) expect(own[at].score).toBeLessThanOrEqual(own[at - 1].score);
      }
      const places = new Map<number, CandidateRow>();
      for (const row of rows) {
        expect([...query.history.itemIndices]).not.toContain(row.itemIndex);
        expect(split.test.availableFrom[row.itemIndex]).toBeLessThanOrEqual(query.asOf);
        expect(row.isTarget).toBe(query.targets.includes(row.itemIndex));
        expect(row.contributors === undefined).toBe(row.rank > options.contributorDepth);
        for (const { itemIndex } of row.contributors ?? []) expect([...query.history.itemIndices]).toContain(itemIndex);
        const known = places.get(row.itemIndex);
        if (known) expect([row.blendRank, row.blendScore]).toEqual([known.blendRank, known.blendScore]);
        places.set(row.itemIndex, row);
      }
      const ranks = [...places.values()].map(({ blendRank }) => blendRank).sort((a, b) => a - b);
      expect(ranks).toEqual(ranks.map((_, position) => position + 1));
    }
  });

  it('does not compute contributors that are not requested', async () => {
    const sources = (await sourcesOf(split.test)).map((source) => ({
      ...source,
      model: { ...source.model, contributors: () => Promise.reject(new Error('asked')) },
    }));
    const rows = await createCandidateFinder(sources, split.test, { ...options, contributorCount: 0 })(0);
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe('measureCandidateRecall', () => {
  const queries = [
    { userIndex: 0, targets: Int32Array.of(5) },
    { userIndex: 1, targets: Int32Array.of(6, 7) },
    { userIndex: 2, targets: Int32Array.of(8) },
  ];
  const hits: CandidateHit[] = [
    { query: 0, source: 'a', itemIndex: 5, rank: 2, blendRank: 4 },
    { query: 0, source: 'b', itemIndex: 5, rank: 1, blendRank: 4 },
    { query: 1, source: 'a', itemIndex: 6, rank: 1, blendRank: 1 },
    { query: 1, source: 'b', itemIndex: 7, rank: 3, blendRank: 2 },
  ];
  const recallOf = (recallOver: 'targets' | 'min-k-targets') =>
    Object.fromEntries(
      measureCandidateRecall(hits, queries, {
        sources: ['a', 'b'],
        cutoffs: [1, 3],
        recallOver,
        bootstrap: { resampleCount: 50, seed: 1 },
      }).map(({ name, recall }) => [name, [recall['recall@1'].value, recall['recall@3'].value]]),
    );

  it('counts what each source, any of them, and their blend found, and what nobody found as a miss', () => {
    const recall = recallOf('targets');
    expect(recall['a']).toEqual([0.5 / 3, 1.5 / 3]);
    expect(recall['b']).toEqual([1 / 3, 1.5 / 3]);
    expect(recall['union']).toEqual([1.5 / 3, 2 / 3]);
    expect(recall['blend']).toEqual([0.5 / 3, 1 / 3]);
  });

  it('divides as the protocol does', () => {
    expect(recallOf('min-k-targets')['union']).toEqual([2 / 3, 2 / 3]);
  });

  it('has intervals that hold the value', () => {
    const [{ recall }] = measureCandidateRecall(hits, queries, {
      sources: ['a', 'b'],
      cutoffs: [3],
      recallOver: 'targets',
      bootstrap: { resampleCount: 200, seed: 1 },
    });
    const { value, low, high } = recall['recall@3'];
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });
});

describe('recallCutoffs', () => {
  it('goes as far as the lists', () => {
    expect(recallCutoffs(300)).toEqual([10, 50, 100, 200, 300]);
    expect(recallCutoffs(120)).toEqual([10, 50, 100, 120]);
    expect(recallCutoffs(5)).toEqual([5]);
  });
});
