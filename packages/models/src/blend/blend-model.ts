import type { ArtifactArray } from '../artifacts/model-artifact.ts';
import type { NamedSource } from '../release/release.ts';
import type { RetrievalModel, RetrievalQuery, Seed } from '../retrieval/retrieval-model.ts';
import { strongestSeeds } from '../retrieval/strongest-seeds.ts';
import type { BlendedCandidates } from './blend.ts';
import { blendCandidates } from './blend-candidates.ts';

/** A whole generation asked as if it were one model. */
export interface BlendModel extends RetrievalModel {
  readonly sources: readonly NamedSource[];
  /** Candidates asked of each source. */
  readonly candidatesPerSource: number;
}

export const BLEND_ARTIFACT_VERSION = 1;

/**
 * Makes one retrieval model of several weighted sources: each is asked for its best `candidatesPerSource`, and
 * `blendCandidates` merges the lists, exactly as a request does. So the evaluator measures what is served.
 *
 * Unlike a single source it never scores the items of the query's own history: they are taken out before the sources
 * are cut to their best, as seen titles are in a request.
 */
export function createBlendModel(
  kind: string,
  sources: readonly NamedSource[],
  itemCount: number,
  candidatesPerSource: number,
): BlendModel {
  const blend = async (query: RetrievalQuery, n: number, excluded?: Uint8Array): Promise<BlendedCandidates> => {
    const unwanted = excluded?.slice() ?? new Uint8Array(itemCount);
    for (const item of query.history.itemIndices) unwanted[item] = 1;
    const lists = await Promise.all(
      sources.map(async ({ name, weight, model }) => ({
        name,
        weight,
        // A source without weight would be asked for nothing.
        items:
          weight > 0
            ? await model.retrieve(query, candidatesPerSource, unwanted)
            : { itemIndices: new Int32Array(0), scores: new Float32Array(0) },
      })),
    );
    return blendCandidates(lists, n);
  };

  return {
    kind,
    itemCount,
    sources,
    candidatesPerSource,
    async scoreAll(query, scores) {
      const { itemIndices, scores: blended } = await blend(query, itemCount);
      scores.fill(Number.NaN);
      for (let position = 0; position < itemIndices.length; position++)
        scores[itemIndices[position]] = blended[position];
    },
    async retrieve(query, n, excluded) {
      const { itemIndices, scores } = await blend(query, n, excluded);
      return { itemIndices, scores };
    },
    /** Each source's seeds, scaled so that they sum to at most what the source contributed to the item's score. */
    async seeds(query, itemIndex, limit): Promise<readonly Seed[]> {
      const { itemIndices, contributions } = await blend(query, itemCount);
      const position = itemIndices.indexOf(itemIndex);
      if (position < 0) return [];
      const combined = new Map<number, number>();
      for (const [index, { model }] of sources.entries()) {
        const contribution = contributions[index * itemIndices.length + position];
        if (!(contribution > 0)) continue;
        const seeds = await model.seeds(query, itemIndex, query.history.itemIndices.length);
        const total = seeds.reduce((sum, seed) => sum + seed.contribution, 0);
        for (const seed of seeds) {
          const share = (contribution * seed.contribution) / total;
          combined.set(seed.itemIndex, (combined.get(seed.itemIndex) ?? 0) + share);
        }
      }
      return strongestSeeds(combined, limit);
    },
    save() {
      const saved = sources.map(({ model }) => model.save());
      const arrays: Record<string, ArtifactArray> = {};
      for (const [index, artifact] of saved.entries()) {
        for (const [name, array] of Object.entries(artifact.arrays)) arrays[`${index}.${name}`] = array;
      }
      return {
        kind,
        version: BLEND_ARTIFACT_VERSION,
        config: {
          itemCount,
          candidatesPerSource,
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
    },
  };
}
