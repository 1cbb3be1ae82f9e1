import type { UserHistoryQuery, UserHistoryResponse } from '@matinee/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { userHistoryQuery } from '../api/queries.ts';
import { Poster } from '../cards/poster.tsx';
import { homeQuery } from '../home/home-query.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { titlePath } from '../navigation/routes.ts';
import { Notice } from '../notice/notice.tsx';
import { countReasons } from './count-reasons.ts';
import styles from './history-page.module.css';
import { MoreButton } from './more-button.tsx';

type Sort = UserHistoryQuery['sort'];
const SORTS: readonly Sort[] = ['newest', 'rating'];

const words = messages.history;

/** What the data set has of a member, with the titles that are reasons on the home page now. */
export function DataSetHistory({ userIdx }: { readonly userIdx: number }) {
  const [sort, setSort] = useState<Sort>('newest');
  const history = useInfiniteQuery(userHistoryQuery(userIdx, sort));
  const home = useQuery(homeQuery(userIdx));
  if (history.isError && !history.data) return <Notice text={words.failed} onRetry={() => void history.refetch()} />;
  if (!history.data) return <p>{messages.loading}</p>;
  const reasons = home.data ? countReasons(home.data) : new Map<number, number>();
  const items = history.data.pages.flatMap((page) => page.items);
  const total = history.data.pages[0]?.total ?? 0;
  return (
    <>
      <div className={styles.toolbar}>
        <p className={styles.intro}>{words.beforeIntro}</p>
        <label>
          {words.sort}{' '}
          <select
            value={sort}
            onChange={({ target }) => setSort(SORTS.find((each) => each === target.value) ?? 'newest')}
          >
            {SORTS.map((each) => (
              <option key={each} value={each}>
                {words.sorts[each]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <ol className={styles.list}>
        {items.map((item) => (
          <Entry key={item.itemIdx} item={item} reasonCount={reasons.get(item.itemIdx) ?? 0} />
        ))}
      </ol>
      <p className={styles.intro} role="status">
        {words.shown(items.length, total)}
      </p>
      <MoreButton label={words.more} list={history} />
    </>
  );
}

interface EntryProps {
  readonly item: UserHistoryResponse['items'][number];
  /** Picks of the home page whose reason names the title. */
  readonly reasonCount: number;
}

function Entry({ item, reasonCount }: EntryProps) {
  const title = displayTitle(item.title);
  return (
    <li className={styles.entry}>
      <div className={styles.poster}>
        <Poster url={item.posterUrl} title={title} />
      </div>
      <p>
        <Link href={titlePath(item.itemIdx)}>{title}</Link>
        <span>
          {item.year !== null && <span>{item.year}</span>}
          <b>{item.rating === null ? words.met : words.rated(item.rating)}</b>
          <time dateTime={item.at}>{words.at(item.at)}</time>
        </span>
      </p>
      {reasonCount > 0 ? (
        <em className={styles.reason}>{words.reason(reasonCount)}</em>
      ) : (
        !item.counts && <em>{words.noReason}</em>
      )}
    </li>
  );
}
