import { ITEM_FIELDS, type ItemBody, type ItemPatch, type NewItem as NewItemBody } from '@matinee/contract';
import { isPosterUrl, type NewItem } from '@matinee/models/data';
import { defined, MatineeError } from '@matinee/numerics';
import {
  FACT_COLUMNS,
  type FactColumn,
  type ItemChange,
  type ItemFact,
  type NewItemRecord,
  type RatedTitle,
  readItemFact,
} from '@matinee/recommender';
import { problemOfOwnId } from './own-id.ts';

/** The fields of a request have the names of the facts. */
const COLUMNS = Object.fromEntries(FACT_COLUMNS.map((name) => [name, name]));

/** The fact of each field. */
const FACT_OF: Readonly<Record<FactColumn, keyof ItemFact>> = {
  maturity: 'maturity',
  distributor: 'distributor',
  regions: 'regions',
  licenceStart: 'licenceStart',
  licenceEnd: 'licenceEnd',
  original: 'isOriginal',
  hidden: 'isHidden',
};

const NOTHING_KNOWN: RatedTitle = { genres: [], year: 0 };

/** Throws an error that names the item and the field. */
type Refuse = (problem: string) => never;

/**
 * Reads the new items of a request by the rules of an item table.
 *
 * @param nowMs Milliseconds since 1970.
 * @throws {MatineeError} `BAD_ITEM` naming the position in the list, the field and its allowed values.
 */
export function readNewItems(bodies: readonly NewItemBody[], nowMs: number): NewItemRecord[] {
  const places = new Map<string, number>();
  return bodies.map((body, place) => {
    const refuse = refusalOf(`items[${place}] (${body.itemId})`);
    const earlier = places.get(body.itemId);
    if (earlier !== undefined) refuse(`itemId: stands in items[${earlier}], too`);
    places.set(body.itemId, place);
    return readNewItem(body.itemId, body, nowMs, refuse);
  });
}

/** Reads one new item. @throws {MatineeError} `BAD_ITEM` naming the field and its allowed values. */
export function readNewItem(
  itemId: string,
  body: ItemBody,
  nowMs: number,
  refuse: Refuse = refusalOf(itemId),
): NewItemRecord {
  const problem = problemOfOwnId(itemId);
  if (problem !== undefined) refuse(`itemId: ${problem}`);
  const { title, year, genres, posterUrl, attributes } = body;
  const fact = readFact(body, refuse, { genres: genres ?? [], year: year ?? 0 });
  const item: NewItem = { id: itemId, ...defined({ title, year, genres, posterUrl, attributes }) };
  return { item, fact, addedAtMs: nowMs };
}

/**
 * Reads which fields of an item change: those that are given, null for one that is taken away.
 *
 * @param known What stays of the item where the body says nothing else.
 * @throws {MatineeError} `BAD_ITEM` naming the field and its allowed values.
 */
export function readItemChange(itemId: string, body: ItemPatch, nowMs: number, known = NOTHING_KNOWN): ItemChange {
  const { title, year, genres, posterUrl, attributes } = body;
  const rated = {
    genres: genres === undefined ? known.genres : (genres ?? []),
    year: year === undefined ? known.year : (year ?? 0),
  };
  const fact = readFact(body, refusalOf(itemId), rated);
  const facts = FACT_COLUMNS.filter((column) => body[column] !== undefined);
  return {
    itemId,
    item: defined({ title, year, genres, posterUrl, attributes }),
    fact: Object.fromEntries(facts.map((column) => [FACT_OF[column], fact[FACT_OF[column]] ?? null])),
    changedAtMs: nowMs,
  };
}

/** Returns the change after which nothing is known of an item but what the body says. */
export function readReplacement(itemId: string, body: ItemBody, nowMs: number): ItemChange {
  const whole = Object.fromEntries(ITEM_FIELDS.map((field) => [field, body[field] ?? null]));
  return { ...readItemChange(itemId, whole as ItemPatch, nowMs), isDeleted: false };
}

function readFact(body: ItemPatch, refuse: Refuse, title: RatedTitle): ItemFact {
  const { posterUrl } = body;
  if (typeof posterUrl === 'string' && !(isPosterUrl(posterUrl) && URL.canParse(posterUrl))) {
    refuse('posterUrl: must be an https address; browsers load no other on the page');
  }
  const fact = readItemFact(body, COLUMNS, title);
  return 'problem' in fact ? refuse(fact.problem) : fact;
}

function refusalOf(name: string): Refuse {
  return (problem) => {
    throw new MatineeError('BAD_ITEM', `${name}: ${problem}; none of the request is stored`);
  };
}
