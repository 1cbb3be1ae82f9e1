import { ItemParams } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { type Engine, maySee, type Profile, viewerRulesOf } from '@matinee/recommender';
import Type from 'typebox';
import type { App } from '../http/app.ts';
import { credentialsOf } from '../identity/credentials.ts';
import { posterVersion, renderPoster } from '../posters/poster.ts';
import { itemNotFound } from '../serving/references.ts';
import { requireItem } from '../serving/viewers.ts';
import { posterSubjectOf } from './cards.ts';
import type { Services } from './services.ts';

const PosterQuery = Type.Object(
  {
    v: Type.Optional(
      Type.String({ maxLength: 16, description: 'What the poster looks like; with it, cached for good' }),
    ),
    text: Type.Integer({
      minimum: 0,
      maximum: 1,
      default: 1,
      description: '0 = without title, year and genres, for places that name the title beside it',
    }),
  },
  { additionalProperties: false },
);

/** `GET /api/v1/items/:itemIdx/poster`: an SVG generated from title, year and genres. */
export function addPosterRoute(app: App, { serving, clock }: Services): void {
  app.get(
    '/api/v1/items/:itemIdx/poster',
    {
      config: { isEmbeddable: true },
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
      const { engine, viewers } = serving.current();
      requireItem(engine, { itemIdx });
      const profile = await viewers.access.profileWithoutUser(credentialsOf(request));
      requirePosterFor(engine, profile, itemIdx, clock());
      const subject = posterSubjectOf(engine, itemIdx);
      const version = posterVersion(subject);
      const hasText = request.query.text === 1;
      const tag = hasText ? version : `${version}-art`;
      // With a session the answer follows from the rules of a profile, so that it is for that browser alone.
      const audience = profile === undefined ? 'public' : 'private';
      const life = request.query.v === version ? 'max-age=31536000, immutable' : 'max-age=86400';
      reply
        // Weak: the same picture may be sent compressed or not.
        .header('etag', `W/"${tag}"`)
        .header('cache-control', `${audience}, ${life}`)
        // Opened directly, the SVG is a document; the policy forbids it to load or run anything.
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
      // Not null, which would be sent as JSON with its length.
      const nothing = undefined as unknown as null;
      if (isHeld(request.headers['if-none-match'], tag)) return reply.code(304).send(nothing);
      return reply.type('image/svg+xml; charset=utf-8').send(renderPoster(subject, hasText));
    },
  );
}

/** True where `if-none-match` names the version among those that the client holds. */
function isHeld(header: string | undefined, version: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(`"${version}"`) || tags.includes('*');
}

/**
 * Requires that the item may be seen now, and by the profile if there is one: the drawing names it. An address of a
 * poster says nothing of the request's region, so a title that is bound to regions passes wherever the profile has no
 * region of its own.
 *
 * @throws {MatineeError} `ITEM_NOT_FOUND`
 */
function requirePosterFor(engine: Engine, profile: Profile | undefined, itemIdx: ItemIndex, nowMs: number): void {
  const { catalogue, facts } = engine;
  const rules = viewerRulesOf(profile, catalogue.vocabulary, facts.regions[itemIdx]?.[0]);
  if (!maySee(facts, rules, Math.floor(nowMs / 1000), itemIdx)) throw itemNotFound(engine, { itemIdx });
}
