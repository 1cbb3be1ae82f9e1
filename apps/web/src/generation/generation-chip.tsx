import type { StatusResponse } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { statusQuery } from '../api/queries.ts';
import { Dialog } from '../dialog/dialog.tsx';
import { messages } from '../messages/current.ts';
import styles from './generation-chip.module.css';

const words = messages.generation;

/** How much of the present step is done; undefined where its size is not known. */
const shareOf = ({ done, total }: NonNullable<StatusResponse['training']>): number | undefined =>
  total > 0 ? Math.min(1, done / total) : undefined;

/** Names the generation that answers and the one that is being learned. A press shows what both rest on. */
export function GenerationChip() {
  const { data: status } = useQuery(statusQuery());
  const [isOpen, setOpen] = useState(false);
  if (!status) return <span className={styles.place} />;
  const { generation, training } = status;
  const share = training && shareOf(training);
  return (
    <span className={styles.place}>
      <button type="button" className={styles.chip} title={words.open} onClick={() => setOpen(true)}>
        <b>{words.name(generation)}</b>
        <span className="visually-hidden">{words.open}</span>
        {training && (
          <>
            <span className={styles.learning}>{words.learning(training.generation)}</span>
            {share !== undefined && <span className={styles.share}>{words.share(share)}</span>}
            <progress className={styles.bar} aria-label={words.inTraining(training.generation)} value={share} max={1} />
          </>
        )}
      </button>
      <Dialog open={isOpen} title={words.answers(generation)} onClose={() => setOpen(false)}>
        <Details status={status} />
      </Dialog>
    </span>
  );
}

function Details({ status }: { readonly status: StatusResponse }) {
  const { training, trainingFailure: failure, takeovers, heldOut, releases, online } = status;
  const since = releases.at(-1)?.since;
  return (
    <div className={styles.details}>
      <p>
        {since !== undefined && words.since(since)} {heldOut && words.heldOut(heldOut)}
      </p>
      {online.monitor && <p>{words.monitor(online.monitor)}</p>}
      {training ? (
        <section>
          <h3>{words.inTraining(training.generation)}</h3>
          <p>{words.step(training.stage, shareOf(training))}</p>
          <progress aria-label={words.inTraining(training.generation)} value={shareOf(training)} max={1} />
          <p className={styles.muted}>{words.trainingHint}</p>
        </section>
      ) : (
        <p className={styles.muted}>{words.none}</p>
      )}
      {failure && <p role="note">{words.failed(failure.generation, failure.message)}</p>}
      {takeovers.length > 0 && (
        <section>
          <h3>{words.trained}</h3>
          <ul>
            {takeovers.map(({ generation, takesOver, comparison, at }) => (
              <li key={generation}>
                <strong>{takesOver ? words.tookOver(generation) : words.notUsed(generation)}</strong>{' '}
                <time dateTime={at}>{messages.history.at(at)}</time>
                <p>
                  {comparison ? words.comparison(comparison) : !takesOver && words.notShown}{' '}
                  {comparison && !takesOver && words.notBetter}
                </p>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
