import type { LabRun } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import { statusQuery } from '../../api/queries.ts';
import { lab } from '../../messages/lab-en.ts';
import { Notice } from '../../notice/notice.tsx';
import page from '../lab-page.module.css';
import { runsQuery } from '../lab-queries.ts';
import { DataTable } from '../parts/data-table.tsx';
import { duration, figure } from '../parts/figures.ts';
import { LineChart } from '../parts/line-chart.tsx';
import { RunChoice } from '../run-choice.tsx';
import { stageGroup } from './stage-group.ts';

const words = lab.pipeline;
/** While a training goes on. */
const POLL_MS = 1000;
const POLL_IDLE_MS = 10_000;

/** How the served models came about: the stages of each training, and the one that is under way. */
export function PipelineScreen(): ReactNode {
  const { data, error, refetch } = useQuery(runsQuery());
  const [search] = useSearchParams();
  if (error !== null && !data) return <Notice text={error.message} onRetry={() => void refetch()} />;
  if (!data) return <p role="status">{lab.loading}</p>;
  const run =
    data.runs.find(({ version }) => version === search.get('run')) ??
    data.runs.find(({ isServed }) => isServed) ??
    data.runs[0];
  return (
    <div className={page.screen}>
      <Now />
      {run === undefined ? (
        <Notice text={lab.noRuns} />
      ) : (
        <>
          <section>
            <h2>{words.run}</h2>
            <RunChoice runs={data.runs} chosen={run} />
            <p>
              {words.command} <code>matinee train --preset {run.generation}</code>
            </p>
          </section>
          <Stages run={run} />
          <Curves run={run} />
        </>
      )}
    </div>
  );
}

/** What is being trained now. */
function Now() {
  const { data } = useQuery({
    ...statusQuery(),
    refetchInterval: (query) => (query.state.data?.training === undefined ? POLL_IDLE_MS : POLL_MS),
  });
  const training = data?.training;
  return (
    <section>
      <h2>{words.now}</h2>
      {training === undefined ? (
        <p>{words.nothingNow}</p>
      ) : (
        <>
          <p>{words.training(training.generation, training.stage)}</p>
          {training.total > 0 && <progress max={training.total} value={training.done} aria-label={training.stage} />}
        </>
      )}
      {data?.trainingFailure && (
        <p role="alert">{words.failure(data.trainingFailure.generation, data.trainingFailure.message)}</p>
      )}
      {(data?.takeovers ?? []).map(({ generation, takesOver, comparison }) => (
        <p key={generation}>
          {words.takeover(generation, takesOver)}
          {comparison &&
            words.takeoverOn(
              figure(comparison.difference.value),
              figure(comparison.difference.low),
              figure(comparison.difference.high),
              comparison.users,
            )}
        </p>
      ))}
    </section>
  );
}

function Stages({ run }: { readonly run: LabRun }) {
  const longest = Math.max(...run.timings.map(({ ms }) => ms), 1);
  const total = run.timings.reduce((sum, { ms }) => sum + ms, 0);
  return (
    <section>
      <h2>{words.stages}</h2>
      <p className={page.muted}>{words.stagesText(duration(total))}</p>
      <DataTable
        caption={words.stages}
        file={`stages-${run.version}`}
        rows={run.timings}
        keyOf={({ stage }) => stage}
        empty={words.noStages}
        columns={[
          { heading: words.stage, value: ({ stage }) => stage },
          { heading: words.part, value: ({ stage }) => words.groups[stageGroup(stage)] },
          {
            heading: words.time,
            value: ({ ms }) => ms,
            show: ({ ms }) => duration(ms),
            bar: ({ ms }) => ms / longest,
            isNumber: true,
          },
        ]}
      />
    </section>
  );
}

/** Loss and validation of the networks that were trained in this run. */
function Curves({ run }: { readonly run: LabRun }) {
  return (
    <section>
      <h2>{words.curves}</h2>
      {run.curves.length === 0 && <p>{words.noCurves}</p>}
      {run.curves.map(({ stage, epochs }) => (
        <div key={stage}>
          <h3>{stage}</h3>
          <LineChart label={words.lossOf(stage)} values={epochs.map(({ loss }) => loss)} />
          <LineChart label={words.validationOf(stage)} values={epochs.map(({ validation }) => validation)} />
          <DataTable
            caption={stage}
            file={`epochs-${run.version}`}
            rows={epochs}
            keyOf={({ epoch }) => String(epoch)}
            columns={[
              { heading: words.epoch, value: ({ epoch }) => epoch },
              { heading: words.loss, value: ({ loss }) => loss, show: ({ loss }) => figure(loss), isNumber: true },
              {
                heading: words.validation,
                value: ({ validation }) => validation,
                show: ({ validation }) => figure(validation),
                isNumber: true,
              },
            ]}
          />
        </div>
      ))}
    </section>
  );
}
