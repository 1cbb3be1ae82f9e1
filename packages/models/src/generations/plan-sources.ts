import type { NamedSource } from '../blend/blend.ts';
import { type BlendWeights, hasNoWeight, type UnweightedSource } from '../blend/fit-blend-weights.ts';
import { type LeftOutPart, onlyAddsToList } from './left-out.ts';

/** The sources that are served with their weights, which sum to 1; and those that are not served. */
export interface SourcePlan {
  readonly weights: ReadonlyMap<string, number>;
  readonly leftOut: readonly LeftOutPart[];
}

/**
 * Plans the blend by what held-out queries say. A source is left out when the blend gives it no weight, it alone finds
 * no more than popularity does, and nothing but the list needs it.
 */
export function planBlend(sources: readonly UnweightedSource[], weighting: BlendWeights): SourcePlan {
  const { weights, ndcgAlone } = weighting;
  const popularity = Math.max(0, ...ndcgAlone.filter((_, index) => sources[index].model.traits.reads === 'nothing'));
  const leftOut = sources.flatMap((source, index): LeftOutPart[] => {
    const isUseless = hasNoWeight(weighting, index) && ndcgAlone[index] <= popularity && onlyAddsToList(source);
    if (!isUseless) return [];
    const figures = `NDCG@100 ${ndcgAlone[index].toFixed(4)}, popularity ${popularity.toFixed(4)}`;
    const reason = `the blend gives it no weight, and alone it finds no more than popularity (${figures})`;
    return [{ part: source.name, cause: 'validation', reason }];
  });
  return withoutParts(sources, weights, leftOut);
}

/**
 * Plans the blend of the counted sources. Networks that only add to the list are left out.
 *
 * @param weighting Learned among the counted sources.
 */
export function planCounted(sources: readonly UnweightedSource[], { weights }: BlendWeights): SourcePlan {
  const leftOut = sources.flatMap((source): LeftOutPart[] => {
    if (isCounted(source) || !onlyAddsToList(source)) return [];
    return [{ part: source.name, cause: 'validation', reason: 'the blend is not clearly better with the networks' }];
  });
  return withoutParts(sources, weights, leftOut);
}

/** Whether a source is fitted by counting or in one solution, not in epochs. */
export function isCounted({ model }: Pick<UnweightedSource, 'model'>): boolean {
  return model.traits.training === 'direct';
}

/** Plans the blend of all sources. */
export function planAll(sources: readonly UnweightedSource[], { weights }: BlendWeights): SourcePlan {
  return withoutParts(sources, weights, []);
}

/**
 * Weight that all other sources share beside a single one. Too little to change the order of its list, even at its end;
 * enough to fill it up, and to answer those for whom it finds nothing.
 */
const BESIDE_ONE = 0.0004;

/** Plans the list of the best single source. The others fill it up; those that do nothing else are left out. */
export function planBestSource(sources: readonly UnweightedSource[], weighting: BlendWeights): SourcePlan {
  const best = bestSource(weighting);
  const leftOut = sources.flatMap((source, index): LeftOutPart[] => {
    if (index === best || !onlyAddsToList(source)) return [];
    return [{ part: source.name, cause: 'validation', reason: `${sources[best].name} alone orders the list` }];
  });
  const weights = sources.map((_, index) => (index === best ? 1 - BESIDE_ONE : 0) + BESIDE_ONE / sources.length);
  return withoutParts(sources, weights, leftOut);
}

/** Index of the source that orders best alone. */
export function bestSource({ ndcgAlone }: BlendWeights): number {
  return ndcgAlone.indexOf(Math.max(...ndcgAlone));
}

/** The sources of the plan with their weights. */
export function applyPlan(
  sources: readonly UnweightedSource[],
  { weights }: Pick<SourcePlan, 'weights'>,
): NamedSource[] {
  return sources.flatMap((source) => {
    const weight = weights.get(source.name);
    return weight === undefined ? [] : [{ ...source, weight }];
  });
}

function withoutParts(
  sources: readonly UnweightedSource[],
  weights: readonly number[],
  leftOut: readonly LeftOutPart[],
): SourcePlan {
  const kept = sources.map(({ name }, index) => ({ name, weight: weights[index] }));
  return { weights: sumToOne(kept.filter(({ name }) => !leftOut.some(({ part }) => part === name))), leftOut };
}

/** Weights by name, scaled to sum 1. */
export function sumToOne(
  weighted: readonly { readonly name: string; readonly weight: number }[],
): ReadonlyMap<string, number> {
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  return new Map(weighted.map(({ name, weight }) => [name, weight / total]));
}
