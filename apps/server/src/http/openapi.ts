import swagger from '@fastify/swagger';
import { ErrorResponse, SESSION_COOKIE, SESSION_HEADER, VISITOR_COOKIE, VISITOR_HEADER } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import type { FastifySchema } from 'fastify';
import type { App } from './app.ts';
import { accessOf } from './operation-access.ts';

/** What a request for a user may bring; nothing is enough in demo mode, and where no user is named. */
const USER_SECURITY = [
  {},
  { visitorSecret: [] },
  { visitorCookie: [] },
  { session: [] },
  { sessionCookie: [] },
  { operatorToken: [] },
  { apiKey: [] },
];

/** Whether a route takes the number of a user. */
function namesUser(schema: FastifySchema | undefined): boolean {
  // A body that may be of several types describes each.
  const body = schema?.body as
    | { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }
    | undefined;
  const parts = [schema?.querystring, schema?.params, body?.content?.['application/json']?.schema ?? body] as readonly {
    readonly properties?: Readonly<Record<string, unknown>>;
  }[];
  return parts.some((part) => ['userIdx', 'user_idx', 'users'].some((name) => part?.properties?.[name] !== undefined));
}

interface ObjectSchema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, { readonly default?: unknown }>>;
}

/** The description of what a client sends: a field that has a default may be left out. */
function withoutDefaults<Part>(part: Part): Part {
  const { required, properties = {} } = (part ?? {}) as ObjectSchema;
  if (required === undefined) return part;
  return { ...part, required: required.filter((name) => properties[name]?.default === undefined) };
}

/** The description of answers: a text that is no JSON says of which media type it is. */
function withMediaTypes(response: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries((response ?? {}) as Readonly<Record<string, { readonly contentMediaType?: string }>>).map(
      ([status, schema]) => {
        const { contentMediaType, ...body } = schema;
        return [
          status,
          contentMediaType === undefined ? schema : { content: { [contentMediaType]: { schema: body } } },
        ];
      },
    ),
  );
}

/**
 * Describes all routes that are added later as OpenAPI, at `/openapi.json`.
 *
 * @param basePath The path below which clients reach them; empty for the root.
 */
export async function addOpenApi(app: App, basePath: string): Promise<void> {
  app.addSchema(ErrorResponse);
  const refused = { $ref: 'ErrorResponse#' };
  app.addHook('onRoute', (route) => {
    const schema = route.schema;
    if (schema?.response === undefined) return;
    route.schema = { ...schema, response: { ...(schema.response as object), '4xx': refused, '5xx': refused } };
  });
  app.addHook('onRoute', (route) => {
    const { schema } = route;
    if (namesUser(schema)) route.schema = { ...schema, security: USER_SECURITY };
    else if (accessOf(schema?.operationId)?.scope !== undefined) {
      route.schema = { ...schema, security: [...(schema?.security ?? [{}]), { apiKey: [] }] };
    }
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Matinee',
        version: '1',
        description:
          'GET /recommend and POST /feedback are stable; /api/v1 is what the page uses. docs/api.md has examples.',
      },
      ...(basePath !== '' && { servers: [{ url: basePath }] }),
      components: {
        securitySchemes: {
          catalogueToken: { type: 'http', scheme: 'bearer' },
          operatorToken: { type: 'http', scheme: 'bearer', description: 'Acts for any user' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'Also as a bearer token' },
          visitorSecret: { type: 'apiKey', in: 'header', name: VISITOR_HEADER },
          visitorCookie: { type: 'apiKey', in: 'cookie', name: VISITOR_COOKIE },
          session: { type: 'apiKey', in: 'header', name: SESSION_HEADER },
          sessionCookie: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        },
      },
      tags: [
        { name: 'stable', description: 'Will not change' },
        { name: 'page', description: 'What the page uses' },
        { name: 'lab', description: 'How the recommender came to its answers' },
        { name: 'operation', description: 'For whoever runs it' },
      ],
    },
    transform({ schema, url }) {
      const sent = { querystring: withoutDefaults(schema.querystring), body: withoutDefaults(schema.body) };
      return { schema: { ...schema, ...defined(sent), response: withMediaTypes(schema.response) }, url };
    },
    refResolver: { buildLocalReference: (json) => String(json.$id) },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
