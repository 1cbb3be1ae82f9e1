import type { Card, HomeResponse, Row, RowKind } from '@matinee/contract';
import { queryOptions } from '@tanstack/react-query';
import { requestCards } from '../api/card-answers.ts';
import { onTitlesGone } from '../api/held-titles.ts';
import { ApiError } from '../api/request.ts';
import { readStored, removeStored, storedKeys, writeStored } from '../api/stored.ts';
import { withoutTitles } from '../api/without-titles.ts';
import { storedCount } from '../feedback/feedback.ts';
import { isVisitor } from '../user/visitor.ts';
import { takePicks } from './take-picks.ts';

/** A row with the id of its response: after a partial refresh, the page shows rows of two responses. */
export interface HomeRow extends Row {
  readonly requestId: string;
}

export interface HomePageData extends Omit<HomeResponse, 'rows' | 'hero'> {
  /** The titles at the top of the page, best first; they stand in no row. */
  readonly picks: readonly Card[];
  readonly rows: readonly HomeRow[];
  readonly userIdx: number;
  /** When it was loaded, by this browser's clock (ms since 1970). */
  readonly loadedAt: number;
  /** How many choices of this visit the server had stored at the time of the request. */
  readonly asOfChoice: number;
  /** True for a visitor without a history. */
  readonly isStranger: boolean;
  /** True when the server could not be reached and this is the last page that was loaded. */
  readonly isOld: boolean;
}

const PERSONAL: ReadonlySet<RowKind> = new Set([
  'similar_to_your_taste',
  'because_you_watched',
  'from_your_recent_intent',
]);

// An earlier version stored one page for all viewers.
removeStored('matinee.home');

const RECHECK_MS = 15_000;
const LAST_HOME = 'matinee.home.';
/** Viewers whose last home is stored: tabs may show different ones. */
const MOST_LAST_HOMES = 3;

export const homeKey = (userIdx: number) => ['home', userIdx] as const;

/** Loads the home page and stores it for times when the server cannot be reached. */
export async function fetchHome(userIdx: number, signal?: AbortSignal): Promise<HomePageData> {
  const asOfChoice = storedCount.get();
  const { hero, ...answer } = await requestCards<HomeResponse>(
    userIdx,
    `/api/v1/home?userIdx=${userIdx}`,
    ({ hero, rows }) => [...(hero ? [hero] : []), ...rows.flatMap(({ items }) => items)],
    signal ? { signal } : {},
  );
  const all = answer.rows.map((row) => ({ ...row, requestId: answer.requestId }));
  const isStranger = isVisitor(userIdx) && !all.some(({ kind }) => PERSONAL.has(kind));
  // What a stranger may like best is not known yet.
  const { picks, rows } = takePicks(all, isStranger ? null : hero);
  const home: HomePageData = {
    ...answer,
    picks,
    rows,
    userIdx,
    loadedAt: Date.now(),
    asOfChoice,
    isStranger,
    isOld: false,
  };
  storeLastHome(home);
  return home;
}

function storeLastHome(home: HomePageData): void {
  const others = storedKeys(LAST_HOME).filter((key) => key !== LAST_HOME + home.userIdx);
  const loadedAt = (key: string) => readStored<HomePageData>(key)?.loadedAt ?? 0;
  const surplus = others.length - (MOST_LAST_HOMES - 1);
  if (surplus > 0)
    for (const key of others.sort((a, b) => loadedAt(a) - loadedAt(b)).slice(0, surplus)) removeStored(key);
  writeStored(LAST_HOME + home.userIdx, home);
}

onTitlesGone(({ userIdx, gone }) => {
  const last = readStored<HomePageData>(LAST_HOME + userIdx);
  if (last === undefined) return;
  if (gone === null) removeStored(LAST_HOME + userIdx);
  else writeStored(LAST_HOME + userIdx, withoutTitles(last, gone));
});

/** The home page, or the last stored one, marked as old, while the server cannot be reached. */
export const homeQuery = (userIdx: number) =>
  queryOptions({
    queryKey: homeKey(userIdx),
    queryFn: async ({ signal }): Promise<HomePageData> => {
      try {
        return await fetchHome(userIdx, signal);
      } catch (error) {
        const last = readStored<HomePageData>(LAST_HOME + userIdx);
        // An earlier version of the page stored no picks.
        if (error instanceof ApiError && error.isTransient && last?.picks !== undefined)
          return { ...last, asOfChoice: storedCount.get(), isOld: true };
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
    // While an old page is shown, check regularly whether the server is back.
    refetchInterval: (query) => (query.state.data?.isOld ? RECHECK_MS : false),
    gcTime: 60 * 60_000,
  });
