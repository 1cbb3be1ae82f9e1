import type { RankingRows } from './collect-ranking-rows.ts';
import { locateQueries, type QueryRows } from './ranking-table.ts';
import { combineParts, meanSpread, type ScoredPart, weighParts } from './score-parts.ts';

/** A part of a ranker with the stages of its training, one of which is chosen on users that it was not trained on. */
export interface StagedPart {
  readonly name: string;
  /** By stage, from the earliest: how well the part then fits each answered query of the rows, in their order; higher is better. */
  readonly gains: readonly ArrayLike<number>[];
  /** Scores of all rows of a table by the part as it was at a stage. */
  score(rows: RankingRows, stage: number): Promise<Float64Array>;
}

/** Groups of users, each of whom is scored by what the others chose. */
const FOLDS = 4;

/**
 * Scores the rows of held-out users for calibration as the ranker scores people it has never met. The stage of each part
 * and the weights of the parts are chosen on those very users, so the ranker's own scores of them are better than any
 * others: a probability that is fitted on these is too sure. Here users are divided into {@link FOLDS} groups, and each
 * group is scored with the stages and weights that the others choose, by the same rules. Nothing is trained again.
 *
 * Of several parts, the scores of other stages have another height and spread: what learns an order may give all rows any
 * height. Each group's scores are then moved and stretched to those of the ranker's own scores, which reads no label. Of
 * one part by itself, which learns log-odds, height and spread of a stage mean something and stay.
 *
 * @param rows With queries whose target no source found.
 * @param own The ranker's scores of the rows, with stages and weights chosen on all users.
 * @returns One score a row; `undefined` where a group would have no answered query to choose on.
 */
export async function crossFitScores(
  parts: readonly StagedPart[],
  rows: RankingRows,
  own: Float64Array,
): Promise<Float64Array | undefined> {
  const foldOfQuery = foldsOfUsers(rows.userIndices);
  const queries = locateQueries(rows);
  const answered = Array.from(queries.keys()).filter((query) => queries[query].positiveCount > 0);
  const scores = new Float64Array(rows.rowCount);
  const scoresAt = rememberScores(parts, rows);
  for (let fold = 0; fold < FOLDS; fold++) {
    const tested = queries.filter((_, query) => foldOfQuery[query] === fold);
    if (tested.length === 0) continue;
    const isOther = answered.map((query) => foldOfQuery[query] !== fold);
    if (!isOther.includes(true)) return undefined;
    const stages = parts.map(({ gains }) => bestStage(gains, isOther));
    const scored = await Promise.all(
      parts.map(async ({ name }, part): Promise<ScoredPart> => ({ name, scores: await scoresAt(part, stages[part]) })),
    );
    const others = answered.filter((_, place) => isOther[place]).map((query) => queries[query]);
    const { factors } = weighParts(selectScores(scored, others), selectLabels(rows, others));
    const combined = combineParts(scored, factors);
    const aligned = parts.length === 1 ? combined : alignScores(combined, own, rows.groupSizes);
    for (const { start, end } of tested) scores.set(aligned.subarray(start, end), start);
  }
  return scores;
}

/** The earliest stage with the highest sum of gains over the queries. */
export function bestStage(gains: StagedPart['gains'], isIncluded: readonly boolean[]): number {
  let best = { stage: 0, total: Number.NEGATIVE_INFINITY };
  for (const [stage, ofQueries] of gains.entries()) {
    let total = 0;
    for (const [query, included] of isIncluded.entries()) if (included) total += ofQueries[query];
    if (total > best.total) best = { stage, total };
  }
  return best.stage;
}

/** `scores` moved and stretched to the mean of `like` and its spread within queries. */
function alignScores(scores: Float64Array, like: Float64Array, groupSizes: Int32Array): Float64Array {
  const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const factor = meanSpread(like, groupSizes) / meanSpread(scores, groupSizes);
  const [from, to] = [meanOf(scores), meanOf(like)];
  return scores.map((score) => to + factor * (score - from));
}

/** The group of each query, by its user. Users take turns, so that groups are alike in size. */
function foldsOfUsers(userIndices: Int32Array): Int32Array {
  const folds = new Map<number, number>();
  return userIndices.map((user) => {
    const fold = folds.get(user) ?? folds.size % FOLDS;
    folds.set(user, fold);
    return fold;
  });
}

/** Folds mostly choose the same stage: its scores are computed once. */
function rememberScores(
  parts: readonly StagedPart[],
  rows: RankingRows,
): (part: number, stage: number) => Promise<Float64Array> {
  const known = new Map<string, Promise<Float64Array>>();
  return (part, stage) => {
    const key = `${part} ${stage}`;
    const scores = known.get(key) ?? parts[part].score(rows, stage);
    known.set(key, scores);
    return scores;
  };
}

function selectScores(parts: readonly ScoredPart[], queries: readonly QueryRows[]): ScoredPart[] {
  return parts.map(({ name, scores }) => ({
    name,
    scores: select(scores, queries, new Float64Array(countOf(queries))),
  }));
}

function selectLabels({ labels }: RankingRows, queries: readonly QueryRows[]) {
  const rowCount = countOf(queries);
  return {
    rowCount,
    labels: select(labels, queries, new Float32Array(rowCount)),
    groupSizes: Int32Array.from(queries, ({ start, end }) => end - start),
  };
}

function countOf(queries: readonly QueryRows[]): number {
  return queries.reduce((sum, { start, end }) => sum + end - start, 0);
}

function select<Values extends Float32Array | Float64Array>(
  values: Values,
  queries: readonly QueryRows[],
  into: Values,
): Values {
  let from = 0;
  for (const { start, end } of queries) {
    into.set(values.subarray(start, end), from);
    from += end - start;
  }
  return into;
}
