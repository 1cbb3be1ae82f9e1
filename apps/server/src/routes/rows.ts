import { RowQuery, RowResponse } from '@matinee/contract';
import { MatineeError } from '@matinee/numerics';
import { ROW_LENGTH, recommendPage } from '@matinee/recommender';
import Type from 'typebox';
import type { App } from '../http/app.ts';
import { readRequestParameters } from '../http/requested-rules.ts';
import { readSlateParameters } from '../http/requested-slate.ts';
import { readRowCursor, writeRowCursor } from '../http/row-cursor.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { requireOne, USER_FIELDS } from '../serving/references.ts';
import { toExplainedCards } from './cards.ts';
import type { Services } from './services.ts';

const RowParams = Type.Object({ rowId: Type.String({ minLength: 1, maxLength: 64 }) });

/**
 * `GET /api/v1/rows/:rowId`: further items of a row. The page is built again, so that feedback since then counts; while
 * the user's state is the same, no item appears twice.
 */
export function addRowRoute(app: App, { serving, traffic, settings }: Services): void {
  app.get(
    '/api/v1/rows/:rowId',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'getRow',
        summary: 'Further titles of a row',
        tags: ['page'],
        params: RowParams,
        querystring: RowQuery,
        response: { 200: RowResponse },
      },
    },
    async (request) => {
      const { cursor = '0' } = request.query;
      const { rowId } = request.params;
      const { start, seed } = readRowCursor(cursor);
      requireOne(request.query.userIdx, request.query.userId, USER_FIELDS);
      const { engine, viewers } = await serving.of(request.query.generation);
      const { input, feedback } = await viewers.viewerNamed(request.query, readRequestParameters(request));
      const slate = readSlateParameters(request.query, settings.explorationShare, seed);
      const { sections, trace } = await recommendPage(engine, { ...input, ...slate }, RECOMMEND_CONTEXT);
      traffic.metrics.observeTrace(trace);
      const section = sections.find(({ id }) => id === rowId);
      if (section === undefined) {
        throw new MatineeError(
          'ROW_NOT_FOUND',
          'there is no such row on this user’s page now; GET /api/v1/home lists them',
        );
      }
      const end = start + ROW_LENGTH;
      return {
        items: await toExplainedCards(engine, section.placements.slice(start, end), feedback),
        cursor: end < section.placements.length ? writeRowCursor(end, seed) : null,
      };
    },
  );
}
