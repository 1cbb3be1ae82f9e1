import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useId, useRef, useState, useSyncExternalStore } from 'react';
import { useLocation } from 'wouter';
import { searchQuery } from '../api/queries.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { searchPath, titlePath } from '../navigation/routes.ts';
import { useCurrentUser } from '../user/current-user.tsx';
import { Highlight } from './highlight.tsx';
import { recentSearches, rememberSearch } from './recent-searches.ts';
import styles from './search-box.module.css';
import { useDebounced } from './use-debounced.ts';

const DEBOUNCE_MS = 120;
const LIMIT = 8;
/** Below this many letters, earlier searches help more than titles. */
const MIN_LETTERS = 2;

interface Option {
  readonly key: string;
  readonly path: string;
  readonly title: string;
  readonly detail: string;
  readonly posterUrl: string | undefined;
  /** What to remember when it is taken. */
  readonly query: string;
}

const words = messages.search;

function useOptions(
  text: string,
  isOpen: boolean,
): { readonly options: readonly Option[]; readonly isRecent: boolean } {
  const user = useCurrentUser();
  const recent = useSyncExternalStore(recentSearches.subscribe, recentSearches.get);
  const settled = useDebounced(text.trim(), DEBOUNCE_MS);
  const isLongEnough = settled.length >= MIN_LETTERS && text.trim().length >= MIN_LETTERS;
  const { data } = useQuery({
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
    return { options, isRecent: true };
  }
  const options: Option[] = (isLongEnough ? (data?.items ?? []) : []).map((card) => ({
    key: String(card.itemIdx),
    path: titlePath(card.itemIdx),
    title: displayTitle(card.title),
    detail: [card.year, card.genres.slice(0, 2).join(', ')].filter((part) => part).join(' · '),
    posterUrl: card.posterUrl,
    query: displayTitle(card.title),
  }));
  const all: Option = {
    key: 'all',
    path: searchPath(settled),
    title: words.all(settled),
    detail: '',
    posterUrl: undefined,
    query: settled,
  };
  return { options: options.length > 0 ? [...options, all] : [], isRecent: false };
}

/** Search with suggestions: the APG combobox, list autocomplete, focus stays in the field. */
export function SearchBox() {
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const { options, isRecent } = useOptions(text, isOpen);
  const isShown = isOpen && options.length > 0;
  const chosen = isShown ? options[active] : undefined;

  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const go = (path: string, query: string) => {
    if (query !== '') rememberSearch(query);
    close();
    setText(path.startsWith('/search') ? query : '');
    input.current?.blur();
    navigate(path);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      // −1 is the field itself, between the last option and the first.
      setActive((index) => ((index + 1 + step + options.length + 1) % (options.length + 1)) - 1);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (isShown) close();
      else if (text !== '') setText('');
      else input.current?.blur();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (chosen) go(chosen.path, chosen.query);
      else if (text.trim() !== '') go(searchPath(text.trim()), text.trim());
    }
  };
  return (
    <search className={styles.search}>
      <span className={styles.icon} data-icon="search" aria-hidden="true" />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label={words.label}
        aria-expanded={isShown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={chosen ? `${listId}-${active}` : undefined}
        placeholder={words.placeholder}
        autoComplete="off"
        enterKeyHint="search"
        spellCheck={false}
        maxLength={100}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
          setActive(-1);
        }}
        onFocus={() => setOpen(true)}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      <div className={styles.panel} hidden={!isShown}>
        {isRecent && <p className={styles.label}>{words.recent}</p>}
        <div id={listId} role="listbox" aria-label={isRecent ? words.recent : words.options}>
          {options.map((option, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field's Enter takes the active option
            <div
              key={option.key}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              onPointerDown={(event) => event.preventDefault()}
              onPointerMove={() => setActive(index)}
              onClick={() => go(option.path, option.query)}
            >
              {option.posterUrl !== undefined && (
                <img src={option.posterUrl} alt="" width={342} height={513} decoding="async" />
              )}
              <span>
                <Highlight text={option.title} match={text.trim()} />
                {option.detail !== '' && <small>{option.detail}</small>}
              </span>
            </div>
          ))}
        </div>
      </div>
    </search>
  );
}
