import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine, expressionSubjectOf } from '../engine/engine.ts';
import { createItemFacts } from '../facts/item-facts.ts';
import { EMPTY_FEEDBACK } from '../log/feedback-state.ts';
import { hydrate } from '../request/query.ts';
import { readRequestRules } from '../rules/request-rules.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { boostCandidates, boostScored, MAX_COST } from './boost-candidates.ts';
import type { Candidate } from './candidate.ts';

const { dataset, release } = await createSmallWorld();
const facts = createItemFacts(240, (item) => ({ isOriginal: item % 5 === 0 }));
const engine = createEngine(dataset, release, facts);
const queryOf = (boost?: string) =>
  hydrate(engine, {
    userIndex: -1,
    feedback: EMPTY_FEEDBACK,
    asOf: 1_600_000_000,
    ...(boost === undefined ? {} : { rules: readRequestRules(expressionSubjectOf(engine), { boost }) }),
  });
const candidatesOf = (scores: readonly number[]): Candidate[] =>
  scores
    .map((score) => score + 0) // −0 and 0 are one score, and stand in any order
    .toSorted((a, b) => b - a)
    .map((score, position) => ({ itemIndex: (position * 7 + 1) % 240, score, blendScore: score, sources: [] }));

const anyScores = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 100 });
const anyBoost = fc.constantFrom(undefined, '10 if year > 1990', '0.1 if original; 10 if genre = "Drama"', '3');

describe('boostCandidates', () => {
  it('costs no more relevance than its cap, for any scores and boosts', () => {
    fc.assert(
      fc.property(anyScores, anyBoost, (scores, boost) => {
        const before = candidatesOf(scores);
        const { ranked } = boostCandidates(engine, queryOf(boost), before);
        const range = before[0]!.score - before.at(-1)!.score;
        // Between two titles: one rises by both costs at most, the other sinks by what a request may ask.
        const cap = MAX_COST.original + (boost === undefined ? 0 : 2 * MAX_COST.request);
        const scoreOf = new Map(before.map(({ itemIndex, score }) => [itemIndex, score]));
        const relevance = ranked.map(({ itemIndex }) => scoreOf.get(itemIndex)!);
        expect(relevance.toSorted((a, b) => b - a)).toEqual(before.map(({ score }) => score));
        let best = Number.NEGATIVE_INFINITY;
        for (const score of relevance.toReversed()) {
          best = Math.max(best, score);
          expect(best - score).toBeLessThanOrEqual(cap * range + 1e-9);
        }
        const order = ranked.map(({ score }) => score);
        expect(order).toEqual(order.toSorted((a, b) => b - a));
      }),
    );
  });

  it('tells every move, and nothing else', () => {
    fc.assert(
      fc.property(anyScores, anyBoost, (scores, boost) => {
        const before = candidatesOf(scores);
        const { ranked, moves } = boostCandidates(engine, queryOf(boost), before);
        const replayed = before.map(({ itemIndex }) => itemIndex);
        for (const { itemIndex, from, to } of moves) {
          expect(before[from]?.itemIndex).toBe(itemIndex);
          replayed[to] = itemIndex;
        }
        expect(replayed).toEqual(ranked.map(({ itemIndex }) => itemIndex));
      }),
    );
  });

  it('leaves a list as it is where there is nothing to boost', () => {
    const plain = createEngine(dataset, release);
    const before = candidatesOf([3, 2, 1]);
    expect(boostCandidates(plain, queryOf(), before)).toEqual({ ranked: before, moves: [] });
  });

  it('lifts an original past a title that is hardly better, and not past one that is', () => {
    const list = (gap: number): Candidate[] =>
      [
        [1, 1],
        [2, 0.5 + gap],
        [5, 0.5],
        [3, 0],
      ].map(([itemIndex, score]) => ({ itemIndex: itemIndex!, score: score!, blendScore: score!, sources: [] }));
    const order = (gap: number) =>
      boostCandidates(engine, queryOf(), list(gap)).ranked.map(({ itemIndex }) => itemIndex);
    expect(order(0.04)).toEqual([1, 5, 2, 3]);
    expect(order(0.06)).toEqual([1, 2, 5, 3]);
    const { moves } = boostCandidates(engine, queryOf(), list(0.04));
    expect(moves).toEqual([
      { itemIndex: 5, from: 2, to: 1, reason: 'boost', added: 0.05 },
      { itemIndex: 2, from: 1, to: 2, reason: 'boost', added: 0 },
    ]);
  });

  it('moves by opposite amounts for a factor and its inverse', () => {
    const added = (factor: string) =>
      boostCandidates(engine, queryOf(`${factor} if year > 0`), candidatesOf([1, 0])).ranked.map(
        ({ boost = 0 }) => boost,
      );
    expect(added('3')[0]).toBeCloseTo(0.25);
    expect(added('0.3333333')[0]).toBeCloseTo(-0.25);
  });
});

describe('boostScored', () => {
  it('keeps all titles, in the order of their boosted scores', () => {
    const found = { itemIndices: Int32Array.of(1, 2, 5, 3), scores: Float32Array.of(1, 0.54, 0.5, 0) };
    const { itemIndices, scores } = boostScored(engine, queryOf(), found);
    expect(Array.from(itemIndices)).toEqual([1, 5, 2, 3]);
    expect(Array.from(scores)).toEqual(Array.from(Float32Array.of(1, 0.55, 0.54, 0)));
  });
});
