/**
 * Returns the fields whose value is not undefined, so that spreading the result does not overwrite defaults.
 *
 * @example defined({ limit: 5, region: undefined }) // { limit: 5 }
 */
export function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
