/**
 * The HTTP contract: one set of schemas that validates requests, serialises responses, generates the OpenAPI document
 * and types the browser's client. `GET /recommend` and `POST /feedback` are stable and in snake case; the rest is
 * under `/api/v1`.
 */
export * from './card.ts';
export * from './credentials.ts';
export * from './error.ts';
export * from './explanation.ts';
export * from './feedback.ts';
export * from './generation.ts';
export * from './home.ts';
export * from './households.ts';
export * from './identifiers.ts';
export * from './item.ts';
export * from './items.ts';
export * from './lab.ts';
export * from './lab-runs.ts';
export * from './onboarding.ts';
export * from './present.ts';
export * from './recommend.ts';
export * from './rules.ts';
export * from './search.ts';
export * from './slate.ts';
export * from './status.ts';
export * from './stream.ts';
export * from './user-data.ts';
export * from './user-history.ts';
export * from './users.ts';
