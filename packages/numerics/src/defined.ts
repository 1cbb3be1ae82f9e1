/**
 * The fields that have a value: an absent option stays absent, so that a default beneath it holds.
 *
 * @example defined({ limit: 5, region: undefined }) // { limit: 5 }
 */
export function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
