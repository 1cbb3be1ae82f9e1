import type { LabRun, LabRunsResponse, StatusResponse } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import { statusQuery } from '../../api/queries.ts';
import { formatTime } from '../../messages/format.ts';
import { lab } from '../../messages/lab-en.ts';
import { Notice } from '../../notice/notice.tsx';
import page from '../lab-page.module.css';
import { runsQuery } from '../lab-queries.ts';
import { DataTable } from '../parts/data-table.tsx';
import { figure, signed, whole } from '../parts/figures.ts';
import { IntervalChart } from '../parts/interval-chart.tsx';
import { RunChoice } from '../run-choice.tsx';

const words = lab.evaluation;

/** How good each generation is here, how sure that is, and what the server measures of the one it serves. */
export function EvaluationScreen(): ReactNode {
  const { data, error, refetch } = useQuery(runsQuery());
  const [search] = useSearchParams();
  if (error !== null && !data) return <Notice text={error.message} onRetry={() => void refetch()} />;
  if (!data) return <p role="status">{lab.loading}</p>;
  if (data.runs.length === 0) return <Notice text={lab.noRuns} />;
  const chosen = data.runs.find(({ version }) => version === search.get('run')) ?? servedOf(data);
  return (
    <div className={page.screen}>
      <Ladder data={data} />
      <Steps data={data} />
      <Watch />
      <section>
        <h2>{words.run}</h2>
        <RunChoice runs={data.runs} chosen={chosen} />
      </section>
      <Sources run={chosen} />
      <Metrics run={chosen} />
      <Apart data={data} />
    </div>
  );
}

const servedOf = ({ runs }: LabRunsResponse): LabRun => runs.find(({ isServed }) => isServed) ?? runs[0]!;
const nameOf = ({ generation, version }: LabRun): string => `${generation.toUpperCase()} ${version.slice(0, 6)}`;

/** Every comparable run with its quality. */
function Ladder({ data }: { readonly data: LabRunsResponse }) {
  const measured = data.runs
    .filter(({ apart, heldOut }) => apart === undefined && heldOut !== undefined)
    .sort((a, b) => (a.generation < b.generation ? -1 : 1));
  const [first] = measured;
  if (first?.heldOut === undefined)
    return (
      <section>
        <h2>{words.ladder}</h2>
        <p>{words.nobodyHeldOut}</p>
      </section>
    );
  const { users, queries } = first.heldOut;
  return (
    <section>
      <h2>{words.ladder}</h2>
      <p className={page.muted}>{words.ladderText(users, queries, data.dataset, first.seed ?? 0)}</p>
      <IntervalChart
        label={words.ladder}
        rows={measured.map((run) => ({ label: nameOf(run), ...run.heldOut!.ndcg }))}
      />
      <DataTable
        caption={words.ladder}
        file="generations"
        rows={measured}
        keyOf={({ version }) => version}
        columns={[
          {
            heading: words.generation,
            value: nameOf,
            show: (run) => (run.isServed ? <b>{nameOf(run)}</b> : nameOf(run)),
          },
          {
            heading: 'NDCG@10',
            value: (run) => run.heldOut!.ndcg.value,
            show: (run) => figure(run.heldOut!.ndcg.value),
            isNumber: true,
          },
          {
            heading: words.from,
            value: (run) => run.heldOut!.ndcg.low,
            show: (run) => figure(run.heldOut!.ndcg.low),
            isNumber: true,
          },
          {
            heading: words.to,
            value: (run) => run.heldOut!.ndcg.high,
            show: (run) => figure(run.heldOut!.ndcg.high),
            isNumber: true,
          },
          ...['heldOut.recall@10', 'heldOut.recall@50'].map((metric) => ({
            heading: metric.replace('heldOut.', ''),
            value: ({ metrics }: LabRun) => metrics[metric] ?? null,
            show: ({ metrics }: LabRun) => figure(metrics[metric]),
            isNumber: true,
          })),
        ]}
      />
      <p className={page.muted}>
        {words.command} <code>matinee report --targets successive</code>
      </p>
    </section>
  );
}

/** Is the next generation better than the one before it, and how sure is that? */
function Steps({ data }: { readonly data: LabRunsResponse }) {
  const byVersion = new Map(data.runs.map((run) => [run.version, run]));
  const stepName = ({ earlier, later }: LabRunsResponse['steps'][number]): string =>
    `${byVersion.get(earlier)?.generation.toUpperCase()} → ${byVersion.get(later)?.generation.toUpperCase()}`;
  return (
    <section>
      <h2>{words.steps}</h2>
      <p className={page.muted}>{words.stepsText}</p>
      {data.steps.length === 0 ? (
        <p>{words.noSteps}</p>
      ) : (
        <>
          <IntervalChart
            label={words.steps}
            hasZero
            rows={data.steps.map((step) => ({ label: stepName(step), ...step.difference }))}
          />
          <DataTable
            caption={words.steps}
            file="differences"
            rows={data.steps}
            keyOf={({ later }) => later}
            columns={[
              { heading: words.step, value: stepName },
              {
                heading: words.difference,
                value: ({ difference }) => difference.value,
                show: ({ difference }) => signed(difference.value),
                isNumber: true,
              },
              {
                heading: words.from,
                value: ({ difference }) => difference.low,
                show: ({ difference }) => signed(difference.low),
                isNumber: true,
              },
              {
                heading: words.to,
                value: ({ difference }) => difference.high,
                show: ({ difference }) => signed(difference.high),
                isNumber: true,
              },
              { heading: words.verdict, value: ({ difference }) => words.verdictOf(difference.low, difference.high) },
            ]}
          />
        </>
      )}
    </section>
  );
}

const WATCH_EVERY_MS = 3000;

/** The served release and the one before it, on what people do now. */
function Watch() {
  const { data } = useQuery({ ...statusQuery(), refetchInterval: WATCH_EVERY_MS });
  const monitor = data?.online.monitor;
  if (data === undefined) return null;
  if (monitor === undefined)
    return (
      <section>
        <h2>{words.watch}</h2>
        <p>{words.noWatch}</p>
      </section>
    );
  return (
    <section>
      <h2>{words.watch}</h2>
      <p>{words.watchText(monitor.queries, monitor.of, monitor.state)}</p>
      <progress max={monitor.of} value={monitor.queries} aria-label={words.watch} />
      <Race monitor={monitor} />
    </section>
  );
}

function Race({ monitor }: { readonly monitor: NonNullable<StatusResponse['online']['monitor']> }) {
  const { earlier, later, quality } = monitor;
  const rows = [
    { name: words.earlier, version: earlier, ...quality.earlier },
    { name: words.later, version: later, ...quality.later },
  ];
  const best = Math.max(...rows.map(({ ndcg }) => ndcg), 1e-9);
  return (
    <DataTable
      caption={words.watch}
      file="online-watch"
      rows={rows}
      keyOf={({ name }) => name}
      columns={[
        { heading: words.release, value: ({ name, version }) => `${name} (${version})` },
        {
          heading: 'NDCG@50',
          value: ({ ndcg }) => ndcg,
          show: ({ ndcg }) => figure(ndcg),
          bar: ({ ndcg }) => ndcg / best,
          isNumber: true,
        },
        { heading: 'Recall@50', value: ({ recall }) => recall, show: ({ recall }) => figure(recall), isNumber: true },
      ]}
    />
  );
}

/** What each source is worth alone, and what the blend makes of it. */
function Sources({ run }: { readonly run: LabRun }) {
  const best = Math.max(...run.sources.map(({ alone }) => alone ?? 0), 1e-9);
  const heaviest = Math.max(...run.sources.map(({ weight }) => weight), 1e-9);
  return (
    <section>
      <h2>{words.sources(nameOf(run))}</h2>
      <p className={page.muted}>{words.sourcesText}</p>
      <DataTable
        caption={words.sources(nameOf(run))}
        file={`sources-${run.version}`}
        rows={run.sources}
        keyOf={({ name }) => name}
        columns={[
          { heading: words.source, value: ({ name }) => name },
          {
            heading: words.alone,
            value: ({ alone }) => alone,
            show: ({ alone }) => figure(alone),
            bar: ({ alone }) => (alone ?? 0) / best,
            isNumber: true,
          },
          {
            heading: words.weight,
            value: ({ weight }) => weight,
            show: ({ weight }) => figure(weight),
            bar: ({ weight }) => weight / heaviest,
            isNumber: true,
          },
        ]}
      />
      {run.leftOut.map(({ part, reason }) => (
        <p key={part} className={page.muted}>
          {words.leftOut(part, reason)}
        </p>
      ))}
    </section>
  );
}

/** Ranking and calibration of the ranker, as recorded in training. */
function Metrics({ run }: { readonly run: LabRun }) {
  const rows = Object.entries(run.metrics).filter(([name]) => !/^(validation\.ndcg@100\.|heldOut\.)/.test(name));
  return (
    <section>
      <h2>{words.metrics(nameOf(run))}</h2>
      <p className={page.muted}>{words.metricsText}</p>
      <DataTable
        caption={words.metrics(nameOf(run))}
        file={`metrics-${run.version}`}
        rows={rows}
        keyOf={([name]) => name}
        columns={[
          { heading: words.metric, value: ([name]) => name, show: ([name]) => <code>{name}</code> },
          { heading: words.meaning, value: ([name]) => words.meaningOf(name) },
          {
            heading: words.value,
            value: ([, value]) => value,
            show: ([, value]) => (Number.isInteger(value) ? whole(value) : figure(value)),
            isNumber: true,
          },
        ]}
      />
    </section>
  );
}

/** Runs that are not compared, and why. */
function Apart({ data }: { readonly data: LabRunsResponse }) {
  const apart = data.runs.filter((run) => run.apart !== undefined);
  if (apart.length === 0) return null;
  return (
    <section>
      <h2>{words.apart}</h2>
      <DataTable
        caption={words.apart}
        file="not-compared"
        rows={apart}
        keyOf={({ version }) => version}
        columns={[
          { heading: words.release, value: nameOf },
          {
            heading: words.saved,
            value: ({ savedAt }) => savedAt,
            show: ({ savedAt }) => (savedAt === null ? '—' : formatTime(Date.parse(savedAt))),
          },
          { heading: words.why, value: ({ apart: why }) => why ?? null },
        ]}
      />
    </section>
  );
}
