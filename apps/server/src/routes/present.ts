import { createHash } from 'node:crypto';
import { CardsQuery, CardsResponse, UserParams, UserVersionQuery, UserVersionResponse } from '@matinee/contract';
import { type FeedbackState, hydrate } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { readRequestParameters } from '../http/requested-rules.ts';
import { visibleTo } from '../serving/viewers.ts';
import { toCard } from './cards.ts';
import type { Services } from './services.ts';

/**
 * What keeps an open page true: `GET /api/v1/users/:userIdx/version` tells it that something has changed, and
 * `GET /api/v1/cards` what has become of the titles it shows.
 */
export function addPresentRoutes(app: App, services: Services): void {
  addUserVersionRoute(app, services);
  addCardsRoute(app, services);
}

function addUserVersionRoute(app: App, { serving, traffic }: Services): void {
  app.get(
    '/api/v1/users/:userIdx/version',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'getUserVersion',
        summary: 'Whether the titles that a user may see, or their feedback, have changed',
        tags: ['page'],
        params: UserParams,
        querystring: UserVersionQuery,
        response: { 200: UserVersionResponse },
      },
    },
    async (request) => {
      const { engine, viewers } = serving.current();
      // Fails where the log cannot be read: a page must not take an empty log for the truth.
      const { input, feedback } = await viewers.stateOf(request.params.userIdx, readRequestParameters(request));
      return { titles: textOf(hydrate(engine, input).unseeable), feedback: textOf(bytesOf(feedback)) };
    },
  );
}

function addCardsRoute(app: App, { serving, traffic }: Services): void {
  app.get(
    '/api/v1/cards',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'getCards',
        summary: 'Named titles as they are to a user now; those that the user may not see are left out',
        tags: ['page'],
        querystring: CardsQuery,
        response: { 200: CardsResponse },
      },
    },
    async (request) => {
      const { engine, viewers } = serving.current();
      const viewer = await viewers.stateOf(request.query.userIdx, readRequestParameters(request));
      const isVisible = visibleTo(engine, viewer);
      const items = request.query.items.split(',').map(Number);
      return { items: items.filter(isVisible).map((item) => toCard(engine, item, viewer.feedback)) };
    },
  );
}

/** Two numbers an item: its index, and what stands of it. Titles that were only opened show no mark. */
function bytesOf({ byItem }: FeedbackState): Int32Array {
  const stands = Array.from(byItem, ([itemIndex, { taste, watched, skipped }]) => {
    const marks = (taste === null ? 0 : taste === 'like' ? 1 : 2) + (watched ? 4 : 0) + (skipped ? 8 : 0);
    return [itemIndex, marks] as const;
  });
  return Int32Array.from(
    stands
      .filter(([, marks]) => marks > 0)
      .sort(([a], [b]) => a - b)
      .flat(),
  );
}

function textOf(content: Uint8Array | Int32Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 16);
}
