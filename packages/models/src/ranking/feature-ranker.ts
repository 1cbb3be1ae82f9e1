import {
  type Calibration,
  calibrate,
  createExplainer,
  createPredictor,
  type Explainer,
  exportOnnx,
  type GbdtModel,
  loadGbdtModel,
  type Predictor,
  saveGbdtModel,
} from '@matinee/gbdt';
import { MatineeError } from '@matinee/numerics';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import { requireArray, requireArtifact } from '../artifacts/artifact-fields.ts';
import type { ArtifactArray, ModelArtifact } from '../artifacts/model-artifact.ts';
import { loadDeepRanker } from './deep-ranker.ts';
import type { DeepRanker } from './deep-ranker-model.ts';
import {
  type FeatureContribution,
  NO_FURTHER_GOALS,
  type Ranker,
  type RankerExports,
  type RankingGoals,
} from './ranker.ts';

/** Trees and the weight of their score. */
interface WeightedTrees {
  readonly name: string;
  readonly factor: number;
  readonly model: GbdtModel;
}

/** The neural ranker and the weight of its score. */
interface WeightedNetwork {
  readonly factor: number;
  readonly ranker: DeepRanker;
}

/** The parts of a feature ranker. */
export interface FeatureRankerParts {
  readonly featureNames: readonly string[];
  readonly schemaHash: string;
  /** Trees and networks that predict engagement, approximately in log-odds. At least one part. */
  readonly watch: readonly WeightedTrees[];
  readonly deep?: WeightedNetwork;
  /** Log-odds of liking, and of a rating above the user's mean, given an engagement. */
  readonly goals: { readonly liked?: GbdtModel; readonly satisfied?: GbdtModel };
  /** Maps the score to a probability. Absent if there were too few queries for calibration. */
  readonly calibration?: Calibration;
  /** People who engaged with the most popular item, which has rarity 0. */
  readonly mostEvents: number;
  readonly metrics: Readonly<Record<string, number>>;
}

const KIND = 'feature-ranker';
const VERSION = 2;
/**
 * Its probabilities were of queries whose answer was found, about twice too high: they are left out when it is read.
 */
const VERSION_WITHOUT_MISSES = 1;

/** Ranks by boosted trees and a network over the feature table, with optional further goals. */
export function createFeatureRanker(parts: FeatureRankerParts): Ranker {
  const { schemaHash, watch, calibration, metrics } = parts;
  const predictors = new Map<GbdtModel, Predictor>();
  const explainers = new Map<GbdtModel, Explainer>();
  const predict: Predict = (model, values, rowCount) => {
    const predictor = predictors.get(model) ?? createPredictor(model);
    predictors.set(model, predictor);
    const scores = new Float64Array(rowCount);
    predictor.scoreInto(values, rowCount, scores);
    return scores;
  };
  const explainerOf = (model: GbdtModel): Explainer => {
    const explainer = explainers.get(model) ?? createExplainer(model);
    explainers.set(model, explainer);
    return explainer;
  };
  return {
    kind: KIND,
    schemaHash,
    metrics,
    score: (values, rowCount, goals = NO_FURTHER_GOALS) => scoreRows(parts, predict, values, rowCount, goals),
    probability: (score, segment) => (calibration === undefined ? Number.NaN : calibrate(calibration, score, segment)),
    explain: (values, rowCount, limit) => explainRows(parts, explainerOf, values, rowCount, limit),
    expectedScore: () => watch.reduce((sum, { factor, model }) => sum + factor * explainerOf(model).expectedScore, 0),
    exports: () => exportFeatureRanker(parts),
    save: () => saveFeatureRanker(parts),
  };
}

/** Raw scores of a model's trees, one a row of `values`. */
type Predict = (model: GbdtModel, values: Float32Array, rowCount: number) => Float64Array;

async function scoreRows(
  { featureNames, watch, deep, goals, mostEvents }: FeatureRankerParts,
  predict: Predict,
  values: Float32Array,
  rowCount: number,
  { liked, satisfied, novelty }: RankingGoals,
): Promise<Float32Array> {
  const scores = new Float32Array(rowCount);
  for (const { model, factor } of watch) addScaled(scores, predict(model, values, rowCount), factor);
  if (deep !== undefined) addScaled(scores, await deep.ranker.score(values, rowCount), deep.factor);
  for (const [goal, weight] of [
    [goals.liked, liked],
    [goals.satisfied, satisfied],
  ] as const) {
    if (goal === undefined || weight === 0) continue;
    addLogProbabilities(scores, predict(goal, values, rowCount), weight);
  }
  if (novelty !== 0) {
    const eventsColumn = featureNames.indexOf('item_events');
    for (let row = 0; row < rowCount; row++) {
      scores[row] += novelty * Math.log2((mostEvents + 1) / (values[row * featureNames.length + eventsColumn] + 1));
    }
  }
  return scores;
}

/** Exact Shapley values of the trees, by row. */
function explainRows(
  { featureNames, watch }: FeatureRankerParts,
  explainerOf: (model: GbdtModel) => Explainer,
  values: Float32Array,
  rowCount: number,
  limit: number,
): FeatureContribution[][] {
  const width = featureNames.length;
  const totals = new Float64Array(rowCount * width);
  const own = new Float64Array(rowCount * width);
  for (const { model, factor } of watch) {
    explainerOf(model).explainInto(values, rowCount, own);
    for (let at = 0; at < totals.length; at++) totals[at] += factor * own[at];
  }
  return Array.from({ length: rowCount }, (_, row) =>
    featureNames
      .map((feature, column): FeatureContribution => ({ feature, contribution: totals[row * width + column] }))
      .filter(({ contribution }) => contribution !== 0)
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
      .slice(0, limit),
  );
}

function saveFeatureRanker(parts: FeatureRankerParts): ModelArtifact {
  const { featureNames, schemaHash, watch, deep, goals, calibration, mostEvents, metrics } = parts;
  const arrays: Record<string, ArtifactArray> = {};
  if (deep) arrays['deep'] = encodeArtifact(deep.ranker.save());
  for (const { name, model } of watch) arrays[`watch.${name}`] = toBytes(saveGbdtModel(model));
  for (const [name, model] of Object.entries(goals)) {
    if (model !== undefined) arrays[`goal.${name}`] = toBytes(saveGbdtModel(model));
  }
  return {
    kind: KIND,
    version: VERSION,
    config: {
      featureNames,
      schemaHash,
      watch: watch.map(({ name, factor }) => ({ name, factor })),
      deepFactor: deep?.factor ?? null,
      calibration: calibration ?? null,
      mostEvents,
      metrics,
    },
    arrays,
  };
}

function exportFeatureRanker({ watch, deep }: FeatureRankerParts): RankerExports {
  const parts = [
    ...watch.map(({ name, factor, model }) => ({
      term: { file: `trees-${name}.onnx`, output: 'score', factor },
      bytes: exportOnnx(model),
    })),
    ...(deep === undefined
      ? []
      : [{ term: { file: 'network.onnx', output: 'scores', factor: deep.factor }, bytes: deep.ranker.exportOnnx() }]),
  ];
  return {
    files: Object.fromEntries(parts.map(({ term, bytes }) => [term.file, bytes])),
    terms: parts.map(({ term }) => term),
  };
}

/** Adds weight · log σ(logit) to each score. */
function addLogProbabilities(scores: Float32Array, logits: Float64Array, weight: number): void {
  for (let row = 0; row < scores.length; row++) scores[row] += weight * -Math.log1p(Math.exp(-logits[row]));
}

function addScaled(scores: Float32Array, part: Float32Array | Float64Array, factor: number): void {
  for (let row = 0; row < scores.length; row++) scores[row] += factor * part[row];
}

/**
 * @param schemaHash Hash of the features that the ranker will receive.
 * @throws {MatineeError} `FEATURE_MISMATCH` when it was fitted on other features; `BAD_ARTIFACT` when parts are
 * missing.
 */
export async function loadFeatureRanker(artifact: ModelArtifact, schemaHash: string): Promise<Ranker> {
  const hasChances = artifact.version !== VERSION_WITHOUT_MISSES;
  requireArtifact(artifact, KIND, hasChances ? VERSION : VERSION_WITHOUT_MISSES);
  const config = artifact.config as unknown as {
    readonly featureNames: readonly string[];
    readonly schemaHash: string;
    readonly watch: readonly { readonly name: string; readonly factor: number }[];
    readonly deepFactor: number | null;
    readonly calibration: Calibration | null;
    readonly mostEvents: number;
    readonly metrics: Readonly<Record<string, number>>;
  };
  requireSchema(config.schemaHash, schemaHash);
  const treesOf = (name: string): GbdtModel => loadGbdtModel(fromBytes(requireArray(artifact, name, Uint8Array)));
  const goalOf = (name: string): GbdtModel | undefined =>
    artifact.arrays[`goal.${name}`] === undefined ? undefined : treesOf(`goal.${name}`);
  const liked = goalOf('liked');
  const satisfied = goalOf('satisfied');
  return createFeatureRanker({
    featureNames: config.featureNames,
    schemaHash: config.schemaHash,
    watch: config.watch.map(({ name, factor }) => ({ name, factor, model: treesOf(`watch.${name}`) })),
    ...(config.deepFactor !== null && {
      deep: {
        factor: config.deepFactor,
        ranker: await loadDeepRanker(decodeArtifact(requireArray(artifact, 'deep', Uint8Array))),
      },
    }),
    goals: { ...(liked && { liked }), ...(satisfied && { satisfied }) },
    ...(hasChances && config.calibration && { calibration: config.calibration }),
    mostEvents: config.mostEvents,
    metrics: config.metrics,
  });
}

/** @throws {MatineeError} `FEATURE_MISMATCH` */
function requireSchema(fittedOn: string, given: string): void {
  if (fittedOn !== given) {
    throw new MatineeError(
      'FEATURE_MISMATCH',
      `the ranker was fitted on features ${fittedOn}, and these are ${given}: names, order or meaning differ; train it again`,
    );
  }
}

/** The text of a saved model is ASCII. */
function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function fromBytes(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; start += 8192) {
    pieces.push(String.fromCharCode(...bytes.subarray(start, start + 8192)));
  }
  return pieces.join('');
}
