import { OnboardingQuery, OnboardingResponse } from '@matinee/contract';
import { titlesToAskAbout } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { readRequestParameters } from '../http/requested-rules.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import { toCard } from './cards.ts';
import type { Services } from './services.ts';

/** `GET /api/v1/onboarding`: well-known items for a new user to rate, by the same rules as every list. */
export function addOnboardingRoute(app: App, { serving, traffic }: Services): void {
  app.get(
    '/api/v1/onboarding',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'getOnboarding',
        summary: 'Well-known titles of all kinds, to ask a newcomer about',
        tags: ['page'],
        querystring: OnboardingQuery,
        response: { 200: OnboardingResponse },
      },
    },
    async (request) => {
      const { limit } = request.query;
      const { engine, viewers } = serving.current();
      const { input, feedback } = await viewers.viewerNamed(request.query, readRequestParameters(request));
      const { titles, missing } = await titlesToAskAbout(engine, input, limit, RECOMMEND_CONTEXT);
      return { items: titles.map((item) => toCard(engine, item, feedback)), degraded: [...missing] };
    },
  );
}
