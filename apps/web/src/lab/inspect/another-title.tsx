import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { searchQuery } from '../../api/queries.ts';
import { displayTitle } from '../../messages/display-title.ts';
import { lab } from '../../messages/lab-en.ts';
import { AGAINST, INSPECT, inspectValue } from '../../navigation/inspect.ts';
import { useDebounced } from '../../search/use-debounced.ts';
import { useCurrentUser } from '../../user/current-user.tsx';
import styles from './inspect-sheet.module.css';

const words = lab.inspect;
const LIMIT = 8;
const DEBOUNCE_MS = 150;

/** Looks for any title of the catalogue in the same request. */
export function AnotherTitle({ requestId }: { readonly requestId: string }) {
  const user = useCurrentUser();
  const [, setSearch] = useSearchParams();
  const [text, setText] = useState('');
  const wanted = useDebounced(text.trim(), DEBOUNCE_MS);
  const found = useQuery({
    ...searchQuery(wanted, user?.userIdx ?? 0, LIMIT),
    enabled: wanted !== '' && user !== undefined,
  });
  const open = (itemIdx: number) =>
    setSearch((known) => {
      known.set(INSPECT, inspectValue(requestId, itemIdx));
      known.delete(AGAINST);
      return known;
    });
  const items = wanted === '' ? [] : (found.data?.items ?? []);
  return (
    <section>
      <h3>{words.another}</h3>
      <input
        type="search"
        className={styles.input}
        aria-label={words.anotherLabel}
        placeholder={words.anotherLabel}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {wanted !== '' && found.data?.items.length === 0 && <p role="status">{words.noTitle}</p>}
      <ul className={styles.found}>
        {items.map(({ itemIdx, title, year }) => (
          <li key={itemIdx}>
            <button type="button" className={styles.small} onClick={() => open(itemIdx)}>
              {displayTitle(title)} {year !== null && `(${year})`}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
