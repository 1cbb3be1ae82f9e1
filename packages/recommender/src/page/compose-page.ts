import { genreShares } from '@matinee/models/evaluation';
import type { Move } from '../candidates/move.ts';
import { chanceOfTitle } from './chance-of-title.ts';
import { diversify } from './diversify.ts';
import { exploreRow } from './explore-row.ts';
import { introduceColdItem } from './introduce-cold-item.ts';
import { orderSections } from './order-sections.ts';
import { rotateShown } from './rotate-shown.ts';
import { becauseYouWatched } from './rows/because-you-watched.ts';
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
  /** What was moved within rows, row by row; places are counted among the titles that other rows had left. */
  readonly moves: readonly Move[];
}

/** So many places of a row are varied, three times what it comes with; further down the order it has will do. */
const VARIED_LENGTH = 3 * ROW_LENGTH;

/** About the user's whole taste, whose genres they keep to. Other rows are about a title, or the same for everybody. */
const CALIBRATED_KINDS: ReadonlySet<SectionKind> = new Set(['similar_to_your_taste', 'mixed_discovery']);

/**
 * Puts the page together: no title stands twice, neither among the first titles nor further along any row.
 *
 * The rows that can be filled from the fewest titles choose first (recent intent, then the named titles, taste,
 * discovery, and popularity last, which has the most to choose from; for somebody new popularity is all there is, and
 * chooses first). Before it chooses, a row puts what is left for it in order ({@link arrange}). All rows take their first
 * {@link ROW_LENGTH} before any takes more. A row left with fewer than {@link MIN_ROW_LENGTH} is absent and gives back what it
 * took; but where rules leave so little that every row would be, the popular one shows what there is. Shown they are in the
 * order of what they are worth ({@link orderSections}).
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
        ]
      : [popularRightNow(input), popularInGenres(input), mixedDiscovery(input)],
  );
  const taken = new Set<number>();
  const rows = proposals.flat().map((proposal) => {
    const { titles, moves } = arrange(input, proposal, taken);
    const first = titles.slice(0, ROW_LENGTH);
    if (first.length < MIN_ROW_LENGTH) return { proposal, first: [], rest: [], moves: [] };
    for (const { itemIndex } of first) taken.add(itemIndex);
    return { proposal, first, rest: titles.slice(ROW_LENGTH), moves };
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

/** What no other row has taken, in the order in which this one will show it: rotated, then varied, then with places drawn at random. */
function arrange(
  { engine, query, diversity, exploration }: SlateInput,
  proposal: RowProposal,
  taken: ReadonlySet<number>,
): { readonly titles: readonly Placement[]; readonly moves: readonly Move[] } {
  const { kind, placements } = proposal;
  const { itemSpace } = engine;
  const rotated = rotateShown(withoutTaken(placements, taken), query.shownDays);
  const varied = diversify(rotated.titles, itemSpace, {
    strength: diversity,
    count: VARIED_LENGTH,
    taste: CALIBRATED_KINDS.has(kind)
      ? genreShares(query.retrieval.history, itemSpace.genres, itemSpace.genreCount)
      : undefined,
  });
  const explored =
    kind === 'mixed_discovery' && exploration !== undefined
      ? exploreRow(varied.titles, exploration)
      : { titles: varied.titles, moves: [] };
  const coldItems = withoutTaken(proposal.coldItems ?? [], taken);
  const { titles, moves } =
    exploration === undefined
      ? { titles: explored.titles, moves: [] }
      : introduceColdItem(explored.titles, coldItems, exploration);
  const { id: row } = nameOf(proposal);
  return {
    titles,
    moves: [...rotated.moves, ...varied.moves, ...explored.moves, ...moves]
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
  const { kind, placements } = proposals.find(
    (proposal) => proposal.kind === 'popular_right_now' && proposal.genre === undefined,
  )!;
  return placements.length === 0 ? [] : [{ id: kind, kind, placements }];
}

function withoutTaken(placements: readonly Placement[], taken: ReadonlySet<number>): readonly Placement[] {
  return placements.filter(({ itemIndex }) => !taken.has(itemIndex));
}
