import type { LabTrace, LabTraceItem } from '@matinee/contract';
import { displayTitle } from '../../messages/display-title.ts';
import { lab } from '../../messages/lab-en.ts';
import { DataTable } from '../parts/data-table.tsx';
import { figure, milliseconds, signed, whole } from '../parts/figures.ts';
import styles from './inspect-sheet.module.css';

const words = lab.inspect;

/** How many titles are left after each stage, and how long it took. */
export function FunnelPart({ trace }: { readonly trace: LabTrace }) {
  const largest = Math.log(1 + Math.max(...trace.funnel.map(({ count }) => count)));
  return (
    <section>
      <h3>{words.funnel}</h3>
      <DataTable
        caption={words.funnel}
        file={`funnel-${trace.requestId}`}
        rows={trace.funnel}
        keyOf={({ stage }) => stage}
        columns={[
          { heading: words.stage, value: ({ stage }) => words.stages[stage] },
          {
            heading: words.left,
            value: ({ count }) => count,
            show: ({ count }) => whole(count),
            isNumber: true,
            // By the logarithm, since a page is a hundredth of a catalogue.
            bar: ({ count }) => Math.log(1 + count) / largest,
          },
          {
            heading: words.time,
            value: ({ ms }) => ms ?? null,
            show: ({ ms }) => (ms === undefined ? '' : milliseconds(ms)),
            isNumber: true,
          },
        ]}
      />
    </section>
  );
}

/** What each source says of the title, and what it adds to the blend. */
export function SourcesPart({ item }: { readonly item: LabTraceItem }) {
  const { sources, blend } = item;
  const largest = Math.max(...sources.map(({ contribution }) => Math.abs(contribution)), 1e-9);
  return (
    <section>
      <h3>{words.foundBy}</h3>
      <p className={styles.muted}>{words.foundByHint}</p>
      <DataTable
        caption={words.foundBy}
        file={`sources-${item.item.itemIdx}`}
        rows={sources}
        keyOf={({ name }) => name}
        columns={[
          { heading: words.source, value: ({ name }) => name },
          { heading: words.rank, value: ({ rank }) => rank, isNumber: true },
          { heading: words.score, value: ({ score }) => score, show: ({ score }) => figure(score), isNumber: true },
          { heading: words.share, value: ({ share }) => share, show: ({ share }) => figure(share), isNumber: true },
          {
            heading: words.weight,
            value: ({ weight }) => weight,
            show: ({ weight }) => figure(weight),
            isNumber: true,
          },
          {
            heading: words.part,
            value: ({ contribution }) => contribution,
            show: ({ contribution }) => signed(contribution),
            isNumber: true,
            bar: ({ contribution }) => contribution / largest,
          },
        ]}
      />
      <p>{blend === null ? words.notBlended : words.blendSum(figure(blend.score), blend.place, blend.of)}</p>
    </section>
  );
}

/** Why the title is not where its score puts it. */
export function MovesPart({ item }: { readonly item: LabTraceItem }) {
  return (
    <section>
      <h3>{words.moves}</h3>
      <DataTable
        caption={words.moves}
        file={`moves-${item.item.itemIdx}`}
        rows={item.moves}
        keyOf={({ reason, rowId = '', from, to }) => `${reason} ${rowId} ${from} ${to}`}
        empty={words.noMoves}
        columns={[
          { heading: words.reason, value: ({ reason }) => reason },
          { heading: words.where, value: ({ rowId }) => rowId ?? words.list },
          { heading: words.from, value: ({ from }) => from + 1, isNumber: true },
          { heading: words.to, value: ({ to }) => to + 1, isNumber: true },
        ]}
      />
    </section>
  );
}

/** How many titles each rule removed in this request. */
export function RulesPart({ trace }: { readonly trace: LabTrace }) {
  return (
    <section>
      <h3>{words.removed}</h3>
      <DataTable
        caption={words.removed}
        file={`rules-${trace.requestId}`}
        rows={Object.entries(trace.removed)}
        keyOf={([rule]) => rule}
        empty={words.noRules}
        columns={[
          { heading: words.rule, value: ([rule]) => rule },
          { heading: words.count, value: ([, count]) => count, show: ([, count]) => whole(count), isNumber: true },
        ]}
      />
    </section>
  );
}

/** The history that the request was made with. */
export function HistoryPart({ trace }: { readonly trace: LabTrace }) {
  const { length, latest } = trace.history;
  return (
    <details className={styles.details}>
      <summary>{words.history}</summary>
      <p className={styles.muted}>{words.historyText(length)}</p>
      <DataTable
        caption={words.history}
        file={`history-${trace.requestId}`}
        rows={latest}
        keyOf={({ itemIdx, at }) => `${itemIdx} ${at}`}
        columns={[
          {
            heading: words.anchor,
            value: ({ title }) => displayTitle(title),
            show: ({ title, isRecentIntent }) => (isRecentIntent ? <b>{displayTitle(title)}</b> : displayTitle(title)),
          },
          { heading: words.rating, value: ({ rating }) => rating, isNumber: true },
          {
            heading: words.weight,
            value: ({ weight }) => weight,
            show: ({ weight }) => figure(weight),
            isNumber: true,
          },
          { heading: words.time, value: ({ at }) => at.slice(0, 10), isNumber: true },
        ]}
      />
    </details>
  );
}
