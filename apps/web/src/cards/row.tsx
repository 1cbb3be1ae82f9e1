import type { Card, Explanation, RowResponse } from '@matinee/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type RefObject, useEffect, useEffectEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { requestCards } from '../api/card-answers.ts';
import { messages } from '../messages/current.ts';
import { TitleCard } from './card.tsx';
import styles from './row.module.css';
import { useTabStop } from './use-tab-stop.ts';

/** Maximum number of titles in a row: beyond it, searching is easier than scrolling. */
const MAX_ROW_LENGTH = 100;

interface RowProps {
  readonly rowId: string;
  readonly heading: string;
  readonly items: readonly Card[];
  readonly userIdx: number;
  /** The response that the row came from; without it, impressions are not reported. */
  readonly requestId?: string;
  readonly cursor?: string | null;
  /** Puts a reason into words; without it, cards show no reason. */
  readonly whyOf?: (why: Explanation) => string;
  /** Whether the row is in view when the page opens. */
  readonly isFirst?: boolean;
  /** Titles that are marked as new. */
  readonly newItems?: ReadonlySet<number>;
  /** What has changed in the row. */
  readonly note?: string | undefined;
}

/** The row's first titles and those loaded after them, without duplicates. */
function useRowItems({ rowId, items, userIdx, requestId, cursor }: RowProps) {
  const more = useInfiniteQuery({
    queryKey: ['row', userIdx, requestId, rowId],
    queryFn: ({ signal, pageParam }) =>
      requestCards<RowResponse>(
        userIdx,
        `/api/v1/rows/${encodeURIComponent(rowId)}?${new URLSearchParams({ userIdx: String(userIdx), cursor: pageParam })}`,
        (page) => page.items,
        { signal },
      ),
    initialPageParam: cursor ?? '',
    getNextPageParam: (page) => page.cursor,
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const byIdx = new Map(items.map((card) => [card.itemIdx, card]));
  for (const page of more.data?.pages ?? [])
    for (const card of page.items) if (!byIdx.has(card.itemIdx)) byIdx.set(card.itemIdx, card);
  const all = [...byIdx.values()].slice(0, MAX_ROW_LENGTH);
  const hasMore = all.length < MAX_ROW_LENGTH && (more.data ? more.hasNextPage : Boolean(cursor));
  return { all, hasMore, isLoading: more.isFetching, hasFailed: more.isError, load: () => void more.fetchNextPage() };
}

interface Edges {
  readonly start: boolean;
  readonly end: boolean;
}

/**
 * Observes the first and the last element of a list: whether each is in view, and when the end comes near.
 *
 * @param listKey Changes when another element becomes the first or the last.
 */
function useEdges(scroller: RefObject<HTMLUListElement | null>, listKey: string, loadMore: () => void): Edges {
  const [edges, setEdges] = useState<Edges>({ start: true, end: false });
  const onNearEnd = useEffectEvent(loadMore);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new first or last element must be observed
  useEffect(() => {
    const list = scroller.current!;
    const first = list.firstElementChild;
    const last = list.lastElementChild;
    if (!first || !last) return;
    const edgeObserver = new IntersectionObserver(
      (entries) =>
        setEdges((known) => {
          const next = { ...known };
          for (const { target, intersectionRatio } of entries) {
            if (target === first) next.start = intersectionRatio > 0.9;
            if (target === last) next.end = intersectionRatio > 0.9;
          }
          return next.start === known.start && next.end === known.end ? known : next;
        }),
      { root: list, threshold: [0, 0.9, 1] },
    );
    edgeObserver.observe(first);
    if (last !== first) edgeObserver.observe(last);
    const loadObserver = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) onNearEnd();
      },
      { root: list, rootMargin: '0px 50%' },
    );
    loadObserver.observe(last);
    return () => {
      edgeObserver.disconnect();
      loadObserver.disconnect();
    };
  }, [listKey]);
  return edges;
}

/**
 * Shows the first titles of a row whose titles are new. A row that holds the pointer or the focus stays where it is.
 *
 * @param startKey Changes when the row begins with another title, or its titles come from another response.
 */
function useStartAfterRefresh(scroller: RefObject<HTMLUListElement | null>, startKey: string): void {
  const shown = useRef(startKey);
  useLayoutEffect(() => {
    const list = scroller.current!;
    if (shown.current === startKey) return;
    shown.current = startKey;
    const row = list.closest('[data-row]')!;
    if (!row.matches(':hover') && !row.contains(document.activeElement))
      list.scrollTo({ left: 0, behavior: 'instant' });
  }, [scroller, startKey]);
}

/** A labelled row that scrolls by touch, wheel, buttons and arrow keys, and loads more near its end. */
export function Row(props: RowProps) {
  const { rowId, heading, userIdx, requestId, whyOf, isFirst = false, newItems, note } = props;
  const headingId = useId();
  const scroller = useRef<HTMLUListElement>(null);
  const { all, hasMore, isLoading, hasFailed, load } = useRowItems(props);
  const [tabStop, onFocus] = useTabStop(all[0]?.itemIdx);
  const edges = useEdges(scroller, `${all.length} ${all[0]?.itemIdx} ${hasMore}`, () => {
    if (hasMore && !isLoading && !hasFailed && scroller.current!.scrollLeft !== 0) load();
  });

  useStartAfterRefresh(scroller, `${requestId} ${all[0]?.itemIdx}`);

  const scroll = (direction: 1 | -1) => {
    const list = scroller.current!;
    const forward = getComputedStyle(list).direction === 'rtl' ? -direction : direction;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    list.scrollBy({ left: forward * 0.9 * list.clientWidth, behavior: calm ? 'auto' : 'smooth' });
  };

  // A reason that all cards share is shown once under the heading, or not at all if it equals the heading.
  const reasons = all.map(({ why, propensity }) => {
    if (whyOf === undefined) return undefined;
    return propensity === undefined ? why && whyOf(why) : messages.row.drawn(propensity);
  });
  const shared = reasons.length > 1 && reasons.every((reason) => reason === reasons[0]) ? reasons[0] : undefined;
  return (
    <section className={styles.row} aria-labelledby={headingId} data-row={rowId}>
      <div className={styles.head}>
        <h2 id={headingId}>{heading}</h2>
        {shared !== undefined && shared !== heading && <p>{shared}</p>}
        {note !== undefined && <p data-row-note>{note}</p>}
      </div>
      <div className={styles.viewport}>
        {/* biome-ignore lint/a11y/noRedundantRoles: Safari drops the list role of a list without markers */}
        <ul ref={scroller} className={styles.list} role="list" data-card-list>
          {all.map((card, position) => (
            <TitleCard
              key={card.itemIdx}
              card={card}
              userIdx={userIdx}
              requestId={requestId}
              rowId={rowId}
              position={position}
              why={shared === undefined ? reasons[position] : undefined}
              isTabStop={card.itemIdx === tabStop}
              onFocus={onFocus}
              priority={isFirst && position < 6 ? 'early' : 'lazy'}
              isNew={newItems?.has(card.itemIdx) ?? false}
            />
          ))}
          {hasMore && (
            <li className={styles.more} data-card="more">
              <button type="button" className="button" data-card-link tabIndex={-1} disabled={isLoading} onClick={load}>
                {isLoading ? messages.loading : hasFailed ? messages.row.moreFailed : messages.row.more}
              </button>
            </li>
          )}
        </ul>
        <ScrollButtons heading={heading} edges={edges} onScroll={scroll} />
      </div>
    </section>
  );
}

interface ScrollButtonsProps {
  readonly heading: string;
  readonly edges: Edges;
  readonly onScroll: (direction: 1 | -1) => void;
}

/** The buttons at both ends of a row. Each is disabled when the row cannot scroll that way. */
function ScrollButtons({ heading, edges, onScroll }: ScrollButtonsProps) {
  return (
    <>
      <button
        type="button"
        className={styles.back}
        data-icon="previous"
        aria-label={messages.row.back(heading)}
        tabIndex={-1}
        disabled={edges.start}
        onClick={() => onScroll(-1)}
      />
      <button
        type="button"
        className={styles.forward}
        data-icon="next"
        aria-label={messages.row.forward(heading)}
        tabIndex={-1}
        disabled={edges.end}
        onClick={() => onScroll(1)}
      />
    </>
  );
}
