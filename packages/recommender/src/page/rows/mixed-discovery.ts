import type { NamedSource } from '@matinee/models/blend';
import { boostScored } from '../../candidates/boost-candidates.ts';
import type { Candidate } from '../../candidates/candidate.ts';
import { explainBySource, explainCandidate } from '../../candidates/explain.ts';
import { type Placement, popularitySource, ROW_LENGTH, type RowProposal, type SlateInput } from './section.ts';

/** So far down its list a source still means it. */
const NEWCOMER_DEPTH = 100;
/** Of the coldItems that were found, one of so many of the best is shown. */
const MOST_NEWCOMERS = 10;

/** Sources must agree on a title that few people know. */
const MIN_AGREEING_SOURCES = 2;

/**
 * Titles that the user would hardly come across: at least {@link MIN_AGREEING_SOURCES} personal sources of different
 * families speak for them, and they lie outside the short head (the few titles that hold half of all interactions).
 * Best blended score first. One place is for a newcomer, see `page/introduce-new-item.ts`.
 *
 * For somebody of whom nothing is known, no personal source speaks; then it is variety: popular titles, one of each
 * genre in turn.
 */
export async function mixedDiscovery(input: SlateInput): Promise<RowProposal> {
  const { engine, query, ranked } = input;
  if (query.retrieval.history.itemIndices.length === 0) {
    return { kind: 'mixed_discovery', placements: await genreVariety(input) };
  }
  const toPlacement = (candidate: Candidate): Placement => ({
    itemIndex: candidate.itemIndex,
    explain: () => explainCandidate(engine, query, candidate),
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
      .slice(0, MOST_NEWCOMERS)
      .map(toPlacement),
  };
}

/**
 * Nobody turned to it in the data set, as when it has just arrived: only sources that read content can speak for it, so
 * none can agree. Once they do, as after a refresh with the log, it stands among the others. It must be of a genre that the user turns to: that is the reason it is shown with.
 */
function isColdItem({ engine, query }: SlateInput, candidate: Candidate): boolean {
  const { itemIndex } = candidate;
  return (
    engine.ratings.interactionCounts[itemIndex] === 0 &&
    countAgreeing(candidate) < MIN_AGREEING_SOURCES &&
    candidate.sources.some(({ source, rank }) => isPersonal(source) && rank <= NEWCOMER_DEPTH) &&
    engine.catalogue.genres[itemIndex]!.some((genre) => query.tasteGenres.has(genre))
  );
}

/** Whether the source's scores depend on the viewer. */
function isPersonal({ model }: NamedSource): boolean {
  return model.traits.reads !== 'nothing';
}

function countAgreeing({ sources }: Candidate): number {
  const kinds = new Set<string>();
  for (const { source, score } of sources) {
    if (score > 0 && isPersonal(source)) kinds.add(source.model.kind);
  }
  return kinds.size;
}

/** Deep enough that small genres have their turn too. */
const VARIETY_POOL = 600;

/** Round robin over the genres, those of the most popular titles first. */
async function genreVariety(input: SlateInput): Promise<Placement[]> {
  const { engine, query, verdicts } = input;
  const source = popularitySource(input);
  const found = await source.model.retrieve(query.retrieval, VARIETY_POOL, verdicts.codes);
  const { itemIndices } = boostScored(engine, query, found);
  const byGenre = new Map<number, number[]>();
  // The first ones stand in the popular row.
  for (const itemIndex of itemIndices.subarray(ROW_LENGTH)) {
    for (const genre of engine.catalogue.genres[itemIndex]!) {
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
