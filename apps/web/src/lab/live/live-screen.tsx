import type { ReleaseEvent, StoredFeedbackEvent, TrainingEvent } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { basePath } from '../../api/base-path.ts';
import { statusQuery } from '../../api/queries.ts';
import { messages } from '../../messages/current.ts';
import { lab } from '../../messages/lab-en.ts';
import { titlePath } from '../../navigation/routes.ts';
import page from '../lab-page.module.css';
import { systemQuery } from '../lab-queries.ts';
import { DataTable } from '../parts/data-table.tsx';
import { figure, milliseconds, whole } from '../parts/figures.ts';
import { addEvent, eventsPerMinute, type LiveEvent } from './live-events.ts';

const words = lab.live;
const POLL_MS = 2000;
const SHOWN = 30;

/** What happens on this server now: events, rates, latencies and drift. */
export function LiveScreen(): ReactNode {
  const [isPaused, setPaused] = useState(false);
  const { events, state } = useEvents(isPaused);
  return (
    <div className={page.screen}>
      <Numbers perMinute={eventsPerMinute(events, Date.now())} />
      <section>
        <h2>{words.events}</h2>
        <p>
          <button type="button" className="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
            {isPaused ? words.goOn : words.pause}
          </button>{' '}
          <span>{words.state[state]}</span>
        </p>
        <DataTable
          caption={words.events}
          file="events"
          rows={events.slice(0, SHOWN)}
          allRows={events}
          keyOf={({ key }) => key}
          empty={words.noEvents}
          columns={[
            { heading: words.time, value: ({ at }) => at, show: ({ at }) => new Date(at).toLocaleTimeString('en') },
            { heading: words.what, value: ({ what }) => what },
            {
              heading: words.about,
              value: ({ about }) => about,
              show: ({ about, itemIdx }) =>
                itemIdx === undefined ? about : <Link href={titlePath(itemIdx)}>{words.title(itemIdx)}</Link>,
            },
          ]}
        />
      </section>
    </div>
  );
}

/** Counts and latencies of this moment. */
function Numbers({ perMinute }: { readonly perMinute: number }) {
  const status = useQuery({ ...statusQuery(), refetchInterval: POLL_MS }).data;
  const system = useQuery({ ...systemQuery(), refetchInterval: POLL_MS }).data;
  if (status === undefined) return <p role="status">{lab.loading}</p>;
  const { online } = status;
  // Not open to visitors of a server that asks for keys.
  const latency = system?.latency.whole[0];
  const rows: (readonly [string, string])[] = [
    [words.perMinute, whole(perMinute)],
    [words.p50, latency === undefined ? '—' : milliseconds(latency.p50)],
    [words.p95, latency === undefined ? '—' : milliseconds(latency.p95)],
    [words.engagements, whole(online.engagementsSinceTraining)],
    [words.sequence, whole(online.throughSequence)],
    [words.genreDrift, figure(online.drift.genres)],
    [words.popularityDrift, figure(online.drift.popularity)],
  ];
  return (
    <section>
      <h2>{words.numbers}</h2>
      <DataTable
        caption={words.numbers}
        file="now"
        rows={rows}
        keyOf={([name]) => name}
        columns={[
          { heading: words.what, value: ([name]) => name },
          { heading: words.value, value: ([, value]) => value, isNumber: true },
        ]}
      />
      <p className={page.muted}>{words.driftText}</p>
    </section>
  );
}

type StreamState = 'connecting' | 'open' | 'lost';

/** The events of the server’s stream since the screen was opened. The browser connects again by itself. */
function useEvents(isPaused: boolean) {
  const [events, setEvents] = useState<readonly LiveEvent[]>([]);
  const [state, setState] = useState<StreamState>('connecting');
  const count = useRef(0);
  const add = useEffectEvent((what: string, about: string, itemIdx?: number) => {
    if (isPaused) return;
    count.current++;
    const event = {
      key: String(count.current),
      at: Date.now(),
      what,
      about,
      ...(itemIdx !== undefined && { itemIdx }),
    };
    setEvents((known) => addEvent(known, event));
  });
  useEffect(() => {
    const source = new EventSource(`${basePath}/api/v1/stream`);
    const listen = <Event,>(topic: string, show: (event: Event) => void) =>
      source.addEventListener(topic, ({ data }) => show(JSON.parse(String(data)) as Event));
    source.onopen = () => setState('open');
    source.onerror = () => setState('lost');
    listen<StoredFeedbackEvent>('feedback', ({ itemIdx, type }) => add(messages.feedback.name(type), '', itemIdx));
    listen<TrainingEvent>('training', ({ generation, stage }) =>
      add(words.training, `${generation.toUpperCase()}: ${stage}`),
    );
    listen<ReleaseEvent>('release', ({ generation, version }) =>
      add(words.release, `${generation.toUpperCase()} ${version}`),
    );
    return () => source.close();
  }, []);
  return { events, state };
}
