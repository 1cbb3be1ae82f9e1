import type { LabTrace, LabTraceItem } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { displayTitle } from '../../messages/display-title.ts';
import { formatList } from '../../messages/format.ts';
import { lab } from '../../messages/lab-en.ts';
import { AGAINST, INSPECT, inspectValue } from '../../navigation/inspect.ts';
import { traceItemQuery, traceQuery } from '../lab-queries.ts';
import styles from './inspect-sheet.module.css';

const words = lab.inspect;
/** Places of the list that are compared. */
const FIRST = 10;

interface ChangePartProps {
  readonly trace: LabTrace;
  readonly item: LabTraceItem;
  /** The request before. */
  readonly against: string;
}

/** What a title of the history changes: this request beside the one that has it. */
export function ChangePart({ trace, item, against }: ChangePartProps) {
  const [, setSearch] = useSearchParams();
  const { itemIdx } = item.item;
  const before = useQuery(traceQuery(against)).data;
  const itemBefore = useQuery(traceItemQuery(against, itemIdx)).data;
  const back = () =>
    setSearch((known) => {
      known.set(INSPECT, inspectValue(against, itemIdx));
      known.delete(AGAINST);
      return known;
    });
  return (
    <div className={styles.change} role="status">
      <p>
        <strong>{words.without(formatList(trace.without.map(({ title }) => displayTitle(title))))}</strong>
      </p>
      {before && itemBefore && (
        <p>
          {words.withoutResult(
            itemBefore.listPlace,
            item.listPlace,
            item.outcome === 'rules',
            countOthers(before, trace),
            FIRST,
          )}
        </p>
      )}
      <button type="button" className={styles.small} onClick={back}>
        {words.back}
      </button>
    </div>
  );
}

/** How many of the first titles were not among the first before. */
function countOthers(before: LabTrace, now: LabTrace): number {
  const first = new Set(before.list.slice(0, FIRST).map(({ itemIdx }) => itemIdx));
  return now.list.slice(0, FIRST).filter(({ itemIdx }) => !first.has(itemIdx)).length;
}
