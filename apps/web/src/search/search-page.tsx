import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { searchQuery } from '../api/queries.ts';
import { CardGrid } from '../cards/card-grid.tsx';
import { messages } from '../messages/current.ts';
import { useDocumentTitle } from '../navigation/use-document-title.ts';
import { Notice } from '../notice/notice.tsx';
import { ClosedNotice, closedText } from '../user/closed-notice.tsx';
import { useCurrentUser } from '../user/current-user.tsx';
import styles from './search-page.module.css';

const LIMIT = 50;
const words = messages.search;

export function SearchPage() {
  const [parameters] = useSearchParams();
  const text = (parameters.get('q') ?? '').trim().slice(0, 100);
  const heading = text === '' ? words.headingEmpty : words.heading(text);
  useDocumentTitle(heading);
  return (
    <div className="page">
      <h1 tabIndex={-1}>{heading}</h1>
      {text === '' ? <p className={styles.count}>{words.start}</p> : <Results text={text} heading={heading} />}
    </div>
  );
}

function Results({ text, heading }: { text: string; heading: string }) {
  const user = useCurrentUser();
  const results = useQuery({ ...searchQuery(text, user?.userIdx ?? 0, LIMIT), enabled: user !== undefined });
  const closed = closedText(results.error);
  if (closed !== undefined && !results.data) return <ClosedNotice text={closed} />;
  if (results.isError && !results.data) return <Notice text={words.failed} onRetry={() => void results.refetch()} />;
  if (user === undefined || !results.data) return <p className={styles.count}>{messages.loading}</p>;
  const { items, total, corrected } = results.data;
  const count = corrected
    ? words.corrected(text)
    : items.length === 0
      ? words.none(text)
      : total > items.length
        ? words.shown(items.length, total)
        : words.count(total);
  return (
    <div className={styles.results} aria-busy={results.isPlaceholderData}>
      <p className={styles.count} role="status">
        {count}
      </p>
      <CardGrid cards={items} userIdx={user.userIdx} label={heading} />
    </div>
  );
}
