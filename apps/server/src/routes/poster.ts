import { ItemParams } from '@matinee/contract';
import Type from 'typebox';
import type { App } from '../http/app.ts';
import { posterVersion, renderPoster } from '../posters/poster.ts';
import { requireItem } from '../serving/viewers.ts';
import { posterSubjectOf } from './cards.ts';
import type { Services } from './services.ts';

const PosterQuery = Type.Object(
  {
    v: Type.Optional(
      Type.String({ maxLength: 16, description: 'What the poster looks like; with it, cached for good' }),
    ),
  },
  { additionalProperties: false },
);

/** `GET /api/v1/items/:itemIdx/poster`: an SVG generated from title, year and genres. */
export function addPosterRoute(app: App, { serving }: Services): void {
  app.get(
    '/api/v1/items/:itemIdx/poster',
    {
      schema: {
        operationId: 'getPoster',
        summary: 'A generated poster, SVG of 400 × 600',
        tags: ['page'],
        params: ItemParams,
        querystring: PosterQuery,
        response: { 200: Type.String({ contentMediaType: 'image/svg+xml' }), 304: Type.Null() },
      },
    },
    async (request, reply) => {
      const { itemIdx } = request.params;
      const { engine } = serving.current();
      requireItem(engine, itemIdx);
      const subject = posterSubjectOf(engine, itemIdx);
      const version = posterVersion(subject);
      const isPinned = request.query.v === version;
      reply
        .header('etag', `"${version}"`)
        .header('cache-control', isPinned ? 'public, max-age=31536000, immutable' : 'public, max-age=86400')
        // Opened directly, the SVG is a document; the policy forbids it to load or run anything.
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
      // Not null, which would be sent as JSON with its length.
      const nothing = undefined as unknown as null;
      if (request.headers['if-none-match'] === `"${version}"`) return reply.code(304).send(nothing);
      return reply.type('image/svg+xml; charset=utf-8').send(renderPoster(subject));
    },
  );
}
