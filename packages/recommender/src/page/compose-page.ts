import type { ItemIndex } from '@matinee/models/data';
import { genreShares } from '@matinee/models/evaluation';
import type { Move } from '../candidates/move.ts';
import { metItems } from '../request/query.ts';
import { chanceOfTitle } from './chance-of-title.ts';
import { diversify } from './diversify.ts';
import { exploreRow } from './explore-row.ts';
import { firstOfSeriesFirst } from './first-of-series.ts';
import { introduceColdItem } from './introduce-cold-item.ts';
import { orderSections } from './order-sections.ts';
import { rotateShown } from './rotate-shown.ts';
import { becauseYouWatched } from './rows/because-you-watched.ts';
import { fromTheCatalogue } from './rows/from-the-catalogue.ts';
import { mixedDiscovery } from './rows/mixed-discovery.ts';
import { popularInGenres } from './rows/popular-in-genres.ts';
import { popularRightNow } from './rows/popular-right-now.ts';
import { recentIntent } from './rows/recent-intent.ts';
import {
  MAX_ROW_LENGTH,
  MIN_ROW_LENGTH,
  type Placement,
  ROW_LENGTH,
  type RowProposal,
  SECTION_KINDS,
  type Section,
  type SectionKind,
  type SlateInput,
} from './rows/section.ts';
import { similarToYourTaste } from './rows/similar-to-your-taste.ts';

export interface Slate {
  readonly sections: readonly Section[];
  /** Moves within rows, row by row. Places count only the items that earlier rows left over. */
  readonly moves: readonly Move[];
}

/** Places of a row that are diversified: three times its first length. Places below keep their order. */
const VARIED_LENGTH = 3 * ROW_LENGTH;

/** Rows about the user's whole taste, calibrated to its genres. Other rows are about an item or equal for all users. */
const CALIBRATED_KINDS: ReadonlySet<SectionKind> = new Set(['similar_to_your_taste', 'mixed_discovery']);

/**
 * Composes the page from row proposals; no item appears twice.
 *
 * Rows with the fewest possible items choose first: recent intent, then rows about one item, taste, discovery and,
 * last, popularity and the catalogue. For a user without a history popularity chooses first. Before a row chooses,
 * {@link arrange} orders what is left for it. All rows take their first {@link ROW_LENGTH} items before any row takes
 * more. A row with fewer than {@link MIN_ROW_LENGTH} items is dropped and its items are free again; if that drops every
 * row, the catalogue's row or else the popular row shows all it has. {@link orderSections} gives the order of the rows.
 */
export async function composeSlate(input: SlateInput): Promise<Slate> {
  const isKnown = input.query.retrieval.history.itemIndices.length > 0;
  const proposals = await Promise.all(
    isKnown
      ? [
          recentIntent(input),
          becauseYouWatched(input),
          similarToYourTaste(input),
          mixedDiscovery(input),
          popularRightNow(input),
          fromTheCatalogue(input),
        ]
      : [popularRightNow(input), popularInGenres(input), mixedDiscovery(input), fromTheCatalogue(input)],
  );
  const taken = new Set<number>();
  const met = once(() => metItems(input.query));
  const taste = once(() => genreSharesOf(input));
  const rows = proposals.flat().map((proposal) => {
    const { titles, moves } = arrange(input, proposal, { taken, met, taste });
    const first = titles.slice(0, proposal.firstLength ?? ROW_LENGTH);
    if (first.length < MIN_ROW_LENGTH) return { proposal, first: [], rest: [], moves: [] };
    for (const { itemIndex } of first) taken.add(itemIndex);
    return { proposal, first, rest: titles.slice(first.length), moves };
  });
  const sections: Section[] = [];
  for (const { proposal, first, rest } of rows) {
    if (first.length === 0) continue;
    const further = withoutTaken(rest, taken).slice(0, MAX_ROW_LENGTH - first.length);
    for (const { itemIndex } of further) taken.add(itemIndex);
    sections.push({ ...nameOf(proposal), placements: [...first, ...further] });
  }
  if (sections.length === 0) return { sections: whateverThereIs(proposals.flat()), moves: [] };
  sections.sort((a, b) => SECTION_KINDS.indexOf(a.kind) - SECTION_KINDS.indexOf(b.kind));
  return { sections: orderSections(sections, chanceOfTitle(input)), moves: rows.flatMap(({ moves }) => moves) };
}

/** What all rows of a page share. */
interface PageSoFar {
  readonly taken: ReadonlySet<number>;
  readonly met: () => ReadonlySet<ItemIndex>;
  /** Undefined where nothing in the history has a genre. */
  readonly taste: () => Float64Array | undefined;
}

/** Returns a function that makes its value when it is first needed. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function genreSharesOf({ engine: { itemSpace }, query }: SlateInput): Float64Array | undefined {
  return genreShares(query.retrieval.history, itemSpace.genres, itemSpace.genreCount);
}

/**
 * Orders the items that no other row has taken: rotates shown ones, diversifies, puts the first of a series first, then
 * fills places at random.
 */
function arrange(
  { engine, query, verdicts, diversity, exploration }: SlateInput,
  proposal: RowProposal,
  { taken, met, taste }: PageSoFar,
): { readonly titles: readonly Placement[]; readonly moves: readonly Move[] } {
  const { kind, placements } = proposal;
  const { itemSpace } = engine;
  const rotated = rotateShown(withoutTaken(placements, taken), query.shownDays);
  const varied = diversify(rotated.titles, itemSpace, {
    // The catalogue's rows are spread already, or newest first.
    strength: kind === 'from_the_catalogue' ? 0 : diversity,
    count: VARIED_LENGTH,
    taste: CALIBRATED_KINDS.has(kind) ? taste() : undefined,
  });
  const { genre } = proposal;
  // The catalogue's rows say what there is, and in which order.
  const inSeries =
    kind === 'from_the_catalogue'
      ? { titles: varied.titles, moves: [] }
      : firstOfSeriesFirst<Placement>(varied.titles, {
          engine,
          query,
          verdicts,
          met,
          taken,
          suits: (itemIndex) => genre === undefined || engine.catalogue.genres[itemIndex]!.includes(genre),
          place: (itemIndex, before) => ({
            itemIndex,
            explain: () => Promise.resolve({ code: 'first_of_series', itemIndex: before.itemIndex }),
          }),
        });
  const explored =
    kind === 'mixed_discovery' && exploration !== undefined
      ? exploreRow(inSeries.titles, exploration)
      : { titles: inSeries.titles, moves: [] };
  const coldItems = withoutTaken(proposal.coldItems ?? [], taken);
  const { titles, moves } =
    exploration === undefined
      ? { titles: explored.titles, moves: [] }
      : introduceColdItem(explored.titles, coldItems, exploration);
  const { id: row } = nameOf(proposal);
  return {
    titles,
    moves: [...rotated.moves, ...varied.moves, ...inSeries.moves, ...explored.moves, ...moves]
      .filter(({ to }) => to < MAX_ROW_LENGTH)
      .map((move) => ({ ...move, row })),
  };
}

function nameOf({ kind, anchor, genre }: RowProposal): Omit<Section, 'placements'> {
  if (anchor !== undefined) return { id: `${kind}:${anchor}`, kind, anchor };
  if (genre !== undefined) return { id: `${kind}:genre-${genre}`, kind, genre };
  return { id: kind, kind };
}

function whateverThereIs(proposals: readonly RowProposal[]): readonly Section[] {
  const ofKind = (wanted: SectionKind): readonly Section[] =>
    proposals
      .filter(({ kind, genre, placements }) => kind === wanted && genre === undefined && placements.length > 0)
      .map(({ kind, placements }) => ({ id: kind, kind, placements }));
  const fromCatalogue = ofKind('from_the_catalogue');
  // With rows from the catalogue, theirs has all that the popular row has.
  return fromCatalogue.length > 0 ? fromCatalogue : ofKind('popular_right_now');
}

function withoutTaken(placements: readonly Placement[], taken: ReadonlySet<number>): readonly Placement[] {
  if (taken.size === 0) return placements;
  return placements.filter(({ itemIndex }) => !taken.has(itemIndex));
}
