import type { NamedSource } from '@matinee/models/blend';
import { boostScored } from '../../candidates/boost-candidates.ts';
import { type Candidate, visitSources } from '../../candidates/candidate.ts';
import { explainBySource, explainCandidate, explainOtherwise } from '../../candidates/explain.ts';
import { isTasteGenre } from '../../facts/genre-order.ts';
import { type Placement, popularitySource, ROW_LENGTH, type RowProposal, type SlateInput } from './section.ts';

/** Lowest rank in a source's list that counts as support for a cold item. */
const COLD_ITEM_DEPTH = 100;
/** Number of best cold items of which one is shown. */
const MAX_COLD_ITEMS = 10;

/** Families that must agree on an item that few people know. */
const MIN_AGREEING_SOURCES = 2;

/**
 * Returns items that the viewer would hardly come across: at least {@link MIN_AGREEING_SOURCES} personal sources of
 * different families support them, and they are outside the short head (the few items with half of all interactions).
 * Best blended score first. One place is for a cold item, see `page/introduce-new-item.ts`.
 *
 * A viewer without a history has no personal sources and gets variety: popular items, one of each genre in turn.
 */
export async function mixedDiscovery(input: SlateInput): Promise<RowProposal> {
  const { engine, query, ranked } = input;
  if (query.retrieval.history.itemIndices.length === 0) {
    return { kind: 'mixed_discovery', placements: await genreVariety(input) };
  }
  const toPlacement = (candidate: Candidate): Placement => ({
    itemIndex: candidate.itemIndex,
    explain: () => explainCandidate(engine, query, candidate),
    explainOtherwise: (isUsedUp) => explainOtherwise(engine, query, candidate, isUsedUp),
  });
  return {
    kind: 'mixed_discovery',
    placements: ranked
      .filter(
        (candidate) => engine.isHead[candidate.itemIndex] === 0 && countAgreeing(candidate) >= MIN_AGREEING_SOURCES,
      )
      .map(toPlacement),
    coldItems: ranked
      .filter((candidate) => isColdItem(input, candidate))
      .slice(0, MAX_COLD_ITEMS)
      .map(toPlacement),
  };
}

/**
 * Whether the item has no interaction in the data set, as when it is new. Only sources that read content support such
 * an item, so none can agree; once they do, as after a refresh with the log, it stands among the others. It must be of
 * a genre that the viewer likes: that is the reason shown.
 */
function isColdItem({ engine, query }: SlateInput, candidate: Candidate): boolean {
  const { itemIndex } = candidate;
  return (
    engine.ratings.interactionCounts[itemIndex] === 0 &&
    countAgreeing(candidate) < MIN_AGREEING_SOURCES &&
    candidate.sources.some(({ source, rank }) => isPersonal(source) && rank <= COLD_ITEM_DEPTH) &&
    engine.catalogue.genres[itemIndex]!.some((genre) => query.tasteGenres.has(genre))
  );
}

/** Whether the source's scores depend on the viewer. */
function isPersonal({ model }: NamedSource): boolean {
  return model.traits.reads !== 'nothing';
}

function countAgreeing(candidate: Candidate): number {
  const kinds: string[] = [];
  visitSources(candidate, (source, _rank, score) => {
    if (score > 0 && isPersonal(source) && !kinds.includes(source.model.kind)) kinds.push(source.model.kind);
  });
  return kinds.length;
}

/** Items looked at: enough to include small genres. */
const VARIETY_POOL = 600;

/** Round robin over the genres, those of the most popular items first. */
async function genreVariety(input: SlateInput): Promise<Placement[]> {
  const { engine, query, verdicts } = input;
  const source = popularitySource(input);
  const found = await source.model.retrieve(query.retrieval, VARIETY_POOL, verdicts.codes);
  const { itemIndices } = boostScored(engine, query, found);
  const byGenre = new Map<number, number[]>();
  // The first ones stand in the popular row.
  for (const itemIndex of itemIndices.subarray(ROW_LENGTH)) {
    for (const genre of engine.catalogue.genres[itemIndex]!) {
      if (!isTasteGenre(engine.catalogue.genreNames[genre]!)) continue;
      byGenre.set(genre, [...(byGenre.get(genre) ?? []), itemIndex]);
    }
  }
  const chosen = new Set<number>();
  const queues = [...byGenre.values()];
  while (queues.some((queue) => queue.length > 0)) {
    for (const queue of queues) {
      let next = queue.shift();
      while (next !== undefined && chosen.has(next)) next = queue.shift();
      if (next !== undefined) chosen.add(next);
    }
  }
  return Array.from(chosen, (itemIndex) => ({
    itemIndex,
    explain: async () => (await explainBySource(engine, query, source, itemIndex)) ?? { code: 'trending_now' },
  }));
}
