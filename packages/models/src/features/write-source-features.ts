import type { BlendedCandidates } from '../blend/blend.ts';
import { findSourceFamily } from '../families/find-source-family.ts';
import type { SourceRole } from '../retrieval/family-traits.ts';
import { COLUMN, type FeatureTable } from './feature-columns.ts';
import { COMMON_FEATURES, type FeatureSource } from './feature-schema.ts';

/** The column that marks what a source of the role found; popularity and genres find something for everybody. */
const MARKS: Readonly<Record<SourceRole, number | undefined>> = {
  'two-tower': COLUMN.has_tt,
  sequence: COLUMN.has_seq,
  collaborative: COLUMN.has_v2,
  prior: undefined,
};

/** Writes the columns of the blend and, for every source, its score, gap and rank. */
export function writeSourceFeatures(
  { values, width }: FeatureTable,
  sources: readonly FeatureSource[],
  blended: BlendedCandidates,
): void {
  const { itemIndices, scores, ranks, sourceScores, sourceNames } = blended;
  const count = itemIndices.length;
  for (let row = 0; row < count; row++) {
    values[row * width + COLUMN.blend_score] = scores[row];
    values[row * width + COLUMN.blend_rank] = row + 1;
  }
  for (const [place, { name, family }] of sources.entries()) {
    const first = COMMON_FEATURES.length + 3 * place;
    const source = sourceNames.indexOf(name);
    const mark = MARKS[findSourceFamily(family).traits.role];
    const { mean, spread, best } = spreadOf(sourceScores, source * count, source < 0 ? 0 : count);
    for (let row = 0; row < count; row++) {
      const base = row * width;
      const score = source < 0 ? Number.NaN : (sourceScores[source * count + row] - mean) / spread;
      const rank = source < 0 ? 0 : ranks[source * count + row];
      values[base + first] = score;
      values[base + first + 1] = best - score;
      values[base + first + 2] = rank === 0 ? Number.NaN : rank;
      if (rank === 0) continue;
      values[base + COLUMN.source_count]++;
      if (mark !== undefined) values[base + mark] = 1;
    }
  }
}

/**
 * Mean and standard deviation of a source's scores in the pool, and the best score in these units.
 *
 * A source that is fitted again may score the same items on another scale. Standardised scores keep what the ranker
 * learned valid for the next fit.
 */
function spreadOf(scores: Float32Array, start: number, count: number) {
  let sum = 0;
  let squares = 0;
  let known = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = start; at < start + count; at++) {
    const score = scores[at];
    if (Number.isNaN(score)) continue;
    sum += score;
    squares += score * score;
    known++;
    if (score > highest) highest = score;
  }
  const mean = sum / known;
  const spread = Math.sqrt(Math.max(0, squares / known - mean * mean)) || 1;
  return { mean, spread, best: (highest - mean) / spread };
}
