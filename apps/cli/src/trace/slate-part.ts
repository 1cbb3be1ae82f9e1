import type { Move, MoveReason, Section, SectionKind } from '@matinee/recommender';
import { describeReason } from './describe-reason.ts';
import { listed, plural, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import { LIST_LENGTH, type RequestTrace } from './trace-request.ts';

const SHOWN = 4;

const ROWS: Readonly<Record<SectionKind, { readonly name: string; readonly filledBy: string }>> = {
  popular_right_now: {
    name: 'Popular right now',
    filledBy: 'What people engage with lately. It is filled last, since it has the most titles to choose from.',
  },
  similar_to_your_taste: {
    name: 'Similar to your taste',
    filledBy: 'What the sources that read the whole history found, in the order of the list.',
  },
  because_you_watched: {
    name: 'Because you watched',
    filledBy: 'Neighbours of one title and nothing else, whatever their place in the list.',
  },
  from_your_recent_intent: {
    name: 'From your recent intent',
    filledBy: 'Neighbours of the last few titles. It is filled first, since it has the fewest titles to choose from.',
  },
  mixed_discovery: {
    name: 'Mixed discovery',
    filledBy: 'Titles outside the short head that sources of at least two families found.',
  },
  from_the_catalogue: {
    name: 'From the catalogue',
    filledBy: 'Titles by genre and year, where the sources find too few.',
  },
};

/** The page's rows, and where in them the list's first titles are. */
export async function slatePart({ trace, link }: PageInput): Promise<PagePart> {
  const { sections, found, moves: slateMoves } = trace.first;
  const places = new Map(found.ranked.map(({ itemIndex }, index) => [itemIndex, index + 1]));
  const rows = await Promise.all(
    sections.map(async (section) => [
      `**${nameOf(trace, section)}**, ${plural(section.placements.length, 'title')}. ${ROWS[section.kind].filledBy}`,
      table(
        ['', 'title', 'place in the list', 'reason given'],
        await Promise.all(
          section.placements
            .slice(0, SHOWN)
            .map(async ({ itemIndex, explain }, position) => [
              String(position + 1),
              titleOf(trace, itemIndex),
              String(places.get(itemIndex) ?? '—'),
              describeReason(trace, await explain()),
            ]),
        ),
      ),
    ]),
  );
  const moves = found.ranked.slice(0, LIST_LENGTH).map(({ itemIndex }, index) => {
    const section = sections.find(({ placements }) => placements.some((placed) => placed.itemIndex === itemIndex));
    const position = section?.placements.findIndex((placed) => placed.itemIndex === itemIndex);
    return [
      String(index + 1),
      titleOf(trace, itemIndex),
      section === undefined ? 'none' : nameOf(trace, section),
      position === undefined ? '—' : String(position + 1),
    ];
  });
  return {
    heading: 'The slate: a list becomes a page',
    blocks: [
      `A page is not a list. Viewers scan rows by their headings, and a page of ten similar titles fails viewers who are not in the
mood for them ([Gomez-Uribe & Hunt 2015](https://doi.org/10.1145/2843948)). This one has ${plural(sections.length, 'row')}:`,
      ...rows.flat(),
      `A "—" is a title that is not a candidate of the list: a row has a query of its own. No title appears twice. Rows that can be filled from the fewest titles are filled first, in this order: ${listed(
        CHOOSING_ORDER.map((kind) => ROWS[kind].name),
      )}. A row whose title is taken goes on to its next one, and a row of fewer than four titles is left out. So the first of the list need not be first in any row:`,
      table(['place in the list', 'title', 'row', 'position in it'], moves),
      `Each row is then diversified a little ([Carbonell & Goldstein 1998](https://doi.org/10.1145/290941.291025)): a place goes to a title that is
relevant and unlike those before it; rows about the whole taste also keep the genre shares of the history ([Steck
2018](https://doi.org/10.1145/3240323.3240372)). Here that raised ${plural(risersBy(slateMoves, 'diversity').length, 'title')} for diversity and ${risersBy(slateMoves, 'calibration').length} for
calibration${furthestOf(trace, slateMoves)}. Titles that were shown on earlier days and not opened would sink by ten places a day, and a page requested over HTTP has one
place that is drawn at random. Rows keep their usual order, unless one is clearly worth more than those above it.`,
      `Code: ${link('packages/recommender/src/page/compose-page.ts')}, ${link('packages/recommender/src/page/rows/because-you-watched.ts', 'rows/')} has a file for each row.`,
    ],
  };
}

function risersBy(moves: readonly Move[], reason: MoveReason): Move[] {
  return moves.filter((move) => move.reason === reason && move.to < move.from);
}

function furthestOf(trace: RequestTrace, moves: readonly Move[]): string {
  const [furthest] = moves.toSorted((a, b) => b.from - b.to - (a.from - a.to));
  if (furthest === undefined) return '';
  return `; the furthest rise was that of ${titleOf(trace, furthest.itemIndex)}, from place ${furthest.from + 1} of its row to ${furthest.to + 1}`;
}

const CHOOSING_ORDER: readonly SectionKind[] = [
  'from_your_recent_intent',
  'because_you_watched',
  'similar_to_your_taste',
  'mixed_discovery',
  'popular_right_now',
  'from_the_catalogue',
];

/** The row's heading, with the title that it is about if there is one. */
export function nameOf(trace: RequestTrace, { kind, anchor }: Pick<Section, 'kind' | 'anchor'>): string {
  const { name } = ROWS[kind];
  return anchor === undefined ? name : `${name} ${titleOf(trace, anchor)}`;
}
