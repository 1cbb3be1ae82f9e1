import { createRandom } from '@matinee/numerics';
import { evaluate } from '../../evaluation/evaluate.ts';
import type { Rankings } from '../../evaluation/rank-fold.ts';
import { catalogueOf } from '../../evaluation/testing/worlds.ts';
import { leaveOneOutProtocol } from '../../splits/leave-one-out.ts';
import type { Split } from '../../splits/split.ts';
import type { Row } from '../../splits/testing/split-input.ts';
import { splitInput } from '../../splits/testing/split-input.ts';
import { createReport, type EvaluationReport, type ModelUnderTest } from '../evaluation-report.ts';

const itemCount = 30;

/** Forty users with ten items each, and two models: one that orders items by index, one that orders at random. */
export async function sampleReport(): Promise<{
  report: EvaluationReport;
  models: readonly ModelUnderTest[];
  rankings: Rankings[];
  split: Split;
}> {
  const random = createRandom(5);
  const rows = Array.from({ length: 40 }, (_, user) =>
    random
      .shuffle(Array.from({ length: itemCount }, (_, item) => item))
      .slice(0, 10)
      .map((item, time): Row => [user, item, time]),
  ).flat();
  const split = leaveOneOutProtocol.split(splitInput(rows, itemCount));
  const scorers = {
    'by <index>': { scoreAll: (_: unknown, scores: Float32Array) => scores.set(Float32Array.from(scores.keys())) },
    'at random': { scoreAll: (_: unknown, scores: Float32Array) => scores.set(scores.map(() => random.next())) },
  };
  const models: (ModelUnderTest & { rankings: Rankings })[] = [];
  const rankings: Rankings[] = [];
  for (const [name, scorer] of Object.entries(scorers)) {
    const result = await evaluate(scorer, split.test, {
      items: catalogueOf(itemCount),
      recallOver: split.recallOver,
      isTimeOrdered: false,
      bootstrap: { resampleCount: 100, seed: 1 },
      checkpoint: async () => undefined,
    });
    models.push({ name, config: { limit: 7 }, fitMs: 12, rankMs: 34, ...result });
    rankings.push(result.rankings);
  }
  const report = createReport(
    {
      dataset: { name: 'toy', hash: 'ab'.repeat(32), userCount: 40, itemCount, interactionCount: 400 },
      preparation: { minItemCount: 0 },
      seed: 1,
      resampleCount: 100,
      codeVersion: 'cd'.repeat(32),
      machine: '1 × test',
      createdAt: '2026-01-01T00:00:00.000Z',
      command: 'matinee evaluate --data toy',
    },
    split,
    models,
  );
  return { report, models, rankings, split };
}
