/**
 * Runs the comparisons behind V1's choices, on validation only: how source scores are normalised before blending, which
 * confidence rule turns ratings into weights, and the settings of the retrieval models. `--families ease,ials` compares
 * the settings of these families only. docs/models and docs/confidence.md quote its output.
 */
import { parseArgs } from 'node:util';
import {
  buildInteractions,
  CONFIDENCE_PRESETS,
  type ConfidenceRule,
  type Dataset,
  parseConfidenceRule,
} from '@matinee/models/data';
import { findModelFamily, GENERATION_DEFAULTS } from '@matinee/models/generations';
import { createRandom } from '@matinee/numerics';
import { createProgress } from '../apps/cli/src/terminal/progress.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace } from '../apps/cli/src/workspace/workspace.ts';
import { blendCandidates } from '../packages/models/src/blend/blend-candidates.ts';
import { fitBlendWeights, type UnweightedSource } from '../packages/models/src/blend/fit-blend-weights.ts';
import { NORMALIZATIONS, type NormalizationName } from '../packages/models/src/blend/normalize-scores.ts';
import { holdOutQueries } from '../packages/models/src/generations/held-out-queries.ts';
import type { RetrievalModel } from '../packages/models/src/retrieval/retrieval-model.ts';
import { createSplit } from '../packages/models/src/splits/protocols.ts';
import type { EvaluationQuery, Fold } from '../packages/models/src/splits/split.ts';

export const description =
  'the comparisons behind V1: score normalisation, confidence rule, settings [--data PATH] [--families a,b] [--home DIR]';

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      families: { type: 'string' },
      home: { type: 'string', default: '.matinee' },
    },
  });
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const dataset = await openDataset({ workspace: openWorkspace(values.home), data: values.data, progress, signal });
  if (values.families === undefined) {
    await compareNormalizations(dataset);
    await compareConfidenceRules(dataset);
  }
  await compareSettings(dataset, values.families?.split(',') ?? [...new Set(SETTINGS.map(({ family }) => family))]);
}

const context = { random: createRandom(1), checkpoint: () => Promise.resolve() };

async function compareNormalizations(dataset: Dataset): Promise<void> {
  const interactions = buildInteractions(dataset.events);
  const userCount = dataset.users.ids.length;
  const itemCount = dataset.items.vocabulary.ids.length;
  // The test period of the temporal protocol is cut off first; the fold is the latest tenth of what is left.
  const { train } = createSplit('temporal', { interactions, userCount, itemCount }).test;
  const fold = holdOutQueries({ interactions: train, userCount, itemCount }, { cut: 'latest', share: 0.1 });
  if (fold === undefined) throw new Error('too little data');
  const sources: UnweightedSource[] = [];
  for (const [name, { family, config }] of Object.entries(GENERATION_DEFAULTS.v1.sources)) {
    const { defaults, fit } = findModelFamily(family);
    const data = { userCount, items: dataset.items, interactions: fold.train, asOf: fold.trainAsOf };
    sources.push({ name, model: await fit.call(findModelFamily(family), data, { ...defaults, ...config }, context) });
  }
  console.log(`\nNormalisation of source scores: ${dataset.name}, latest tenth before the temporal test period`);
  console.log(
    'Weights learned on every second user’s queries and measured on the others’, both ways; NDCG@10 / NDCG@100',
  );
  for (const normalization of Object.keys(NORMALIZATIONS) as NormalizationName[]) {
    const measured: Gains[] = [];
    for (const half of [0, 1]) {
      const learnOn: Fold = { ...fold, queries: fold.queries.filter(({ userIndex }) => userIndex % 2 === half) };
      const { candidatesPerSource } = GENERATION_DEFAULTS.v1;
      const { weights } = await fitBlendWeights(sources, learnOn, {
        ...context,
        candidatesPerSource,
        maxQueries: 1000,
        normalization,
      });
      for (const query of spread(
        fold.queries.filter(({ userIndex }) => userIndex % 2 !== half),
        1000,
      )) {
        const excluded = excludedFor(fold, query);
        const lists = await Promise.all(
          sources.map(async ({ name, model }, index) => ({
            name,
            weight: weights[index],
            items: await model.retrieve(query, candidatesPerSource, excluded),
          })),
        );
        measured.push(gains(blendCandidates(lists, 100, normalization).itemIndices, query));
      }
    }
    console.log(
      `  ${normalization.padEnd(16)} ${mean(measured, 'ndcg10')} / ${mean(measured, 'ndcg100')}   (${measured.length} queries)`,
    );
  }
}

/** The most important settings. Each is varied while the others are as in `from`, or at their defaults. */
const SETTINGS = [
  { family: 'recent-popularity', setting: 'halfLifeDays', from: {}, values: [30, 365] },
  { family: 'item-knn', setting: 'historyDecay', from: { maxTrainingItems: 100_000 }, values: [0, 0.5, 1, 1.5, 2] },
  { family: 'item-knn', setting: 'maxTrainingItems', from: {}, values: [50, 100, 200, 500, 100_000] },
  { family: 'user-knn', setting: 'historyDecay', from: {}, values: [0, 1, 1.5] },
  { family: 'user-knn', setting: 'similarityExponent', from: {}, values: [1, 2, 4] },
  { family: 'user-knn', setting: 'maxNeighbors', from: {}, values: [50, 100, 200] },
  { family: 'ease', setting: 'historyDecay', from: {}, values: [0, 0.5, 1, 1.5] },
  { family: 'ease', setting: 'regularization', from: {}, values: [250, 500, 1000, 2000] },
  { family: 'ease', setting: 'maxWeights', from: {}, values: [100, 200, 400, 1_000_000] },
  { family: 'ials', setting: 'historyDecay', from: {}, values: [0, 0.5, 1, 1.5] },
  { family: 'ials', setting: 'regularization', from: {}, values: [0.002, 0.005, 0.02] },
  { family: 'ials', setting: 'unobservedWeight', from: {}, values: [0.1, 0.2, 0.5] },
  { family: 'ials', setting: 'factors', from: {}, values: [32, 64, 128] },
];

async function compareSettings(dataset: Dataset, families: readonly string[]): Promise<void> {
  const userCount = dataset.users.ids.length;
  const itemCount = dataset.items.vocabulary.ids.length;
  const input = { interactions: buildInteractions(dataset.events), userCount, itemCount };
  const folds = [
    createSplit('leave-one-out', input).validation,
    createSplit('temporal', input, { targets: 'successive' }).validation,
  ];
  console.log(
    `\nSettings: ${dataset.name}, validation folds, at most 1,500 queries; NDCG@10 leave-one-out, temporal (successive)`,
  );
  for (const { family, setting, from, values } of SETTINGS.filter((each) => families.includes(each.family))) {
    const { defaults, fit, load } = findModelFamily(family);
    const scores = values.map(() => [] as string[]);
    for (const fold of folds) {
      const data = { userCount, items: dataset.items, interactions: fold.train, asOf: fold.trainAsOf };
      let model: RetrievalModel | undefined;
      for (const [index, value] of values.entries()) {
        const config = { ...defaults, ...from, [setting]: value };
        // History decay applies only when a query is scored, so one fit serves all of its values.
        model =
          model !== undefined && setting === 'historyDecay'
            ? await load.call(findModelFamily(family), { ...model.save(), config })
            : await fit.call(findModelFamily(family), data, config, context);
        const measured: Gains[] = [];
        for (const query of spread(fold.queries, 1500)) measured.push(await gainsOf(model, fold, query));
        scores[index].push(mean(measured, 'ndcg10'));
      }
    }
    for (const [index, value] of values.entries()) {
      console.log(`  ${family} ${setting} ${value}: ${scores[index].join(', ')}`);
    }
  }
}

const RULES: Record<string, ConfidenceRule> = {
  ...CONFIDENCE_PRESETS,
  'graded, gentle': parseConfidenceRule({ rate: { slope: 0.25 } }, CONFIDENCE_PRESETS.graded),
  'graded, low ratings negative': parseConfidenceRule({ rate: { slope: 1, minWeight: -1 } }, CONFIDENCE_PRESETS.graded),
  'by scale': parseConfidenceRule({ rate: { weighting: 'scale' } }, CONFIDENCE_PRESETS.graded),
};

async function compareConfidenceRules(dataset: Dataset): Promise<void> {
  console.log(
    `\nConfidence rule: ${dataset.name}, validation of the temporal protocol (successive), at most 2,000 queries`,
  );
  console.log(
    'NDCG@10 / NDCG@100 of the items that users engaged with next, and of those among them rated 4 of 5 or better',
  );
  const userCount = dataset.users.ids.length;
  const itemCount = dataset.items.vocabulary.ids.length;
  const successes = buildInteractions(dataset.events, CONFIDENCE_PRESETS.graded);
  const liked = new Set<number>();
  for (let row = 0; row < successes.count; row++) {
    if (successes.labels[row] === 1) liked.add(successes.userIndices[row] * itemCount + successes.itemIndices[row]);
  }
  for (const [name, rule] of Object.entries(RULES)) {
    const interactions = buildInteractions(dataset.events, rule);
    const fold = createSplit('temporal', { interactions, userCount, itemCount }, { targets: 'successive' }).validation;
    const results: string[] = [];
    for (const modelName of ['item-knn', 'item-knn-bm25', 'user-knn']) {
      const family = findModelFamily(modelName);
      const data = { userCount, items: dataset.items, interactions: fold.train, asOf: fold.trainAsOf };
      const model = await family.fit(data, family.defaults, context);
      const all: Gains[] = [];
      const good: Gains[] = [];
      for (const query of spread(fold.queries, 2000)) {
        const gain = await gainsOf(model, fold, query);
        all.push(gain);
        if (liked.has(query.userIndex * itemCount + query.targets[0])) good.push(gain);
      }
      results.push(
        `${modelName} ${mean(all, 'ndcg10')} / ${mean(all, 'ndcg100')}, liked ${mean(good, 'ndcg10')} / ${mean(good, 'ndcg100')}`,
      );
    }
    console.log(`  ${name.padEnd(30)} ${results.join('   ')}`);
  }
}

interface Gains {
  readonly ndcg10: number;
  readonly ndcg100: number;
}

async function gainsOf(model: RetrievalModel, fold: Fold, query: EvaluationQuery): Promise<Gains> {
  const { itemIndices } = await model.retrieve(query, 100, excludedFor(fold, query));
  return gains(itemIndices, query);
}

function gains(list: Int32Array, { targets }: EvaluationQuery): Gains {
  const rank = list.indexOf(targets[0]);
  const gain = rank < 0 ? 0 : 1 / Math.log2(rank + 2);
  return { ndcg10: rank < 10 ? gain : 0, ndcg100: gain };
}

function excludedFor({ availableFrom }: Fold, { asOf, history }: EvaluationQuery): Uint8Array {
  const excluded = Uint8Array.from(availableFrom, (from) => (from < asOf ? 0 : 1));
  for (const item of history.itemIndices) excluded[item] = 1;
  return excluded;
}

function spread<T>(values: readonly T[], count: number): readonly T[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)]);
}

function mean(rows: readonly Gains[], field: keyof Gains): string {
  return (rows.reduce((sum, row) => sum + row[field], 0) / rows.length).toFixed(4);
}
