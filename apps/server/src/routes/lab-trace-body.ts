import type { LabTitle, LabTrace, LabTraceItem } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import type { Engine, FeedbackState, Move } from '@matinee/recommender';
import { roundStages } from '../http/server-timing.ts';
import { anchorsOf, explainInTrace } from '../lab/explain-trace.ts';
import type { KeptTrace } from '../lab/trace-store.ts';
import { titleOf, toCard } from './cards.ts';

/** Titles of the list and of the history that a trace names. */
const LISTED = 50;

type MayName = (itemIdx: ItemIndex) => boolean;

export function toTraceBody(requestId: string, kept: KeptTrace, mayName: MayName): LabTrace {
  const { atMs, userIdx, engine, found, sections, trace, stagesMs, without } = kept;
  const { release } = engine;
  const { pool, ranked, features } = found;
  const { ranking } = release;
  const moves: Record<string, number> = {};
  for (const { reason } of trace.moves) moves[reason] = (moves[reason] ?? 0) + 1;
  const blendPlaces = new Map(Array.from(pool.itemIndices, (item, at) => [item, at + 1]));
  return {
    requestId,
    at: new Date(atMs).toISOString(),
    userIdx: userIdx ?? null,
    release: release.version,
    generation: release.generation,
    without: without.filter(mayName).map((item) => toLabTitle(engine, item)),
    stagesMs: roundStages(stagesMs),
    funnel: funnelOf(kept),
    isWhole: found.found.length > 0 || 'retrieve' in stagesMs,
    sources: trace.sources.flatMap(({ name, candidateCount, ms, error }) => {
      const source = release.sources.find((each) => each.name === name);
      if (source === undefined) return [];
      const { summary, code, card } = source.model.traits.notes;
      const { weight } = source;
      return [
        {
          name,
          summary,
          code: withoutFolders(code),
          card,
          weight,
          candidates: candidateCount,
          ms,
          ...defined({ error }),
        },
      ];
    }),
    removed: { ...trace.removed },
    degraded: [...(trace.degraded?.missing ?? [])],
    history: { length: trace.historyLength, latest: latestOf(kept, mayName) },
    ranker:
      ranking === undefined || features === undefined
        ? null
        : { features: ranking.schema.features.length, depth: ranking.rankDepth, base: ranking.ranker.expectedScore() },
    moves,
    list: ranked
      .slice(0, LISTED)
      .filter(({ itemIndex }) => mayName(itemIndex))
      .map(({ itemIndex, score }) => ({
        ...toLabTitle(engine, itemIndex),
        score,
        blendPlace: blendPlaces.get(itemIndex) ?? null,
      })),
    rows: sections.map(({ id, kind, placements }) => ({ id, kind, count: placements.length })),
  };
}

function funnelOf({ engine, found, sections, trace, stagesMs }: KeptTrace): LabTrace['funnel'] {
  const removed = Object.values(trace.removed).reduce((sum, count) => sum + count, 0);
  const union = new Set(found.found.flatMap(({ items }) => Array.from(items.itemIndices)));
  const placed = sections.reduce((sum, { placements }) => sum + placements.length, 0);
  const msOf = (...stages: readonly string[]): number =>
    Math.round(1000 * stages.reduce((sum, stage) => sum + (stagesMs[stage] ?? 0), 0)) / 1000;
  return [
    { stage: 'catalogue', count: engine.itemCount },
    { stage: 'rules', count: engine.itemCount - removed, ms: msOf('hydrate', 'rules') },
    { stage: 'sources', count: union.size, ms: msOf('retrieve') },
    { stage: 'blend', count: found.pool.itemIndices.length, ms: msOf('blend') },
    { stage: 'ranked', count: found.ranked.length, ms: msOf('score', 'filter', 'rank') },
    { stage: 'page', count: placed, ms: msOf('slate', 'explain') },
  ];
}

function latestOf({ engine, found }: KeptTrace, mayName: MayName): LabTrace['history']['latest'] {
  const { retrieval, intentItems } = found.query;
  const { itemIndices, timestamps, weights, ratings } = retrieval.history;
  return [...itemIndices.keys()]
    .reverse()
    .filter((at) => mayName(itemIndices[at]!))
    .slice(0, LISTED)
    .map((at) => ({
      ...toLabTitle(engine, itemIndices[at]!),
      weight: weights[at]!,
      rating: ratingAt(ratings, at),
      at: dateOf(timestamps[at]!),
      isRecentIntent: intentItems.includes(itemIndices[at]!),
    }));
}

export async function toTraceItemBody(
  kept: KeptTrace,
  itemIdx: ItemIndex,
  feedback: FeedbackState,
  mayName: MayName,
): Promise<LabTraceItem> {
  const { engine, found, whys } = kept;
  const explained = explainInTrace(kept, itemIdx);
  const { outcome, rule, places, listPlace, blend, sources, ranker, moves } = explained;
  const given = whys.get(itemIdx);
  const named = given?.params.itemIdx;
  const why = named === undefined || mayName(named) ? given : undefined;
  const anchors = await anchorsOf(kept, itemIdx, sources, mayName);
  return {
    item: toCard(engine, itemIdx, feedback),
    outcome,
    ...defined({ rule, why }),
    places: [...places],
    listPlace,
    listLength: found.ranked.length,
    blend,
    sources: [...sources],
    ranker: ranker && { ...ranker, features: [...ranker.features] },
    moves: moves.map(toMoveBody),
    anchors: anchors.map(({ source, itemIndex, rating, at, part }) => ({
      source,
      ...toLabTitle(engine, itemIndex),
      rating,
      at: dateOf(at),
      part,
    })),
  };
}

export function toLabTitle(engine: Engine, itemIdx: ItemIndex): LabTitle {
  return { itemIdx, title: titleOf(engine, itemIdx), year: engine.catalogue.years[itemIdx] || null };
}

function toMoveBody({ itemIndex, row, ...move }: Move) {
  return { itemIdx: itemIndex, ...move, ...defined({ rowId: row }) };
}

function ratingAt(ratings: Float32Array | undefined, at: number): number | null {
  const rating = ratings?.[at] ?? Number.NaN;
  return Number.isFinite(rating) ? rating : null;
}

/** As ARCHITECTURE.md writes paths: `models/retrieval/ease.ts`. */
const withoutFolders = (path: string): string => path.replace(/^packages\//, '').replace('/src/', '/');

const dateOf = (seconds: number): string => new Date(seconds * 1000).toISOString();
