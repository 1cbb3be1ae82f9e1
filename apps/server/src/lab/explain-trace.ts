import type { ItemIndex } from '@matinee/models/data';
import { type FilterRule, type Move, ruleAgainst, type SectionKind } from '@matinee/recommender';
import { meaningOf } from './feature-meanings.ts';
import type { KeptTrace } from './trace-store.ts';

/** Where a title was lost on its way to the page; `page` = it was not. */
type Outcome = 'rules' | 'sources' | 'blend' | 'slate' | 'page';

export interface SourcePart {
  readonly name: string;
  /** From 1; null where the source did not find the title. */
  readonly rank: number | null;
  readonly score: number | null;
  readonly weight: number;
  readonly share: number;
  readonly contribution: number;
}

interface FeaturePart {
  readonly name: string;
  readonly group: string;
  readonly meaning: string;
  readonly asOf: string;
  readonly value: number | null;
  readonly percentile: number | null;
  readonly contribution: number;
}

interface RankerPart {
  readonly score: number;
  readonly boost: number;
  readonly base: number;
  readonly sum: number;
  readonly residual: number;
  readonly features: readonly FeaturePart[];
}

/** A title of the history that raised a source's score. */
export interface Anchor {
  readonly source: string;
  readonly itemIndex: ItemIndex;
  readonly rating: number | null;
  /** Seconds since 1970. */
  readonly at: number;
  readonly part: number;
}

export interface ExplainedItem {
  readonly outcome: Outcome;
  readonly rule?: FilterRule;
  readonly places: readonly { readonly rowId: string; readonly kind: SectionKind; readonly position: number }[];
  /** From 1. */
  readonly listPlace: number | null;
  readonly blend: { readonly place: number; readonly of: number; readonly score: number } | null;
  readonly sources: readonly SourcePart[];
  readonly ranker: RankerPart | null;
  readonly moves: readonly Move[];
}

/** Returns what became of a title in a kept request, whether or not it reached the page. */
export function explainInTrace(kept: KeptTrace, itemIndex: ItemIndex): ExplainedItem {
  const { found, sections, trace } = kept;
  const rule = ruleAgainst(found.verdicts, itemIndex);
  const listAt = found.ranked.findIndex((candidate) => candidate.itemIndex === itemIndex);
  const poolAt = found.pool.itemIndices.indexOf(itemIndex);
  const sources = sourcesOf(kept, itemIndex, poolAt);
  const places = sections.flatMap(({ id, kind, placements }) => {
    const position = placements.findIndex((placement) => placement.itemIndex === itemIndex);
    return position < 0 ? [] : [{ rowId: id, kind, position }];
  });
  const isFound = sources.some(({ rank }) => rank !== null);
  return {
    outcome: outcomeOf(places.length > 0, rule, listAt, isFound),
    ...(rule && { rule }),
    places,
    listPlace: listAt < 0 ? null : listAt + 1,
    blend:
      poolAt < 0
        ? null
        : { place: poolAt + 1, of: found.pool.itemIndices.length, score: found.pool.scores[poolAt] ?? 0 },
    sources,
    ranker: rankerOf(kept, found.ranked[listAt], poolAt),
    moves: trace.moves.filter((move) => move.itemIndex === itemIndex),
  };
}

function outcomeOf(isPlaced: boolean, rule: FilterRule | undefined, listAt: number, isFound: boolean): Outcome {
  // A row has queries of its own, so a title may be on the page without being in the list.
  if (isPlaced) return 'page';
  if (rule !== undefined) return 'rules';
  if (listAt >= 0) return 'slate';
  return isFound ? 'blend' : 'sources';
}

/** See `blendCandidates`: what a rank is worth before the weight. */
const FIRST_RANK = 61;

function sourcesOf({ engine, found }: KeptTrace, itemIndex: ItemIndex, poolAt: number): SourcePart[] {
  const { pool } = found;
  const length = pool.itemIndices.length;
  return engine.release.sources
    .map(({ name, weight }): SourcePart => {
      const row = pool.sourceNames.indexOf(name);
      const list = found.found.find((each) => each.name === name)?.items;
      const inPool = row < 0 || poolAt < 0 ? undefined : row * length + poolAt;
      // Without the lists, the pool still has the rank of what is in it.
      const listAt =
        list !== undefined ? list.itemIndices.indexOf(itemIndex) : inPool === undefined ? -1 : pool.ranks[inPool]! - 1;
      const ownScore =
        list !== undefined && listAt >= 0
          ? list.scores[listAt]
          : inPool === undefined
            ? undefined
            : pool.sourceScores[inPool];
      const contribution = inPool === undefined ? 0 : (pool.contributions[inPool] ?? 0);
      return {
        name,
        rank: listAt < 0 ? null : listAt + 1,
        score: numberOrNull(ownScore),
        weight,
        share:
          contribution !== 0 && weight > 0 ? contribution / weight : listAt < 0 ? 0 : FIRST_RANK / (60 + listAt + 1),
        contribution,
      };
    })
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
}

/** The ranker's score shared out among the features, exactly; null where it did not score the title. */
function rankerOf(
  { engine, found }: KeptTrace,
  candidate: KeptTrace['found']['ranked'][number] | undefined,
  poolAt: number,
): RankerPart | null {
  const { ranking } = engine.release;
  const { features } = found;
  if (ranking === undefined || features === undefined || candidate === undefined || poolAt < 0) return null;
  const { ranker, schema } = ranking;
  const width = schema.features.length;
  if ((poolAt + 1) * width > features.length) return null;
  const values = features.subarray(poolAt * width, (poolAt + 1) * width);
  const contributions = new Map(
    (ranker.explain(values, 1, width)[0] ?? []).map(({ feature, contribution }) => [feature, contribution]),
  );
  const base = ranker.expectedScore();
  const sum = Array.from(contributions.values()).reduce((total, each) => total + each, 0);
  const { score, boost = 0 } = candidate;
  return {
    score,
    boost,
    base,
    sum,
    residual: score - boost - base - sum,
    features: schema.features
      .map(({ name, group, meaning, asOf }, column): FeaturePart => {
        const value = values[column] ?? Number.NaN;
        return {
          name,
          group,
          meaning: meaningOf(name, meaning),
          asOf,
          value: numberOrNull(value),
          percentile: percentileOf(features, width, column, value),
          contribution: contributions.get(name) ?? 0,
        };
      })
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)),
  };
}

/** Returns the share of the table's rows with a value below this one, and half of those with the same. */
function percentileOf(table: Float32Array, width: number, column: number, value: number): number | null {
  if (!Number.isFinite(value)) return null;
  let [below, same, known] = [0, 0, 0];
  for (let at = column; at < table.length; at += width) {
    const other = table[at] ?? Number.NaN;
    if (!Number.isFinite(other)) continue;
    known++;
    if (other < value) below++;
    else if (other === value) same++;
  }
  return known === 0 ? null : (below + same / 2) / known;
}

const numberOrNull = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : value;

/** Sources asked for their contributors, and contributors named of each. */
const MOST_SOURCES = 3;
const MOST_ANCHORS = 3;
const NAMES_ANCHORS: ReadonlySet<string> = new Set(['sum', 'omission', 'resumed']);

/**
 * Returns the titles of the history that raised a title most, of the sources that contributed most. It asks the models
 * that answered for their parts, with the query as it was.
 *
 * @param mayName Which titles of the history may be named.
 */
export async function anchorsOf(
  { engine, found }: KeptTrace,
  itemIndex: ItemIndex,
  sources: readonly SourcePart[],
  mayName: (itemIndex: ItemIndex) => boolean,
): Promise<readonly Anchor[]> {
  const { retrieval } = found.query;
  const { history } = retrieval;
  const chosen = sources
    .filter(({ rank }) => rank !== null)
    .flatMap(({ name }) => engine.release.sources.filter((source) => source.name === name))
    .filter(({ model }) => NAMES_ANCHORS.has(model.traits.explains))
    .slice(0, MOST_SOURCES);
  const anchors: Anchor[] = [];
  for (const { name, model } of chosen) {
    // A reason is no reason to fail: a model that cannot give its parts is left out.
    const contributors = await model.contributors(retrieval, itemIndex, MOST_ANCHORS).catch(() => []);
    for (const { itemIndex: anchor, contribution } of contributors) {
      const position = history.itemIndices.lastIndexOf(anchor);
      if (position < 0 || !mayName(anchor)) continue;
      anchors.push({
        source: name,
        itemIndex: anchor,
        rating: numberOrNull(history.ratings?.[position]),
        at: history.timestamps[position] ?? 0,
        part: contribution,
      });
    }
  }
  return anchors;
}
