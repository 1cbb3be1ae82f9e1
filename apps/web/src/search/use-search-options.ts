import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { searchQuery } from '../api/queries.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { searchPath, titlePath } from '../navigation/routes.ts';
import { useCurrentUser } from '../user/current-user.tsx';
import { recentSearches } from './recent-searches.ts';
import { useDebounced } from './use-debounced.ts';

const words = messages.search;
const DEBOUNCE_MS = 120;
const LIMIT = 8;
/** Shorter texts show earlier searches instead of titles. */
const MIN_LETTERS = 2;

export interface SearchOption {
  readonly key: string;
  readonly path: string;
  readonly title: string;
  readonly detail: string;
  readonly posterUrl: string | undefined;
  /** The search to remember when the option is chosen. */
  readonly query: string;
}

export interface SearchOptions {
  readonly options: readonly SearchOption[];
  readonly isRecent: boolean;
  /** What there is to say of them: nothing while the titles for the text are on their way. */
  readonly status: string;
}

/** The suggestions for a text: titles, or earlier searches while the text is too short. */
export function useSearchOptions(text: string, isOpen: boolean): SearchOptions {
  const user = useCurrentUser();
  const recent = useSyncExternalStore(recentSearches.subscribe, recentSearches.get);
  const settled = useDebounced(text.trim(), DEBOUNCE_MS);
  const isLongEnough = settled.length >= MIN_LETTERS && text.trim().length >= MIN_LETTERS;
  const { data, isError, isPlaceholderData } = useQuery({
    ...searchQuery(settled, user?.userIdx ?? 0, LIMIT),
    enabled: isOpen && isLongEnough && user !== undefined,
  });
  if (text.trim().length < MIN_LETTERS) {
    const options = recent.map((query) => ({
      key: `recent-${query}`,
      path: searchPath(query),
      title: query,
      detail: '',
      posterUrl: undefined,
      query,
    }));
    return { options, isRecent: true, status: options.length === 0 ? '' : words.recentCount(options.length) };
  }
  const options: SearchOption[] = (isLongEnough ? (data?.items ?? []) : []).map((card) => ({
    key: String(card.itemIdx),
    path: titlePath(card.itemIdx),
    title: displayTitle(card.title),
    detail: [card.year, card.genres.slice(0, 2).join(', ')].filter((part) => part).join(' · '),
    posterUrl: card.posterUrl,
    query: displayTitle(card.title),
  }));
  const all: SearchOption = {
    key: 'all',
    path: searchPath(settled),
    title: words.all(settled),
    detail: '',
    posterUrl: undefined,
    query: settled,
  };
  const isSettled = isLongEnough && settled === text.trim();
  const status = !isSettled
    ? ''
    : data && !isPlaceholderData
      ? words.suggestions(options.length, data.corrected)
      : isError
        ? words.failed
        : '';
  return { options: options.length > 0 ? [...options, all] : [], isRecent: false, status };
}
