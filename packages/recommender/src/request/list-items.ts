import type { Engine } from '../engine/engine.ts';
import type { RecommendInput } from './query.ts';

/** Returns the item indices of a user's list, best first, at most `limit`. */
export type ListItems = (engine: Engine, input: RecommendInput, limit: number) => Promise<readonly number[]>;
