import type { Engine } from '../engine/engine.ts';
import type { RecommendInput } from './query.ts';

/** Item indices of the first `limit` titles of a user's list, best first. */
export type ListItems = (engine: Engine, input: RecommendInput, limit: number) => Promise<readonly number[]>;
