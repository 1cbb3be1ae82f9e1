export { type ClientOptions, createClient, type MatineeClient } from './create-client.ts';
export { dataOf, RequestError } from './request-error.ts';
export type { components, operations, paths } from './schema.ts';
