import type { LabTrace, LabTraceItem } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { messages } from '../../messages/current.ts';
import { displayTitle } from '../../messages/display-title.ts';
import { formatList } from '../../messages/format.ts';
import { lab } from '../../messages/lab-en.ts';
import { inspectValue } from '../../navigation/inspect.ts';
import { labPath } from '../../navigation/routes.ts';
import { useCurrentUser } from '../../user/current-user.tsx';
import page from '../lab-page.module.css';
import { makeTrace, traceItemQuery, traceQuery } from '../lab-queries.ts';
import { DataTable } from '../parts/data-table.tsx';
import { figure, milliseconds, signed, whole } from '../parts/figures.ts';
import styles from './tour-screen.module.css';

const words = lab.tour;
const { steps } = words;
/** Titles, sources and features that a sentence names. */
const NAMED = 3;
const LISTED = 10;

/** One request of this viewer from the query to the reason shown, each step with its code and its screen. */
export function TourScreen(): ReactNode {
  const user = useCurrentUser();
  const [search, setSearch] = useSearchParams();
  const [problem, setProblem] = useState<string>();
  const requestId = search.get('request') ?? undefined;
  const trace = useQuery({ ...traceQuery(requestId ?? ''), enabled: requestId !== undefined });
  const first = trace.data?.list[0]?.itemIdx;
  const item = useQuery({
    ...traceItemQuery(requestId ?? '', first ?? 0),
    enabled: requestId !== undefined && first !== undefined,
  });
  if (user === undefined) return <p role="status">{lab.loading}</p>;
  const start = async () => {
    try {
      const made = await makeTrace({ userIdx: user.userIdx });
      setSearch((known) => {
        known.set('request', made.trace.requestId);
        return known;
      });
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <div className={page.screen}>
      <section>
        <h2>{words.heading}</h2>
        <p>{words.intro(user.name)}</p>
        {trace.isError && <p role="alert">{words.gone}</p>}
        {problem !== undefined && <p role="alert">{problem}</p>}
        <p>
          <button type="button" className="button" data-kind="primary" onClick={() => void start()}>
            {requestId === undefined ? words.start : words.again}
          </button>
        </p>
      </section>
      {trace.data && item.data && <Steps trace={trace.data} item={item.data} />}
    </div>
  );
}

function Steps({ trace, item }: { readonly trace: LabTrace; readonly item: LabTraceItem }) {
  const title = displayTitle(item.item.title);
  const countOf = (stage: string): string => whole(trace.funnel.find((each) => each.stage === stage)?.count ?? 0);
  const counts = (record: Readonly<Record<string, number>>): string =>
    formatList(Object.entries(record).map(([name, count]) => `${name} ${whole(count)}`));
  const found = trace.sources.filter(({ candidates }) => candidates > 0);
  const latest = trace.history.latest.slice(0, NAMED).map((each) => displayTitle(each.title));
  const parts = item.sources
    .filter(({ rank }) => rank !== null)
    .slice(0, NAMED)
    .map(({ name, rank, contribution }) => `${name} has it at rank ${rank} (${signed(contribution)})`);
  const effects = (item.ranker?.features ?? [])
    .slice(0, NAMED)
    .map(
      ({ name, meaning, value, contribution }) => `${name} (${meaning}) is ${figure(value)}: ${signed(contribution)}`,
    );
  const inspect = `${labPath('tour')}?request=${trace.requestId}&inspect=${inspectValue(trace.requestId, item.item.itemIdx)}`;
  return (
    <ol className={styles.steps}>
      <Step heading={steps.query.heading} code={['recommender/src/request/query.ts', 'models/src/data/confidence.ts']}>
        <p>{steps.query.text(trace.history.length, formatList(latest))}</p>
      </Step>
      <Step heading={steps.rules.heading} code={['recommender/src/rules/verdicts.ts']}>
        <p>{steps.rules.text(countOf('catalogue'), countOf('rules'), counts(trace.removed))}</p>
      </Step>
      <Step
        heading={steps.sources.heading}
        code={['recommender/src/candidates/retrieve.ts']}
        to={[labPath('evaluation'), words.seeEvaluation]}
      >
        <p>{steps.sources.text(found.length, countOf('sources'), milliseconds(trace.stagesMs['retrieve'] ?? 0))}</p>
        <DataTable
          caption={steps.sources.heading}
          file={`tour-sources-${trace.requestId}`}
          rows={trace.sources}
          keyOf={({ name }) => name}
          columns={[
            { heading: lab.inspect.source, value: ({ name }) => name },
            { heading: lab.inspect.meaning, value: ({ summary }) => summary },
            {
              heading: lab.inspect.weight,
              value: ({ weight }) => weight,
              show: ({ weight }) => figure(weight),
              isNumber: true,
            },
            { heading: words.returned, value: ({ candidates }) => candidates, isNumber: true },
            { heading: words.code, value: ({ code }) => code, show: ({ code }) => <code>{code}</code> },
          ]}
        />
      </Step>
      <Step
        heading={steps.blend.heading}
        code={['models/src/blend/blend-candidates.ts']}
        to={[inspect, words.seeInspect]}
      >
        <p>{steps.blend.text(countOf('blend'), title, formatList(parts))}</p>
      </Step>
      <Step
        heading={steps.ranker.heading}
        code={[
          'models/src/features/feature-schema.ts',
          'models/src/ranking/feature-ranker.ts',
          'gbdt/src/prediction/tree-shap.ts',
        ]}
        to={[inspect, words.seeInspect]}
      >
        <p>
          {trace.ranker === null
            ? steps.ranker.none
            : steps.ranker.text(trace.ranker.features, trace.ranker.depth, title, formatList(effects))}
        </p>
      </Step>
      <Step
        heading={steps.order.heading}
        code={['recommender/src/candidates/rank.ts', 'recommender/src/recommend.ts']}
        to={[labPath('compare'), words.seeCompare]}
      >
        <p>{steps.order.text}</p>
        <DataTable
          caption={steps.order.heading}
          file={`tour-list-${trace.requestId}`}
          rows={trace.list.slice(0, LISTED).map((each, at) => ({ ...each, place: at + 1 }))}
          keyOf={({ itemIdx }) => String(itemIdx)}
          columns={[
            { heading: steps.order.place, value: ({ place }) => place },
            { heading: steps.order.title, value: (each) => displayTitle(each.title) },
            { heading: steps.order.before, value: ({ blendPlace }) => blendPlace, isNumber: true },
            {
              heading: steps.order.score,
              value: ({ score }) => score,
              show: ({ score }) => figure(score),
              isNumber: true,
            },
          ]}
        />
      </Step>
      <Step heading={steps.slate.heading} code={['recommender/src/page/compose-page.ts']}>
        <p>{steps.slate.text(trace.rows.length, counts(trace.moves))}</p>
      </Step>
      <Step
        heading={steps.reason.heading}
        code={['recommender/src/candidates/explain.ts']}
        to={[inspect, words.seeInspect]}
      >
        <p>{steps.reason.text(title, item.why === undefined ? '—' : messages.why(item.why, false))}</p>
      </Step>
      <Step
        heading={steps.feedback.heading}
        code={['recommender/src/log/feedback-state.ts']}
        to={[labPath('pipeline'), words.seePipeline]}
      >
        <p>{steps.feedback.text}</p>
      </Step>
    </ol>
  );
}

interface StepProps {
  readonly heading: string;
  /** Paths below `packages`. */
  readonly code: readonly string[];
  /** The screen that shows more, and what it shows. */
  readonly to?: readonly [href: string, what: string];
  readonly children: ReactNode;
}

function Step({ heading, code, to, children }: StepProps) {
  return (
    <li>
      <section>
        <h3>{heading}</h3>
        {children}
        <p className={page.muted}>
          {words.code}:{' '}
          {code.map((path) => (
            <code key={path}>packages/{path} </code>
          ))}
          {to !== undefined && (
            <>
              · {words.see} <Link href={to[0]}>{to[1]}</Link>
            </>
          )}
        </p>
      </section>
    </li>
  );
}
