import { MatineeError } from '@matinee/numerics';
import type { RetrievalFamily } from '../retrieval/retrieval-model.ts';
import { SOURCE_FAMILIES } from './source-families.ts';
import { v1Family } from './v1.ts';

/** Every model that can be fitted, evaluated and compared by name: single sources, then whole generations. */
export const MODEL_FAMILIES = { ...SOURCE_FAMILIES, v1: v1Family } as const;

/**
 * The family of that name, for names from a command line or a file. Every family checks its own configuration field by
 * field, so any object may be passed to its `fit`.
 *
 * @throws {MatineeError} `BAD_CONFIG` for an unknown name.
 */
export function findModelFamily(name: string): RetrievalFamily<object> {
  if (!Object.hasOwn(MODEL_FAMILIES, name)) {
    throw new MatineeError('BAD_CONFIG', `no model "${name}"; there are: ${Object.keys(MODEL_FAMILIES).join(', ')}`);
  }
  return MODEL_FAMILIES[name as keyof typeof MODEL_FAMILIES] as RetrievalFamily<object>;
}
