import { MatineeError } from '@matinee/numerics';

/**
 * External string ids ↔ dense integers. An index is a position in `ids`; an unknown id has index −1. Ids go to logs,
 * files and URLs; indices stay in memory.
 */
export interface Vocabulary {
  readonly ids: readonly string[];
  /** −1 for an id that is not in the vocabulary. */
  indexOf(id: string): number;
  /**
   * Returns a vocabulary with further ids after these. Costs as much as there are ids added since
   * {@link createVocabulary}, and a copy of `ids`.
   *
   * @throws {MatineeError} `DUPLICATE_ID` when an id is known or occurs twice.
   */
  extend(added: readonly string[]): Vocabulary;
}

/** @throws {MatineeError} `DUPLICATE_ID` when an id occurs twice. */
export function createVocabulary(ids: readonly string[]): Vocabulary {
  return extendVocabulary({ ids: [], indexOf: () => -1 }, ids);
}

/** The indices of `base` stay as they are; only the later ids are put into a map. */
function extendVocabulary(base: Pick<Vocabulary, 'ids' | 'indexOf'>, later: readonly string[]): Vocabulary {
  const indexById = new Map<string, number>();
  for (const [at, id] of later.entries()) {
    if (indexById.has(id) || base.indexOf(id) >= 0) {
      throw new MatineeError('DUPLICATE_ID', `id "${id}" stands twice in one vocabulary`);
    }
    indexById.set(id, base.ids.length + at);
  }
  const vocabulary: Vocabulary = {
    ids: base.ids.length === 0 ? later : base.ids.concat(later),
    indexOf: (id) => indexById.get(id) ?? base.indexOf(id),
    // A vocabulary that was extended extends its own base again, or every call would add a layer to each look-up.
    extend: (added) =>
      base.ids.length === 0 ? extendVocabulary(vocabulary, added) : extendVocabulary(base, later.concat(added)),
  };
  return vocabulary;
}
