import type { SpaceDefinition } from '../config/search-dimension.ts';
import { MODEL_FAMILIES } from '../generations/model-families.ts';

/**
 * What `matinee tune` searches by default, by model: the search space that each family declares. A best trial at an end
 * of a range says that the range should be longer. Empty: the model has nothing to choose.
 */
export const DEFAULT_SPACES = Object.fromEntries(
  Object.entries(MODEL_FAMILIES).map(([name, { traits }]) => [name, traits.searchSpace]),
) as Readonly<Record<keyof typeof MODEL_FAMILIES, SpaceDefinition>>;
