import type { LabTraceItem } from '@matinee/contract';
import { useState } from 'react';
import { lab } from '../../messages/lab-en.ts';
import { DataTable } from '../parts/data-table.tsx';
import { figure, percent, signed } from '../parts/figures.ts';
import styles from './inspect-sheet.module.css';

const words = lab.inspect;
/** Features shown at first. */
const FEW = 12;

/** The ranker's score, shared out among the features exactly. */
export function RankerPart({ item }: { readonly item: LabTraceItem }) {
  const [isWhole, setWhole] = useState(false);
  const { ranker } = item;
  if (ranker === null)
    return (
      <section>
        <h3>{words.ranker}</h3>
        <p>{words.noRanker}</p>
      </section>
    );
  const { features, base, sum, residual, boost, score } = ranker;
  const largest = Math.max(...features.map(({ contribution }) => Math.abs(contribution)), 1e-9);
  return (
    <section>
      <h3>{words.ranker}</h3>
      <p data-shap-sum>
        {words.sum(figure(base), signed(sum), signed(residual), boost === 0 ? undefined : signed(boost), figure(score))}
      </p>
      <p className={styles.muted}>
        {words.residualHint} {words.percentileHint}
      </p>
      <DataTable
        caption={words.ranker}
        file={`features-${item.item.itemIdx}`}
        rows={isWhole ? features : features.slice(0, FEW)}
        allRows={features}
        keyOf={({ name }) => name}
        columns={[
          { heading: words.feature, value: ({ name }) => name, show: ({ name }) => <code>{name}</code> },
          { heading: words.meaning, value: ({ meaning }) => meaning },
          { heading: words.value, value: ({ value }) => value, show: ({ value }) => figure(value), isNumber: true },
          {
            heading: words.percentile,
            value: ({ percentile }) => percentile,
            show: ({ percentile }) => percent(percentile),
            isNumber: true,
          },
          {
            heading: words.effect,
            value: ({ contribution }) => contribution,
            show: ({ contribution }) => signed(contribution),
            isNumber: true,
            bar: ({ contribution }) => contribution / largest,
          },
        ]}
      />
      <button type="button" className={styles.small} aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
        {isWhole ? words.fewFeatures : words.allFeatures(features.length)}
      </button>
    </section>
  );
}
