import { HomeQuery, HomeResponse, type Move as MoveBody, type Row } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import {
  type FeedbackState,
  hydrate,
  type Move,
  ROW_LENGTH,
  recommendPage,
  type Section,
  type Trace,
} from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { readRequestParameters } from '../http/requested-rules.ts';
import { readSlateParameters } from '../http/requested-slate.ts';
import { writeRowCursor } from '../http/row-cursor.ts';
import { roundStages, toServerTiming } from '../http/server-timing.ts';
import { compactPage, type KeptTrace, whysOf } from '../lab/trace-store.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { requireOne, USER_FIELDS } from '../serving/references.ts';
import { createSharedPages, isOfNobodyKnown } from '../serving/shared-pages.ts';
import type { ServedEngine } from '../serving/snapshot.ts';
import { titleOf, toExplainedCards } from './cards.ts';
import type { Services } from './services.ts';

/** `GET /api/v1/home`: the rows of the page. */
export function addHomeRoute(
  app: App,
  { serving, traces, online, traffic, settings, clock, createId }: Services,
): void {
  const sharedPages = createSharedPages<Page>();
  app.get(
    '/api/v1/home',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'getHome',
        summary: 'The rows of the home page',
        tags: ['page'],
        querystring: HomeQuery,
        response: { 200: HomeResponse },
      },
    },
    async (request, reply) => {
      const { debug, diversity } = request.query;
      requireOne(request.query.userIdx, request.query.userId, USER_FIELDS);
      const { engine, viewers } = await serving.of(request.query.generation);
      const { input, feedback, person } = await viewers.viewerNamed(request.query, readRequestParameters(request));
      const requestId = createId();
      const makePage = async (): Promise<Page> => {
        const slate = readSlateParameters(request.query, settings.explorationShare, requestId);
        const { sections, trace, found } = await recommendPage(engine, { ...input, ...slate }, RECOMMEND_CONTEXT);
        const startedAt = performance.now();
        const rows = await Promise.all(
          sections.map((section) => toRow(engine, section, feedback, slate.exploration?.seed)),
        );
        const stagesMs = { ...trace.stagesMs, explain: performance.now() - startedAt };
        traffic.metrics.observeTrace({ ...trace, stagesMs });
        const whys = whysOf(rows.flatMap(({ items }) => items));
        return { rows, trace, stagesMs, made: { ...compactPage(found, sections), whys } };
      };
      const key = {
        parameters: JSON.stringify([diversity ?? null, input.viewer ?? null]),
        asOf: input.asOf,
        throughFeedback: online.log.throughFeedback(),
        unseeable: hydrate(engine, input).unseeable,
      };
      const { rows, trace, stagesMs, made } =
        !debug && isOfNobodyKnown(input)
          ? await sharedPages.pageFor(engine, key, makePage, (page) => page.trace.degraded === undefined)
          : await makePage();
      const madeFor = { atMs: clock(), ...defined({ userIdx: person?.userIdx }), engine, without: [] };
      traces.keep(requestId, { ...madeFor, ...made, trace, stagesMs });
      reply.header('server-timing', toServerTiming(stagesMs));
      return {
        requestId,
        version: engine.release.version,
        generation: engine.release.generation,
        hero: (rows.find(({ kind }) => kind === 'similar_to_your_taste') ?? rows[0])?.items[0] ?? null,
        rows,
        degraded: [...(trace.degraded?.missing ?? [])],
        stagesMs: roundStages(stagesMs),
        ...(debug ? { debug: { moves: trace.moves.map(toMove) } } : {}),
      };
    },
  );
}

interface Page {
  readonly rows: Row[];
  readonly trace: Trace;
  readonly stagesMs: Trace['stagesMs'];
  readonly made: Pick<KeptTrace, 'found' | 'sections' | 'whys'>;
}

async function toRow(
  engine: ServedEngine,
  { id, kind, anchor, genre, placements }: Section,
  feedback: FeedbackState,
  seed: string | undefined,
): Promise<Row> {
  const anchorTitle = anchor === undefined ? undefined : titleOf(engine, anchor);
  const genreName = genre === undefined ? undefined : engine.catalogue.genreNames[genre];
  return {
    id,
    kind,
    params: {
      ...defined({
        itemIdx: anchor,
        itemId: anchor === undefined ? undefined : engine.catalogue.vocabulary.ids[anchor],
        title: anchorTitle,
        genre: genreName,
      }),
    },
    items: await toExplainedCards(engine, placements.slice(0, ROW_LENGTH), feedback),
    cursor: placements.length > ROW_LENGTH ? writeRowCursor(ROW_LENGTH, seed) : null,
  };
}

function toMove({ itemIndex, row, ...move }: Move): MoveBody {
  return { itemIdx: itemIndex, ...move, ...defined({ rowId: row }) };
}
