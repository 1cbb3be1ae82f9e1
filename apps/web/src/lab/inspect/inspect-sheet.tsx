import type { LabTrace, LabTraceItem } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { ApiError } from '../../api/request.ts';
import { useLikedItems } from '../../feedback/use-liked-items.ts';
import { messages } from '../../messages/current.ts';
import { displayTitle } from '../../messages/display-title.ts';
import { formatTime } from '../../messages/format.ts';
import { lab } from '../../messages/lab-en.ts';
import { AGAINST, INSPECT, type Inspected, inspectValue, NEW_REQUEST } from '../../navigation/inspect.ts';
import { useCurrentUser } from '../../user/current-user.tsx';
import { makeTrace, traceItemQuery, traceQuery } from '../lab-queries.ts';
import { milliseconds } from '../parts/figures.ts';
import { AnchorsPart } from './anchors-part.tsx';
import { AnotherTitle } from './another-title.tsx';
import { ChangePart } from './change-part.tsx';
import styles from './inspect-sheet.module.css';
import { RankerPart } from './ranker-part.tsx';
import { FunnelPart, HistoryPart, MovesPart, RulesPart, SourcesPart } from './trace-parts.tsx';

const words = lab.inspect;

interface InspectSheetProps {
  readonly inspected: Inspected;
  /** The request that this one is compared with. */
  readonly against: string | undefined;
  readonly onClose: () => void;
}

/** Why a title is on the page, or why not: one request laid open, over the page that it made. */
export function InspectSheet({ inspected, against, onClose }: InspectSheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className={styles.sheet} aria-labelledby="inspect-title" onClose={onClose}>
      <div className={styles.content}>
        <Content key={`${inspected.requestId}.${inspected.itemIdx}`} inspected={inspected} against={against} />
      </div>
      <button type="button" className={`button ${styles.close}`} onClick={() => dialog.current?.close()}>
        {words.close}
      </button>
    </dialog>
  );
}

function Content({ inspected, against }: Omit<InspectSheetProps, 'onClose'>): ReactNode {
  const { requestId, itemIdx } = inspected;
  const user = useCurrentUser();
  const isKnown = requestId !== NEW_REQUEST;
  const trace = useQuery({ ...traceQuery(requestId), enabled: isKnown });
  const item = useQuery({ ...traceItemQuery(requestId, itemIdx), enabled: isKnown });
  if (!isKnown) return <AskAgain itemIdx={itemIdx} isAtOnce />;
  const error = trace.error ?? item.error;
  if (error instanceof ApiError && error.code === 'TRACE_NOT_KEPT') return <AskAgain itemIdx={itemIdx} />;
  if (error !== null) return <Problem error={error} />;
  if (!trace.data || !item.data) return <h2 id="inspect-title">{lab.loading}</h2>;
  return <Explained trace={trace.data} item={item.data} against={against} userIdx={user?.userIdx ?? 0} />;
}

function Problem({ error }: { readonly error: Error }) {
  return (
    <>
      <h2 id="inspect-title">{lab.failed}</h2>
      <p role="alert">{error.message}</p>
    </>
  );
}

/** A trace that has gone is made again only where the viewer says so. */
function AskAgain({ itemIdx, isAtOnce = false }: { readonly itemIdx: number; readonly isAtOnce?: boolean }) {
  const user = useCurrentUser();
  const [, setSearch] = useSearchParams();
  const [error, setError] = useState<Error>();
  const [isAsking, setAsking] = useState(isAtOnce);
  const isStarted = useRef(false);
  const ask = async () => {
    if (user === undefined) return;
    setAsking(true);
    try {
      const { trace } = await makeTrace({ userIdx: user.userIdx, itemIdx });
      setSearch(
        (known) => {
          known.set(INSPECT, inspectValue(trace.requestId, itemIdx));
          known.delete(AGAINST);
          return known;
        },
        { replace: true },
      );
    } catch (cause) {
      setError(cause as Error);
      setAsking(false);
    }
  };
  useEffect(() => {
    if (!isAtOnce || user === undefined || isStarted.current) return;
    isStarted.current = true;
    void ask();
  });
  if (error !== undefined) return <Problem error={error} />;
  if (isAsking) return <h2 id="inspect-title">{words.asking}</h2>;
  return (
    <>
      <h2 id="inspect-title">{words.gone}</h2>
      <p>{words.askAgainHint}</p>
      <button type="button" className="button" data-kind="primary" data-icon="refresh" onClick={() => void ask()}>
        {words.askAgain}
      </button>
    </>
  );
}

/** Candidates that were kept from an earlier request come without what only that request computed. */
function PartOnly({ itemIdx }: { readonly itemIdx: number }) {
  const [, setSearch] = useSearchParams();
  const askAnew = () =>
    setSearch((known) => {
      known.set(INSPECT, inspectValue(undefined, itemIdx));
      known.delete(AGAINST);
      return known;
    });
  return (
    <p role="note">
      {words.partOnly}{' '}
      <button type="button" className={styles.small} onClick={askAnew}>
        {words.askAgain}
      </button>
    </p>
  );
}

function Explained({
  trace,
  item,
  against,
  userIdx,
}: {
  readonly trace: LabTrace;
  readonly item: LabTraceItem;
  readonly against: string | undefined;
  readonly userIdx: number;
}) {
  const title = displayTitle(item.item.title);
  const isShown = item.outcome === 'page';
  const liked = useLikedItems(userIdx);
  const isLiked = item.why?.params.itemIdx !== undefined && liked.has(item.why.params.itemIdx);
  const total = Object.values(trace.stagesMs).reduce((sum, ms) => sum + ms, 0);
  return (
    <>
      <header>
        <h2 id="inspect-title">{isShown ? words.heading(title) : words.headingNot(title)}</h2>
        <p className={styles.muted}>
          {words.made(trace.generation, trace.release, formatTime(Date.parse(trace.at)), milliseconds(total))}
        </p>
        <CopyButton value={{ trace, item }} />
      </header>
      {!trace.isWhole && <PartOnly itemIdx={item.item.itemIdx} />}
      {against !== undefined && <ChangePart trace={trace} item={item} against={against} />}
      {item.why && <p className={styles.why}>{messages.why(item.why, isLiked)}</p>}
      <p data-outcome={item.outcome}>{words.outcome(item)}</p>
      <FunnelPart trace={trace} />
      <SourcesPart item={item} />
      <RankerPart item={item} />
      <MovesPart item={item} />
      <AnchorsPart trace={trace} item={item} />
      <RulesPart trace={trace} />
      <HistoryPart trace={trace} />
      <AnotherTitle requestId={trace.requestId} />
    </>
  );
}

function CopyButton({ value }: { readonly value: unknown }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(JSON.stringify(value, null, 2));
    setCopied(true);
  };
  return (
    <button type="button" className={styles.small} onClick={() => void copy()}>
      {isCopied ? words.copied : words.copy}
    </button>
  );
}
