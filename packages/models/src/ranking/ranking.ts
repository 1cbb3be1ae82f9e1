import { NO_PAUSE, type Pause } from '@matinee/numerics';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import { requireArray, requireArtifact } from '../artifacts/artifact-fields.ts';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import type { BlendedCandidates } from '../blend/blend.ts';
import { firstCandidates } from '../blend/blend-candidates.ts';
import { withCurrentNames } from '../config/earlier-names.ts';
import { computeFeatures } from '../features/compute-features.ts';
import {
  createFeatureSchema,
  type FeatureGroup,
  type FeatureSchema,
  type FeatureSource,
} from '../features/feature-schema.ts';
import {
  type FeatureStatistics,
  loadFeatureStatistics,
  saveFeatureStatistics,
} from '../features/feature-statistics.ts';
import type { ItemActivity } from '../features/item-activity.ts';
import type { RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { atRequestTime } from './collect-ranking-rows.ts';
import { loadFeatureRanker } from './feature-ranker.ts';
import type { Ranker, RankingGoals } from './ranker.ts';

/** Everything needed to rank a pool of candidates. */
export interface Ranking {
  readonly schema: FeatureSchema;
  readonly statistics: FeatureStatistics;
  readonly ranker: Ranker;
  /** Number of the blend's best items that are candidates. */
  readonly poolSize: number;
  /** Number of the best candidates that are ranked; the same as in training. */
  readonly rankDepth: number;
  readonly requestTime: 'used' | 'hidden';
}

export interface RankOptions {
  readonly goals?: RankingGoals;
  /** Item activity including events after training, in a running server. */
  readonly activity?: ItemActivity;
}

/** The ranker's scores of a pool. */
export interface RankedPool {
  /** By position in the pool; higher is better. */
  readonly scores: Float32Array;
  /** Row-major [ranked, schema.features.length]: for the first candidates of the pool, up to the ranking depth. */
  readonly features: Float32Array;
}

/**
 * Scores a pool; candidates beyond the ranking depth follow in blend order. Returns `undefined` for an empty history:
 * the ranker was not trained on such queries, so the blend's order is used.
 */
export async function rankPool(
  { schema, statistics, ranker, rankDepth, requestTime }: Ranking,
  query: RetrievalQuery,
  pool: BlendedCandidates,
  { goals, activity }: RankOptions = {},
): Promise<RankedPool | undefined> {
  if (!query.history.weights.some((weight) => weight > 0)) return undefined;
  const ranked = firstCandidates(pool, rankDepth);
  const features = computeFeatures(schema, statistics, atRequestTime(query, requestTime), ranked, activity);
  const best = await ranker.score(features, ranked.itemIndices.length, goals);
  const scores = new Float32Array(pool.itemIndices.length);
  scores.set(best);
  let lowest = 0;
  for (const score of best) lowest = Math.min(lowest, score);
  for (let place = best.length; place < scores.length; place++) scores[place] = lowest - (place - best.length + 1);
  return { scores, features };
}

const KIND = 'ranking';
const VERSION = 2;

/** Saves a ranking as one artefact. */
export function saveRanking({ schema, statistics, ranker, poolSize, rankDepth, requestTime }: Ranking): ModelArtifact {
  return {
    kind: KIND,
    version: VERSION,
    config: {
      poolSize,
      rankDepth,
      requestTime,
      sources: schema.sources,
      withheld: schema.withheld,
      schemaHash: schema.hash,
    },
    arrays: {
      statistics: encodeArtifact(saveFeatureStatistics(statistics)),
      ranker: encodeArtifact(ranker.save()),
    },
  };
}

/**
 * @throws {MatineeError} `FEATURE_MISMATCH` when the ranker was fitted on other features than this program computes;
 * `BAD_ARTIFACT` when parts are damaged.
 * @param pause Called between parts.
 */
export async function loadRanking(artifact: ModelArtifact, pause: Pause = NO_PAUSE): Promise<Ranking> {
  requireArtifact(artifact, KIND, VERSION);
  const { poolSize, rankDepth, requestTime, sources, withheld } = withCurrentNames(artifact.config) as unknown as {
    readonly poolSize: number;
    readonly rankDepth: number;
    readonly requestTime: Ranking['requestTime'];
    readonly sources: readonly FeatureSource[];
    readonly withheld: readonly FeatureGroup[];
  };
  const schema = createFeatureSchema(sources, withheld);
  // The checksum of the whole covers its parts.
  const part = (name: string): ModelArtifact => decodeArtifact(requireArray(artifact, name, Uint8Array), true);
  await pause();
  const statistics = loadFeatureStatistics(part('statistics'));
  await pause();
  const ranker = await loadFeatureRanker(part('ranker'), schema.hash);
  return {
    schema,
    statistics,
    ranker,
    poolSize,
    rankDepth,
    requestTime,
  };
}
