import { MatineeError } from '@matinee/numerics';
import type { RetrievalFamily } from '../retrieval/retrieval-model.ts';
import { SOURCE_FAMILIES } from './source-families.ts';

/**
 * Returns the family of that name, for names from a command line or a file. Every family checks its configuration field
 * by field, so any object may be passed to its `fit`.
 *
 * @throws {MatineeError} `BAD_CONFIG` for an unknown name.
 */
export function findSourceFamily(name: string): RetrievalFamily<object> {
  if (!Object.hasOwn(SOURCE_FAMILIES, name)) {
    throw new MatineeError('BAD_CONFIG', `no model "${name}"; there are: ${Object.keys(SOURCE_FAMILIES).join(', ')}`);
  }
  return SOURCE_FAMILIES[name as keyof typeof SOURCE_FAMILIES] as RetrievalFamily<object>;
}
