import {
  LabTrace,
  LabTraceItem,
  NewTraceBody,
  NewTraceResponse,
  TraceItemParams,
  TraceParams,
} from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { ROW_LENGTH, recommendPage } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { type RequestParameters, readRequestParameters, withoutRules } from '../http/requested-rules.ts';
import { withoutItems } from '../lab/histories-without.ts';
import { refuseLimited, requireOpenLab } from '../lab/lab-access.ts';
import { compactPage, type KeptTrace, whysOf } from '../lab/trace-store.ts';
import { withoutMemory } from '../serving/kept-candidates.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { itemNotFound } from '../serving/references.ts';
import type { Snapshot } from '../serving/snapshot.ts';
import { requireVisible, type Viewer, visibleTo } from '../serving/viewers.ts';
import { toExplainedCards } from './cards.ts';
import { toTraceBody, toTraceItemBody } from './lab-trace-body.ts';
import type { Services } from './services.ts';

/** `/api/v1/lab/traces`: what happened to one page request, stage by stage and title by title. */
export function addLabTraceRoutes(app: App, { serving, traces, traffic, clock, createId }: Services): void {
  const { pageHooks } = traffic.gate;

  /** Opens the user of a trace as any request would; what they may not see now is not named. */
  async function openTrace(requestId: string, parameters: RequestParameters) {
    const snapshot = serving.current();
    await requireOpenLab(snapshot.viewers.access, parameters.credentials);
    const kept = traces.get(requestId);
    const viewer = await viewerOf(snapshot, kept.userIdx, parameters);
    return { kept, mayName: nameableTo(snapshot, viewer, kept), viewer };
  }

  async function viewerOf({ viewers }: Snapshot, userIdx: number | undefined, parameters: RequestParameters) {
    if (userIdx === undefined) return viewers.viewerOf(undefined, parameters);
    const viewer = await viewers.stateOf(userIdx, parameters);
    refuseLimited(viewer.profile);
    return viewer;
  }

  app.get(
    '/api/v1/lab/traces/:requestId',
    {
      ...pageHooks,
      schema: {
        operationId: 'getTrace',
        summary: 'What happened to a page request, from the catalogue to the page',
        tags: ['lab'],
        params: TraceParams,
        response: { 200: LabTrace },
      },
    },
    async (request) => {
      const { requestId } = request.params;
      const { kept, mayName } = await openTrace(requestId, withoutRules(request));
      return toTraceBody(requestId, kept, mayName);
    },
  );
  app.get(
    '/api/v1/lab/traces/:requestId/items/:itemIdx',
    {
      ...pageHooks,
      schema: {
        operationId: 'explainTraceItem',
        summary: 'What became of a title in a page request, and where it was lost',
        tags: ['lab'],
        params: TraceItemParams,
        response: { 200: LabTraceItem },
      },
    },
    async (request) => {
      const { requestId, itemIdx } = request.params;
      const { kept, mayName, viewer } = await openTrace(requestId, withoutRules(request));
      if (!mayName(itemIdx)) throw itemNotFound(kept.engine, { itemIdx });
      return toTraceItemBody(kept, itemIdx, viewer.feedback, mayName);
    },
  );
  app.post(
    '/api/v1/lab/traces',
    {
      ...pageHooks,
      schema: {
        operationId: 'makeTrace',
        summary: 'A page request of which the trace is kept; stores nothing else',
        tags: ['lab'],
        body: NewTraceBody,
        response: { 200: NewTraceResponse },
      },
    },
    async (request) => {
      const { userIdx, itemIdx, without = [], generation, ...rules } = request.body;
      const { headers, apiKey } = request;
      const parameters = readRequestParameters({ query: rules, headers, apiKey });
      const snapshot = await serving.of(generation);
      await requireOpenLab(snapshot.viewers.access, parameters.credentials);
      const viewer = await viewerOf(snapshot, userIdx, parameters);
      for (const item of itemIdx === undefined ? without : [...without, itemIdx]) {
        requireVisible(snapshot.engine, viewer, { itemIdx: item });
      }
      const { engine, input } = withoutItems(withoutMemory(snapshot.engine), viewer.input, without);
      const { sections, trace, found } = await recommendPage(engine, input, RECOMMEND_CONTEXT);
      const { stagesMs } = trace;
      const shown = sections.map(({ placements }) => placements.slice(0, ROW_LENGTH));
      const cards = await Promise.all(shown.map((row) => toExplainedCards(engine, row, viewer.feedback)));
      const made = { ...compactPage(found, sections), whys: whysOf(cards.flat()) };
      const kept: KeptTrace = { atMs: clock(), userIdx, engine, ...made, trace, stagesMs, without };
      const requestId = createId();
      traces.keep(requestId, kept);
      const mayName = nameableTo(snapshot, viewer, kept);
      return {
        trace: toTraceBody(requestId, kept, mayName),
        ...(itemIdx !== undefined && { item: await toTraceItemBody(kept, itemIdx, viewer.feedback, mayName) }),
      };
    },
  );
}

/** A title must have been visible to the request, and still be. */
function nameableTo({ engine }: Snapshot, viewer: Viewer, { found }: KeptTrace): (itemIdx: ItemIndex) => boolean {
  const isVisible = visibleTo(engine, viewer);
  const { unseeable } = found.query;
  return (itemIdx) => itemIdx < unseeable.length && unseeable[itemIdx] === 0 && isVisible(itemIdx);
}
