import { becauseYouWatched } from './rows/because-you-watched.ts';
import { mixedDiscovery } from './rows/mixed-discovery.ts';
import { popularRightNow } from './rows/popular-right-now.ts';
import { recentIntent } from './rows/recent-intent.ts';
import { similarToYourTaste } from './rows/similar-to-your-taste.ts';
import {
  MAX_ROW_LENGTH,
  MIN_ROW_LENGTH,
  type Placement,
  ROW_LENGTH,
  type RowProposal,
  SECTION_KINDS,
  type Section,
  type SlateInput,
} from './section.ts';

/**
 * Puts the page together: no title stands twice, neither among the first titles nor further along any row.
 *
 * The rows that can be filled from the fewest titles choose first (recent intent, then the named titles, taste,
 * discovery, and popularity last, which has the most to choose from; for somebody new popularity is all there is, and
 * chooses first); shown they are in the order of
 * {@link SECTION_KINDS}. All rows take their first {@link ROW_LENGTH} before any takes more. A row left with fewer
 * than {@link MIN_ROW_LENGTH} is absent and gives back what it took; but where rules leave so little that every row would
 * be, the popular one shows what there is.
 */
export async function composeSlate(input: SlateInput): Promise<readonly Section[]> {
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
      : [popularRightNow(input), mixedDiscovery(input)],
  );
  const taken = new Set<number>();
  const rows = proposals.flat().map((proposal) => {
    const first = takeFree(proposal.placements, taken, ROW_LENGTH);
    if (first.length < MIN_ROW_LENGTH) return { proposal, placements: [] };
    for (const { itemIndex } of first) taken.add(itemIndex);
    return { proposal, placements: first };
  });
  const sections: Section[] = [];
  for (const { proposal, placements } of rows) {
    if (placements.length === 0) continue;
    const further = takeFree(proposal.placements, taken, MAX_ROW_LENGTH - placements.length);
    for (const { itemIndex } of further) taken.add(itemIndex);
    const { kind, anchor } = proposal;
    sections.push({
      id: anchor === undefined ? kind : `${kind}:${anchor}`,
      kind,
      ...(anchor === undefined ? {} : { anchor }),
      placements: [...placements, ...further],
    });
  }
  if (sections.length === 0) return whateverThereIs(proposals.flat());
  return sections.sort((a, b) => SECTION_KINDS.indexOf(a.kind) - SECTION_KINDS.indexOf(b.kind));
}

function whateverThereIs(proposals: readonly RowProposal[]): readonly Section[] {
  const { kind, placements } = proposals.find((proposal) => proposal.kind === 'popular_right_now')!;
  return placements.length === 0 ? [] : [{ id: kind, kind, placements }];
}

function takeFree(placements: readonly Placement[], taken: ReadonlySet<number>, limit: number): Placement[] {
  const free: Placement[] = [];
  for (const placement of placements) {
    if (free.length >= limit) break;
    if (!taken.has(placement.itemIndex)) free.push(placement);
  }
  return free;
}
