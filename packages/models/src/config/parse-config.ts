import { MatineeError } from '@matinee/numerics';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/**
 * Overlays `overrides` on `defaults` and checks the result against a closed schema.
 *
 * @param owner Name of the configuration's owner in the error message: `item-knn`, `confidence rule`.
 * @throws {MatineeError} `BAD_CONFIG` naming the owner, the field and what it must be.
 */
export function parseConfig<Schema extends TSchema>(
  owner: string,
  schema: Schema,
  defaults: Static<Schema>,
  overrides: object,
): Static<Schema> {
  const known = Object.keys(defaults as object);
  for (const field of Object.keys(overrides)) {
    if (!known.includes(field)) {
      throw new MatineeError('BAD_CONFIG', `${owner} has no field "${field}"; it has: ${known.join(', ')}`);
    }
  }
  const config: unknown = { ...(defaults as object), ...overrides };
  if (Value.Check(schema, config)) return config;
  const [error] = Value.Errors(schema, config);
  const field = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  throw new MatineeError('BAD_CONFIG', `${owner}, field "${field}": ${error?.message ?? 'is not valid'}`);
}
