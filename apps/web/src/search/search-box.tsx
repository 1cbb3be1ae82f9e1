import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { artOf } from '../cards/art-of.ts';
import { messages } from '../messages/current.ts';
import { searchPath } from '../navigation/routes.ts';
import { Highlight } from './highlight.tsx';
import { rememberSearch } from './recent-searches.ts';
import styles from './search-box.module.css';
import { type SearchOption, useSearchOptions } from './use-search-options.ts';

const words = messages.search;

/** Search with suggestions: the APG combobox with list autocomplete. The focus stays in the field. */
export function SearchBox() {
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const { options, isRecent, status } = useSearchOptions(text, isOpen);
  const isShown = isOpen && options.length > 0;
  // Without options there is no list to open, but there is something to say.
  const isPanelShown = isShown || (isOpen && status !== '');
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
      // −1 is the field itself, which lies between the last option and the first.
      setActive((index) => ((index + 1 + step + options.length + 1) % (options.length + 1)) - 1);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (isPanelShown) close();
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
      <p className="visually-hidden" role="status">
        {isOpen ? status : ''}
      </p>
      <div className={styles.panel} hidden={!isPanelShown}>
        {isShown && isRecent && <p className={styles.label}>{words.recent}</p>}
        {isPanelShown && !isShown && (
          <p className={styles.label} aria-hidden="true">
            {status}
          </p>
        )}
        <div
          id={listId}
          role="listbox"
          aria-label={isRecent ? words.recent : words.options}
          hidden={options.length === 0}
        >
          {options.map((option, index) => (
            <Suggestion
              key={option.key}
              id={`${listId}-${index}`}
              option={option}
              text={text.trim()}
              isActive={index === active}
              onActivate={() => setActive(index)}
              onChoose={() => go(option.path, option.query)}
            />
          ))}
        </div>
      </div>
    </search>
  );
}

interface SuggestionProps {
  readonly id: string;
  readonly option: SearchOption;
  /** What the viewer typed: marked in the option's title. */
  readonly text: string;
  readonly isActive: boolean;
  readonly onActivate: () => void;
  readonly onChoose: () => void;
}

function Suggestion({ id, option, text, isActive, onActivate, onChoose }: SuggestionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the field takes the active option
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isActive}
      onPointerDown={(event) => event.preventDefault()}
      onPointerMove={onActivate}
      onClick={onChoose}
    >
      {option.posterUrl !== undefined && (
        <img src={artOf(option.posterUrl)} alt="" width={342} height={513} decoding="async" />
      )}
      <span>
        <Highlight text={option.title} match={text} />
        {option.detail !== '' && <small>{option.detail}</small>}
      </span>
    </div>
  );
}
