/** The lowest age in years that an item is meant for: 0 (all ages) to 18. */
export type MaturityAge = number;

/** Where an age comes from: listed for the item, estimated from its genres, or unknown. */
export const MATURITY_SOURCES = ['unknown', 'estimated', 'listed'] as const;
export type MaturitySource = (typeof MATURITY_SOURCES)[number];

export const MAX_MATURITY_AGE = 18;

/**
 * Ages of the MPAA and US television labels, which item tables may use beside plain ages. A label that names a stage of
 * childhood has the age of school (7) or that of MPAA's own text (13, 17).
 */
const AGE_BY_LABEL: Readonly<Record<string, MaturityAge>> = {
  G: 0,
  PG: 7,
  'PG-13': 13,
  R: 17,
  'NC-17': 18,
  'TV-Y': 0,
  'TV-G': 0,
  'TV-Y7': 7,
  'TV-PG': 7,
  'TV-14': 14,
  'TV-MA': 17,
};

export const MATURITY_LABELS: readonly string[] = Object.keys(AGE_BY_LABEL);

/** Returns the age for a label or number (`"PG-13"`, `"12"`, `"16+"`); undefined for anything else. */
export function readMaturity(text: string): MaturityAge | undefined {
  const label = text.trim().toUpperCase();
  if (Object.hasOwn(AGE_BY_LABEL, label)) return AGE_BY_LABEL[label];
  const age = /^(\d{1,2})\+?$/.exec(label)?.[1];
  return age !== undefined && Number(age) <= MAX_MATURITY_AGE ? Number(age) : undefined;
}

/** Genres that do not suit small children. */
const DARK_GENRES: ReadonlySet<string> = new Set(['Crime', 'Film-Noir', 'Horror', 'Thriller', 'War']);

/**
 * Estimates an age from MovieLens' genres, too high rather than too low. `Children` gives 7, or 13 together with a dark
 * genre; any other genre gives 17. Undefined without genres.
 *
 * `film-facts-of-movielens.test.ts` counts how often the listed age is above it.
 */
export function estimateMaturity(genres: readonly string[]): MaturityAge | undefined {
  if (genres.length === 0) return undefined;
  if (!genres.includes('Children')) return 17;
  return genres.some((genre) => DARK_GENRES.has(genre)) ? 13 : 7;
}
