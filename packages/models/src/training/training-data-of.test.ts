import { expect, it } from 'vitest';
import { parseConfidenceRule } from '../data/confidence.ts';
import { datasetFromRows } from '../data/dataset-from-rows.ts';
import { trainingDataOf } from './training-data-of.ts';

const dataset = datasetFromRows([
  { user: 'ann', item: 'alien', time: 10 },
  { user: 'bob', item: 'up', time: 20, type: 'impression' },
]);

it('takes all that the rule gives a weight, as of the last of it', () => {
  const { userCount, items, interactions, asOf } = trainingDataOf(dataset);
  expect(userCount).toBe(2);
  expect(items).toBe(dataset.items);
  expect(interactions.count).toBe(1);
  expect(asOf).toBe(10);
});

it('weighs events by another rule where one is given', () => {
  const { interactions, asOf } = trainingDataOf(dataset, parseConfidenceRule({ impression: 0.5 }));
  expect(Array.from(interactions.weights)).toEqual([1, 0.5]);
  expect(asOf).toBe(20);
});
