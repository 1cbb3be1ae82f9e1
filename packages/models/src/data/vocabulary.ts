import { MatineeError } from '@matinee/numerics';

/**
 * External string ids ↔ dense integers. An index is a position in `ids`; an unknown id has index −1. Ids go to logs,
 * files and URLs; indices stay in memory.
 */
export interface Vocabulary {
  readonly ids: readonly string[];
  /** −1 for an id that is not in the vocabulary. */
  indexOf(id: string): number;
}

/** @throws {MatineeError} `DUPLICATE_ID` when an id occurs twice. */
export function createVocabulary(ids: readonly string[]): Vocabulary {
  const indexById = new Map<string, number>();
  for (const [index, id] of ids.entries()) {
    if (indexById.has(id)) throw new MatineeError('DUPLICATE_ID', `id "${id}" stands twice in one vocabulary`);
    indexById.set(id, index);
  }
  return { ids, indexOf: (id) => indexById.get(id) ?? -1 };
}
