import type { NewItem as NewItemBody } from '@matinee/contract';
import type { NewItem } from '@matinee/models/data';
import { isPosterUrl } from '@matinee/models/data';
import { defined, MatineeError } from '@matinee/numerics';
import { FACT_COLUMNS, type NewItemRecord, readItemFact } from '@matinee/recommender';

/** The fields of a request have the names of the facts. */
const COLUMNS = Object.fromEntries(FACT_COLUMNS.map((name) => [name, name]));

/**
 * Reads the new items of a request by the rules of an item table.
 *
 * @param nowMs Milliseconds since 1970.
 * @throws {MatineeError} `BAD_ITEM` naming the position in the list, the field and its allowed values.
 */
export function readNewItems(bodies: readonly NewItemBody[], nowMs: number): NewItemRecord[] {
  const places = new Map<string, number>();
  return bodies.map((body, place) => {
    const refuse = (problem: string): never => {
      throw new MatineeError('BAD_ITEM', `items[${place}] (${body.itemId}): ${problem}; none of the request is stored`);
    };
    const earlier = places.get(body.itemId);
    if (earlier !== undefined) refuse(`itemId: stands in items[${earlier}], too`);
    places.set(body.itemId, place);
    if (body.posterUrl !== undefined && !(isPosterUrl(body.posterUrl) && URL.canParse(body.posterUrl))) {
      refuse('posterUrl: must be an https address; browsers load no other on the page');
    }
    const fact = readItemFact(body, COLUMNS);
    if ('problem' in fact) return refuse(fact.problem);
    return { item: toNewItem(body), fact, addedAtMs: nowMs };
  });
}

function toNewItem({ itemId, title, year, genres, posterUrl, attributes }: NewItemBody): NewItem {
  return {
    id: itemId,
    ...defined({ title, year, genres, posterUrl, attributes }),
  };
}
