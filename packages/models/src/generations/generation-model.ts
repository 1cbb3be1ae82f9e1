import { MatineeError, topK } from '@matinee/numerics';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import { requireArray, requireArtifact } from '../artifacts/artifact-fields.ts';
import type { ArtifactArray, ModelArtifact } from '../artifacts/model-artifact.ts';
import type { BlendedCandidates, NamedSource } from '../blend/blend.ts';
import { collectCandidates } from '../blend/collect-candidates.ts';
import type { UnweightedSource } from '../blend/fit-blend-weights.ts';
import { findSourceFamily } from '../families/find-source-family.ts';
import { loadRanking, type Ranking, rankPool, saveRanking } from '../ranking/ranking.ts';
import type { Contributor, RetrievalModel, RetrievalQuery, ScoredItems } from '../retrieval/retrieval-model.ts';
import { strongestContributors } from '../retrieval/strongest-contributors.ts';
import { BLENDED_TRAITS, RANKED_TRAITS } from './generation-traits.ts';

/** The parts of a fitted generation. */
export interface GenerationParts {
  readonly sources: readonly NamedSource[];
  /** Absent: the blended score ranks. */
  readonly ranking?: Ranking;
  /** Candidates retrieved from each source. */
  readonly candidatesPerSource: number;
}

/** A whole generation as one model. */
export interface GenerationModel extends RetrievalModel, GenerationParts {}

const VERSION = 2;

/**
 * Makes one retrieval model of a generation: each source returns its best `candidatesPerSource`, `blendCandidates`
 * merges the lists and the ranker, if there is one, orders them, exactly as a request does. So the evaluator measures
 * what is served.
 *
 * Unlike a single source it never scores the items of the query's own history: they are excluded before each source is
 * cut to its best candidates, as seen items are in a request.
 */
export function createGenerationModel(kind: string, parts: GenerationParts, itemCount: number): GenerationModel {
  const { sources, ranking } = parts;
  const blend: Blend = (query, excluded) => blendSources(parts, itemCount, query, excluded);
  const retrieve = async (query: RetrievalQuery, n: number, excluded?: Uint8Array): Promise<ScoredItems> => {
    const pool = await blend(query, excluded);
    const scores = (ranking && (await rankPool(ranking, query, pool)))?.scores ?? pool.scores;
    return takeBest(pool.itemIndices, scores, n);
  };
  return {
    kind,
    traits: ranking ? RANKED_TRAITS : BLENDED_TRAITS,
    itemCount,
    ...parts,
    async scoreAll(query, scores) {
      const found = await retrieve(query, itemCount);
      scores.fill(Number.NaN);
      for (const [place, item] of found.itemIndices.entries()) scores[item] = found.scores[place];
    },
    retrieve,
    contributors: (query, itemIndex, limit) => contributorsOf(sources, blend, query, itemIndex, limit),
    save: () => saveGeneration(kind, parts, itemCount),
  };
}

type Blend = (query: RetrievalQuery, excluded?: Uint8Array) => Promise<BlendedCandidates>;

/** Blends the sources' candidates for the query, without `excluded` and the items of its history. */
function blendSources(
  { sources, ranking, candidatesPerSource }: GenerationParts,
  itemCount: number,
  query: RetrievalQuery,
  excluded?: Uint8Array,
): Promise<BlendedCandidates> {
  const unwanted = excluded?.slice() ?? new Uint8Array(itemCount);
  for (const item of query.history.itemIndices) unwanted[item] = 1;
  const poolSize = ranking?.poolSize ?? itemCount;
  return collectCandidates(sources, query, { candidatesPerSource, poolSize, excluded: unwanted });
}

/** Returns the `n` best by score; equal scores go to the lower item index. */
function takeBest(itemIndices: Int32Array, scores: Float32Array, n: number): ScoredItems {
  // Sorted by item first: the pool is ordered by its blend.
  const byItem = Int32Array.from(itemIndices.keys()).sort((a, b) => itemIndices[a] - itemIndices[b]);
  const order = topK(
    Float32Array.from(byItem, (position) => scores[position]),
    n,
  );
  return {
    itemIndices: order.map((place) => itemIndices[byItem[place]]),
    scores: Float32Array.from(order, (place) => scores[byItem[place]]),
  };
}

/**
 * Returns each source's contributors, scaled so that they sum to at most what the source contributed to the blended
 * score.
 */
async function contributorsOf(
  sources: readonly NamedSource[],
  blend: Blend,
  query: RetrievalQuery,
  itemIndex: number,
  limit: number,
): Promise<readonly Contributor[]> {
  const { itemIndices, contributions } = await blend(query);
  const position = itemIndices.indexOf(itemIndex);
  if (position < 0) return [];
  const combined = new Map<number, number>();
  for (const [index, { model }] of sources.entries()) {
    const contribution = contributions[index * itemIndices.length + position];
    if (!(contribution > 0)) continue;
    const contributors = await model.contributors(query, itemIndex, query.history.itemIndices.length);
    const total = contributors.reduce((sum, each) => sum + each.contribution, 0);
    for (const each of contributors) {
      const share = (contribution * each.contribution) / total;
      combined.set(each.itemIndex, (combined.get(each.itemIndex) ?? 0) + share);
    }
  }
  return strongestContributors(combined, limit);
}

function saveGeneration(
  kind: string,
  { sources, ranking, candidatesPerSource }: GenerationParts,
  itemCount: number,
): ModelArtifact {
  const saved = sources.map(({ model }) => model.save());
  const arrays: Record<string, ArtifactArray> = {};
  for (const [index, artifact] of saved.entries()) {
    for (const [name, array] of Object.entries(artifact.arrays)) arrays[`${index}.${name}`] = array;
  }
  if (ranking) arrays['ranking'] = encodeArtifact(saveRanking(ranking));
  return {
    kind,
    version: VERSION,
    config: {
      itemCount,
      candidatesPerSource,
      isRanked: ranking !== undefined,
      sources: sources.map(({ name, weight }, index) => ({
        name,
        weight,
        kind: saved[index].kind,
        version: saved[index].version,
        config: saved[index].config,
      })),
    },
    arrays,
  };
}

const savedConfigSchema = Type.Object({
  itemCount: Type.Integer({ minimum: 0 }),
  candidatesPerSource: Type.Integer({ minimum: 1 }),
  isRanked: Type.Boolean(),
  sources: Type.Array(
    Type.Object({
      name: Type.String(),
      weight: Type.Number({ minimum: 0 }),
      kind: Type.String(),
      version: Type.Integer(),
      config: Type.Record(Type.String(), Type.Unknown()),
    }),
  ),
});

/** @throws {MatineeError} `BAD_ARTIFACT` or `FEATURE_MISMATCH` when parts are damaged or do not fit together. */
export async function loadGenerationModel(kind: string, artifact: ModelArtifact): Promise<GenerationModel> {
  requireArtifact(artifact, kind, VERSION);
  const { config } = artifact;
  if (!Value.Check(savedConfigSchema, config)) {
    throw new MatineeError('BAD_ARTIFACT', `${kind}: the list of sources is damaged; train the model again`);
  }
  const sources: NamedSource[] = [];
  for (const [index, { name, weight, kind: sourceKind, version, config: sourceConfig }] of config.sources.entries()) {
    const prefix = `${index}.`;
    const arrays: Record<string, ArtifactArray> = {};
    for (const [key, array] of Object.entries(artifact.arrays)) {
      if (key.startsWith(prefix)) arrays[key.slice(prefix.length)] = array;
    }
    const model = await findSourceFamily(sourceKind).load({ kind: sourceKind, version, config: sourceConfig, arrays });
    sources.push({ name, weight, model });
  }
  requireItemCount(sources, config.itemCount);
  const ranking = config.isRanked
    ? await loadRanking(decodeArtifact(requireArray(artifact, 'ranking', Uint8Array)))
    : undefined;
  const parts = { sources, candidatesPerSource: config.candidatesPerSource, ...(ranking && { ranking }) };
  return createGenerationModel(kind, parts, config.itemCount);
}

/** @throws {MatineeError} `BAD_ARTIFACT` when a source was fitted on another catalogue. */
export function requireItemCount(sources: readonly UnweightedSource[], itemCount: number): void {
  for (const { name, model } of sources) {
    if (model.itemCount !== itemCount) {
      throw new MatineeError(
        'BAD_ARTIFACT',
        `source "${name}" knows ${model.itemCount} items, the others ${itemCount}; train all of them on one data set`,
      );
    }
  }
}
