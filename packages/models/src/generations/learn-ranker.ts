import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import type { NamedSource } from '../blend/blend.ts';
import type { FeatureSchema } from '../features/feature-schema.ts';
import type { FeatureStatistics } from '../features/feature-statistics.ts';
import { collectRankingRows, type RankingRows } from '../ranking/collect-ranking-rows.ts';
import { loadFeatureRanker } from '../ranking/feature-ranker.ts';
import { fitRanker, likedFrom } from '../ranking/fit-ranker.ts';
import type { Ranker } from '../ranking/ranker.ts';
import { locateQueries } from '../ranking/ranking-table.ts';
import type { Fold } from '../splits/split.ts';
import type { GenerationConfig } from './generation-config.ts';
import { runStage, type StageContext } from './stages.ts';
import { ROLES, type Role, roleOf, USER_FOLDS } from './user-roles.ts';

/** Fewest answered queries of each role; with fewer, the blend ranks. */
const MIN_QUERIES = 20;
const NOTHING_LEARNED = 'no-ranker';

/** What a ranker is trained with: everything fitted without the fold's answers. */
export interface LearnRankerInput {
  readonly kind: 'trees' | 'ensemble';
  readonly fold: Fold;
  /** Weighted. */
  readonly sources: readonly NamedSource[];
  readonly schema: FeatureSchema;
  readonly statistics: FeatureStatistics;
  readonly config: GenerationConfig;
  /** See {@link roleOf}. */
  readonly userFold?: number;
  /** Identifies the part of the data that sources and statistics were fitted on. */
  readonly side: Readonly<Record<string, unknown>>;
}

/** Retrieves candidates for the fold's queries and fits a ranker on them. `undefined`: too little to learn from. */
export function learnRanker(input: LearnRankerInput, context: StageContext): Promise<Ranker | undefined> {
  const { kind, fold, sources, schema, config, userFold, side } = input;
  const { candidatesPerSource, rankDepth, requestTime, maxRankerQueries } = config;
  return runStage(context, {
    name:
      userFold === undefined ? 'learn to rank' : `learn to rank without users ${userFold + 1} of ${USER_FOLDS.length}`,
    identity: {
      stage: 'ranker',
      schema: schema.hash,
      sources: config.sources,
      weights: Object.fromEntries(sources.map(({ name, weight }) => [name, weight])),
      candidatesPerSource,
      rankDepth,
      requestTime,
      maxRankerQueries,
      kind,
      side,
      ...(userFold !== undefined && { userFold }),
    },
    ranks: true,
    async compute({ checkpoint, summary }) {
      const rows = await collectRowsByRole(input, context, checkpoint);
      if (ROLES.some((role) => countAnswered(rows[role]) < MIN_QUERIES)) {
        summary('too few queries to learn from; the blend ranks');
        return undefined;
      }
      const { teaching, stopping, reporting } = rows;
      const fitted = await fitRanker(teaching, stopping, reporting, {
        kind,
        schema,
        likedFrom: likedFrom(fold.train.ratings),
        context: { ...context, random: context.random.fork('ranker'), checkpoint },
      });
      summary(describe(fitted));
      return fitted;
    },
    encode: (fitted) => encodeArtifact(fitted?.save() ?? { kind: NOTHING_LEARNED, version: 1, config: {}, arrays: {} }),
    decode(bytes) {
      const artifact = decodeArtifact(bytes);
      return artifact.kind === NOTHING_LEARNED ? undefined : loadFeatureRanker(artifact, schema.hash);
    },
  });
}

/** Collects the feature rows of the fold's queries, at most `maxRankerQueries`, by the role of their user. */
async function collectRowsByRole(
  { fold, sources, schema, statistics, config, userFold }: LearnRankerInput,
  context: StageContext,
  checkpoint: StageContext['checkpoint'],
): Promise<Readonly<Record<Role, RankingRows>>> {
  const { candidatesPerSource, rankDepth, requestTime, maxRankerQueries } = config;
  const queries = spread(fold.queries, maxRankerQueries);
  let collected = 0;
  const collect = async (role: Role): Promise<RankingRows> => {
    const part = queries.filter((query) => roleOf(query, context, userFold) === role);
    const before = collected;
    collected += part.length;
    return collectRankingRows(part, fold, {
      sources,
      schema,
      statistics,
      candidatesPerSource,
      rankDepth,
      requestTime,
      keepMisses: role !== 'teaching',
      checkpoint: (done) => checkpoint(before + done, queries.length),
    });
  };
  return {
    teaching: await collect('teaching'),
    stopping: await collect('stopping'),
    reporting: await collect('reporting'),
  };
}

function countAnswered(rows: RankingRows): number {
  return locateQueries(rows).filter(({ positiveCount }) => positiveCount > 0).length;
}

function describe({ metrics }: Ranker): string {
  const value = (name: string): string => (metrics[name] ?? Number.NaN).toFixed(4);
  return `${metrics['queries.fit']} queries, ${metrics['rows.fit']} rows; held out: ${value('quality')}, the blend alone ${value('quality.blend')}`;
}

function spread<T>(values: readonly T[], count: number): readonly T[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)]);
}
