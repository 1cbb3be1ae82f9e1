import type { CompareResponse } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import { messages } from '../../messages/current.ts';
import { displayTitle } from '../../messages/display-title.ts';
import { lab } from '../../messages/lab-en.ts';
import { Notice } from '../../notice/notice.tsx';
import { useDebounced } from '../../search/use-debounced.ts';
import { useCurrentUser } from '../../user/current-user.tsx';
import page from '../lab-page.module.css';
import { compareQuery } from '../lab-queries.ts';
import { DataTable } from '../parts/data-table.tsx';
import { figure, percent } from '../parts/figures.ts';
import styles from './compare-screen.module.css';
import { commonCount, moveOf } from './rank-moves.ts';

const words = lab.compare;
const LENGTH = 10;
const DEBOUNCE_MS = 200;

type Generation = CompareResponse['generations'][number];

/** The lists of all generations for the viewer, and how they change with each event of the history. */
export function CompareScreen(): ReactNode {
  const user = useCurrentUser();
  const [search, setSearch] = useSearchParams();
  const parameter = search.get('after');
  const chosen = /^\d{1,5}$/.test(parameter ?? '') ? Number(parameter) : undefined;
  const after = useDebounced(chosen, DEBOUNCE_MS);
  const compared = useQuery({ ...compareQuery(user?.userIdx ?? 0, LENGTH, after), enabled: user !== undefined });
  const { data } = compared;
  if (compared.isError && !data)
    return <Notice text={compared.error.message} onRetry={() => void compared.refetch()} />;
  if (user === undefined || !data) return <p role="status">{lab.loading}</p>;
  const choose = (next: number) =>
    setSearch(
      (known) => {
        if (next === data.eventCount) known.delete('after');
        else known.set('after', String(next));
        return known;
      },
      { replace: true },
    );
  const present = data.generations.filter(({ missing }) => missing === undefined);
  return (
    <div className={page.screen}>
      <section>
        <h2>{words.heading}</h2>
        <p className={page.muted}>{words.intro(user.name)}</p>
        <label className={styles.slider}>
          <span>{words.slider}</span>
          <input
            type="range"
            min={0}
            max={data.eventCount}
            value={Math.min(chosen ?? data.eventCount, data.eventCount)}
            aria-valuetext={words.sliderText(chosen ?? data.eventCount, data.eventCount)}
            onChange={(event) => choose(Number(event.target.value))}
          />
          <span>{words.sliderText(chosen ?? data.eventCount, data.eventCount)}</span>
        </label>
        <p className={page.muted}>{words.sliderHint}</p>
      </section>
      <section aria-busy={compared.isFetching}>
        <h2>{words.lists}</h2>
        <p className={page.muted}>{words.listsHint}</p>
        <div className={styles.columns}>
          {data.generations.map((generation) => (
            <GenerationList
              key={generation.generation}
              generation={generation}
              before={beforeOf(present, generation)}
            />
          ))}
        </div>
      </section>
      <Tables data={data} present={present} />
    </div>
  );
}

/** The generation to the left that answers. */
function beforeOf(present: readonly Generation[], generation: Generation): Generation | undefined {
  const at = present.indexOf(generation);
  return at > 0 ? present[at - 1] : undefined;
}

function GenerationList({
  generation: { generation, isServed, missing, items },
  before,
}: {
  readonly generation: Generation;
  readonly before: Generation | undefined;
}) {
  return (
    <article className={styles.column} aria-label={generation.toUpperCase()}>
      <h3>
        {generation.toUpperCase()} {isServed && <small>{words.served}</small>}
      </h3>
      {missing === undefined ? (
        <ol data-list={generation}>
          {items.map(({ itemIdx, title, year, why }, at) => {
            const move = before === undefined ? 0 : moveOf(before.items, itemIdx, at);
            return (
              <li key={itemIdx}>
                <span className={styles.move} data-move={move === undefined ? 'new' : Math.sign(move)}>
                  {move === undefined ? words.isNew : move === 0 ? '' : move > 0 ? `↑${move}` : `↓${-move}`}
                </span>
                <span>
                  {displayTitle(title)} {year !== null && <span className={styles.year}>({year})</span>}
                  <small>{messages.why(why, false)}</small>
                </span>
              </li>
            );
          })}
        </ol>
      ) : (
        <p>
          <strong>{words.missing}.</strong> {missing}
        </p>
      )}
    </article>
  );
}

function Tables({ data, present }: { readonly data: CompareResponse; readonly present: readonly Generation[] }) {
  const name = (generation: Generation): string => generation.generation.toUpperCase();
  const genres = [
    ...new Set(
      [data.historyShares, ...present.map(({ genreShares }) => genreShares)].flatMap((each) => Object.keys(each)),
    ),
  ].sort((a, b) => (data.historyShares[b] ?? 0) - (data.historyShares[a] ?? 0));
  const stages = [...new Set(present.flatMap(({ stagesMs }) => Object.keys(stagesMs)))];
  const totalOf = ({ stagesMs }: Generation): number => Object.values(stagesMs).reduce((sum, ms) => sum + ms, 0);
  const msOf = (generation: Generation, stage: string): number | null =>
    stage === words.total ? totalOf(generation) : (generation.stagesMs[stage] ?? null);
  return (
    <>
      <section>
        <h2>{words.overlap}</h2>
        <p className={page.muted}>{words.overlapHint}</p>
        <DataTable
          caption={words.overlap}
          file="overlap"
          rows={present}
          keyOf={name}
          columns={[
            { heading: words.generation, value: name },
            ...present.map((other) => ({
              heading: name(other),
              value: (row: Generation) => commonCount(row.items, other.items),
              isNumber: true,
            })),
          ]}
        />
      </section>
      <section>
        <h2>{words.genres}</h2>
        <DataTable
          caption={words.genres}
          file="genres"
          rows={genres}
          keyOf={(genre) => genre}
          columns={[
            { heading: words.genre, value: (genre) => genre },
            {
              heading: words.historyColumn,
              value: (genre) => data.historyShares[genre] ?? 0,
              show: (genre) => percent(data.historyShares[genre] ?? 0),
              bar: (genre) => data.historyShares[genre] ?? 0,
              isNumber: true,
            },
            ...present.map((generation) => ({
              heading: name(generation),
              value: (genre: string) => generation.genreShares[genre] ?? 0,
              show: (genre: string) => percent(generation.genreShares[genre] ?? 0),
              bar: (genre: string) => generation.genreShares[genre] ?? 0,
              isNumber: true,
            })),
          ]}
        />
      </section>
      <section>
        <h2>{words.times}</h2>
        <DataTable
          caption={words.times}
          file="milliseconds"
          rows={[...stages, words.total]}
          keyOf={(stage) => stage}
          columns={[
            { heading: words.stage, value: (stage) => stage },
            ...present.map((generation) => ({
              heading: name(generation),
              value: (stage: string) => msOf(generation, stage),
              show: (stage: string) => figure(msOf(generation, stage)),
              isNumber: true,
            })),
          ]}
        />
      </section>
    </>
  );
}
