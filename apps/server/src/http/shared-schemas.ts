import type { FastifyInstance } from 'fastify';

type Json = Readonly<Record<string, unknown>>;

/**
 * Registers every schema with an `$id` once and replaces it by references, in all routes added later. Fastify refuses
 * an id in two places, and the OpenAPI description gets named components instead of repetitions.
 */
export function shareSchemas(app: FastifyInstance): void {
  const replace = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(replace);
    if (typeof schema !== 'object' || schema === null) return schema;
    const replaced = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, replace(value)]));
    const id = (schema as Json)['$id'];
    if (typeof id !== 'string') return replaced;
    if (app.getSchema(id) === undefined) app.addSchema(replaced);
    return { $ref: `${id}#` };
  };
  app.addHook('onRoute', (route) => {
    const response = route.schema?.response;
    if (response !== undefined && route.schema !== undefined) {
      route.schema = { ...route.schema, response: replace(response) };
    }
  });
}
