import type { LabTrace, LabTraceItem } from '@matinee/contract';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { displayTitle } from '../../messages/display-title.ts';
import { lab } from '../../messages/lab-en.ts';
import { AGAINST, INSPECT, inspectValue } from '../../navigation/inspect.ts';
import { useCurrentUser } from '../../user/current-user.tsx';
import { makeTrace } from '../lab-queries.ts';
import { DataTable } from '../parts/data-table.tsx';
import { figure, signed } from '../parts/figures.ts';
import styles from './inspect-sheet.module.css';

const words = lab.inspect;

/** The titles of the history that raised it, each with a request that leaves it out. */
export function AnchorsPart({ trace, item }: { readonly trace: LabTrace; readonly item: LabTraceItem }) {
  const { ask, busy, problem } = useRequestWithout(trace, item.item.itemIdx);
  return (
    <section>
      <h3>{words.anchors}</h3>
      <DataTable
        caption={words.anchors}
        file={`anchors-${item.item.itemIdx}`}
        rows={item.anchors}
        keyOf={({ source, itemIdx }) => `${source} ${itemIdx}`}
        empty={words.noAnchors}
        columns={[
          { heading: words.anchor, value: ({ title }) => displayTitle(title) },
          { heading: words.source, value: ({ source }) => source },
          {
            heading: words.rating,
            value: ({ rating }) => rating,
            show: ({ rating }) => figure(rating),
            isNumber: true,
          },
          { heading: words.part, value: ({ part }) => part, show: ({ part }) => signed(part), isNumber: true },
          {
            heading: words.whatIf,
            value: () => null,
            show: ({ itemIdx, title }) => (
              <button
                type="button"
                className={styles.small}
                disabled={busy}
                aria-label={words.whatIfOf(displayTitle(title))}
                onClick={() => void ask(itemIdx)}
              >
                {words.askAgain}
              </button>
            ),
          },
        ]}
      />
      {problem !== undefined && <p role="alert">{problem}</p>}
    </section>
  );
}

/** Asks for the same page as if one title of the history had never been met, and opens that request. */
function useRequestWithout({ requestId, userIdx, generation, without }: LabTrace, itemIdx: number) {
  const user = useCurrentUser();
  const [, setSearch] = useSearchParams();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const ask = async (left: number) => {
    const viewer = userIdx ?? user?.userIdx;
    if (viewer === undefined) return;
    setBusy(true);
    try {
      const { trace } = await makeTrace({
        userIdx: viewer,
        itemIdx,
        without: [...without.map((title) => title.itemIdx), left],
        generation: generation as 'v1',
      });
      setSearch((known) => {
        known.set(INSPECT, inspectValue(trace.requestId, itemIdx));
        known.set(AGAINST, requestId);
        return known;
      });
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return { ask, busy, problem };
}
