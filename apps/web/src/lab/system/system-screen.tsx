import type { LabSystemResponse } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { statusQuery } from '../../api/queries.ts';
import { formatTime } from '../../messages/format.ts';
import { lab } from '../../messages/lab-en.ts';
import { Notice } from '../../notice/notice.tsx';
import page from '../lab-page.module.css';
import { systemQuery } from '../lab-queries.ts';
import { DataTable } from '../parts/data-table.tsx';
import { figure, milliseconds, whole } from '../parts/figures.ts';

const words = lab.system;
const MEGABYTE = 1024 * 1024;

/** What this server holds, what it serves and how fast it answers. */
export function SystemScreen(): ReactNode {
  const { data, error, refetch } = useQuery(systemQuery());
  if (error !== null && !data) return <Notice text={error.message} onRetry={() => void refetch()} />;
  if (!data) return <p role="status">{lab.loading}</p>;
  const { latency } = data;
  return (
    <div className={page.screen}>
      <section>
        <h2>{words.holds}</h2>
        <DataTable
          caption={words.holds}
          file="system"
          rows={holdingsOf(data)}
          keyOf={([name]) => name}
          columns={[
            { heading: words.what, value: ([name]) => name },
            { heading: words.value, value: ([, value]) => value, isNumber: true },
          ]}
        />
      </section>
      <Releases />
      <section>
        <h2>{words.latency}</h2>
        {latency.since === null ? (
          <p>{words.noRequests}</p>
        ) : (
          <>
            <p className={page.muted}>{words.latencyText(latency.requests, formatTime(Date.parse(latency.since)))}</p>
            <Latencies caption={words.stages} rows={[...latency.stages, ...latency.whole]} file="stages" />
            <Latencies caption={words.bySource} rows={latency.sources} file="sources" />
          </>
        )}
      </section>
      <section>
        <h2>{words.sources}</h2>
        <DataTable
          caption={words.sources}
          file="sources-held"
          rows={data.sources}
          keyOf={({ name }) => name}
          columns={[
            { heading: words.source, value: ({ name }) => name },
            { heading: words.kind, value: ({ kind }) => kind },
            {
              heading: words.weight,
              value: ({ weight }) => weight,
              show: ({ weight }) => figure(weight),
              isNumber: true,
            },
            { heading: words.dimensions, value: ({ dimensions }) => dimensions, isNumber: true },
          ]}
        />
      </section>
    </div>
  );
}

function holdingsOf({ uptime, node, memory, catalogue, traces }: LabSystemResponse): (readonly [string, string])[] {
  const megabytes = (bytes: number): string => `${whole(Math.round(bytes / MEGABYTE))} MB`;
  return [
    [words.uptime, words.minutes(Math.floor(uptime / 60))],
    [words.node, node],
    [words.resident, megabytes(memory.resident)],
    [words.heap, megabytes(memory.heap)],
    [words.buffers, megabytes(memory.buffers)],
    [words.titles, whole(catalogue.items)],
    [words.people, whole(catalogue.users)],
    [words.traces, `${whole(traces.count)} / ${whole(traces.maxCount)}`],
    [words.traceBytes, `${megabytes(traces.bytes)} / ${megabytes(traces.maxBytes)}`],
  ];
}

function Releases() {
  const { data } = useQuery(statusQuery());
  if (data === undefined) return null;
  return (
    <section>
      <h2>{words.releases}</h2>
      <DataTable
        caption={words.releases}
        file="releases"
        rows={[...data.releases].reverse()}
        keyOf={({ version, since }) => `${version} ${since}`}
        columns={[
          { heading: words.generation, value: ({ generation }) => generation.toUpperCase() },
          { heading: words.version, value: ({ version }) => version },
          { heading: words.since, value: ({ since }) => since, show: ({ since }) => formatTime(Date.parse(since)) },
        ]}
      />
      <p className={page.muted}>
        {words.rollBack} <code>matinee serve --serve v1</code>
      </p>
    </section>
  );
}

interface LatenciesProps {
  readonly caption: string;
  readonly rows: LabSystemResponse['latency']['stages'];
  readonly file: string;
}

function Latencies({ caption, rows, file }: LatenciesProps) {
  const longest = Math.max(...rows.map(({ p95 }) => p95), 1e-9);
  return (
    <DataTable
      caption={caption}
      file={`latency-${file}`}
      rows={rows}
      keyOf={({ name }) => name}
      columns={[
        { heading: caption, value: ({ name }) => name },
        { heading: 'p50', value: ({ p50 }) => p50, show: ({ p50 }) => milliseconds(p50), isNumber: true },
        {
          heading: 'p95',
          value: ({ p95 }) => p95,
          show: ({ p95 }) => milliseconds(p95),
          bar: ({ p95 }) => p95 / longest,
          isNumber: true,
        },
        { heading: words.longest, value: ({ max }) => max, show: ({ max }) => milliseconds(max), isNumber: true },
      ]}
    />
  );
}
