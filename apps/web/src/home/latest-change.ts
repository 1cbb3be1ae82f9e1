import { onTitlesGone } from '../api/held-titles.ts';
import { queryClient } from '../api/query-client.ts';
import { createValueStore } from '../api/value-store.ts';
import { withoutTitles } from '../api/without-titles.ts';
import { storedChoices } from '../feedback/feedback.ts';
import { messages } from '../messages/current.ts';
import { fetchHome, type HomePageData, homeKey } from './home-query.ts';
import { comparePages, type PageDifference } from './page-change.ts';

/** What the viewer did, or the server, between two pages. */
export type ChangeCause =
  | {
      readonly kind: 'choices';
      /** All that was chosen, the latest last. */
      readonly titles: readonly string[];
      readonly liked: readonly number[];
      readonly likedTitles: readonly string[];
    }
  | { readonly kind: 'release'; readonly generation: string };

/** The latest change of the page, from the last whole page that the viewer had. */
export interface LatestChange {
  readonly userIdx: number;
  readonly before: HomePageData;
  readonly now: HomePageData;
  readonly cause: ChangeCause;
  readonly difference: PageDifference;
  /** Whether the page shows all of it. */
  readonly isApplied: boolean;
  /** Whether new titles are marked on the page. */
  readonly isMarked: boolean;
}

export const latestChange = createValueStore<LatestChange | undefined>(undefined);
/** Whether the dialog that shows the latest change is open. */
export const isChangeOpen = createValueStore(false);

/** New titles are marked for so long after they have come into view. */
const MARK_MS = 8000;

onTitlesGone(({ userIdx, gone }) => {
  const change = latestChange.get();
  if (change?.userIdx !== userIdx) return;
  if (gone === null) latestChange.set(undefined);
  else noteChange(withoutTitles(change.before, gone), withoutTitles(change.now, gone), change.cause, change.isApplied);
});

/** Remembers what has changed between two pages. */
export function noteChange(before: HomePageData, now: HomePageData, cause: ChangeCause, isApplied: boolean): void {
  const difference = comparePages(before, now);
  latestChange.set({ userIdx: now.userIdx, before, now, cause, difference, isApplied, isMarked: true });
}

/** The page that the next one is compared with: the last one that the viewer had as a whole. */
export function pageBefore(page: HomePageData): HomePageData {
  const change = latestChange.get();
  return change?.userIdx === page.userIdx && !change.isApplied ? change.before : page;
}

/** The choices of this visit that the server stored between two pages. */
export function choicesBetween(before: HomePageData, now: HomePageData): ChangeCause {
  const choices = storedChoices(before.asOfChoice, now.asOfChoice);
  const liked = choices.filter(({ type }) => type === 'like');
  return {
    kind: 'choices',
    titles: choices.map(({ title }) => title),
    liked: liked.map(({ itemIdx }) => itemIdx),
    likedTitles: liked.map(({ title }) => title),
  };
}

/** Marks the latest change as shown; a moment later its marks go. */
export function markApplied(): void {
  const change = latestChange.get();
  if (change === undefined) return;
  const applied = { ...change, isApplied: true };
  latestChange.set(applied);
  setTimeout(() => {
    if (latestChange.get() === applied) latestChange.set({ ...applied, isMarked: false });
  }, MARK_MS);
}

/** Says how many picks are new, and after what. */
export function describeChange({ difference, cause }: LatestChange): string {
  const count = difference.newItems.size;
  const words = messages.changes;
  if (count === 0) return messages.homePage.refresh;
  if (cause.kind === 'release') return words.newPicksBy(count, cause.generation);
  return cause.titles.length === 0 ? words.newPicks(count) : words.newPicksAfter(count, cause.titles);
}

/** Fetches the page by the release that answers now, and shows how it differs from the page that the viewer has. */
export async function showReleaseChange(userIdx: number, generation: string): Promise<void> {
  const page = queryClient.getQueryData<HomePageData>(homeKey(userIdx));
  const known = latestChange.get();
  const isKnown = known?.userIdx === userIdx && known.cause.kind === 'release' && known.cause.generation === generation;
  if (page && !isKnown) {
    const now = await fetchHome(userIdx).catch(() => undefined);
    if (now) noteChange(pageBefore(page), now, { kind: 'release', generation }, false);
  }
  isChangeOpen.set(true);
}
