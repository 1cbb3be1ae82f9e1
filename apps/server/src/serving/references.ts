import type { ItemIndex, UserIdx } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import type { Engine } from '@matinee/recommender';

/** A user as a request names them: by number or by the id of the operator's own data. */
export interface UserReference {
  readonly userIdx?: UserIdx | undefined;
  readonly userId?: string | undefined;
}

/** An item as a request names it: by number or by the id of the operator's own catalogue. */
export interface ItemReference {
  readonly itemIdx?: ItemIndex | undefined;
  readonly itemId?: string | undefined;
}

/** The names of two fields of which a request gives one. */
export type FieldNames = readonly [number: string, id: string];

export const USER_FIELDS: FieldNames = ['userIdx', 'userId'];
export const USER_FIELDS_OF_STABLE: FieldNames = ['user_idx', 'user_id'];
export const ITEM_FIELDS_OF_STABLE: FieldNames = ['item_idx', 'item_id'];
const ITEM_FIELDS: FieldNames = ['itemIdx', 'itemId'];

/** @throws {MatineeError} `BAD_REQUEST` where a request gives both. */
export function requireAtMostOne(index: unknown, id: unknown, [number, text]: FieldNames, part = 'query'): void {
  if (index === undefined || id === undefined) return;
  throw new MatineeError('BAD_REQUEST', `${part}: give "${number}" or "${text}", not both`);
}

/** @throws {MatineeError} `BAD_REQUEST` where a request gives both or none. */
export function requireOne(index: unknown, id: unknown, names: FieldNames, part = 'query'): void {
  requireAtMostOne(index, id, names, part);
  if (index !== undefined || id !== undefined) return;
  throw new MatineeError('BAD_REQUEST', `${part}: "${names[0]}" or "${names[1]}" is required`);
}

/**
 * Returns the index that a request means; one of no item for an id that the catalogue does not have.
 *
 * @throws {MatineeError} `BAD_REQUEST` where a request gives both or none.
 */
export function itemIndexOf(
  { catalogue }: Engine,
  { itemIdx, itemId }: ItemReference,
  names: FieldNames = ITEM_FIELDS,
  part = 'body',
): ItemIndex {
  requireOne(itemIdx, itemId, names, part);
  return itemIdx ?? catalogue.vocabulary.indexOf(itemId ?? '');
}

/** The same for an item that does not exist and for one that the viewer may not see. */
export function itemNotFound({ itemCount }: Engine, { itemIdx, itemId }: ItemReference): MatineeError {
  return new MatineeError(
    'ITEM_NOT_FOUND',
    itemId === undefined
      ? `no title ${itemIdx}; the catalogue has 0 to ${itemCount - 1}`
      : `no title has the id "${itemId}"`,
  );
}
