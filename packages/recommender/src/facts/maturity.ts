/** The lowest age in years that an item is meant for: 0 (all ages) to 18. */
export type MaturityAge = number;

/** Where an age comes from: listed for the item, estimated from its genres, or unknown. */
export const MATURITY_SOURCES = ['unknown', 'estimated', 'listed'] as const;
export type MaturitySource = (typeof MATURITY_SOURCES)[number];

export const MAX_MATURITY_AGE = 18;

/**
 * Ages of the MPAA and US television labels, which item tables may use beside plain ages. A label that names a stage of
 * childhood has the age of school (7) or that of MPAA's own text (13, 17). GP is what PG was called until 1972.
 */
const AGE_BY_LABEL: Readonly<Record<string, MaturityAge>> = {
  G: 0,
  PG: 7,
  'PG-13': 13,
  R: 17,
  'NC-17': 18,
  GP: 7,
  'TV-Y': 0,
  'TV-G': 0,
  'TV-Y7': 7,
  'TV-Y7-FV': 7,
  'TV-PG': 7,
  'TV-14': 14,
  'TV-MA': 17,
};

export const MATURITY_LABELS: readonly string[] = Object.keys(AGE_BY_LABEL);

/** Labels that leave the judgement to parents: what they let pass depends on the year and on whom the title is for. */
const PARENTAL_LABELS: ReadonlySet<string> = new Set(['PG', 'GP', 'TV-PG']);
/** MPAA's PG-13 began in July 1984; before it, PG covered what would be PG-13 today. */
const PG_13_YEAR = 1984;
const PG_13_MONTH = 7;
const AGE_BEFORE_PG_13 = 13;
const AGE_OF_PARENTAL_GUIDANCE = 10;

/** What else is known of a title with a rating. */
export interface RatedTitle {
  /** Genres as MovieLens names them; the case does not matter. Empty: unknown. */
  readonly genres: readonly string[];
  /** Year of release; 0 = unknown. */
  readonly year: number;
  /** Month of release, 1 to 12, where it is known. */
  readonly month?: number;
}

/** An age as it is, or as a board that rates by age writes it. */
const AGE = /^(?:(?:FSK|USK|PEGI)[ -]?(?:AB )?)?(\d{1,2})\+?$/;

/** Returns the age for a label or number (`"PG-13"`, `"12"`, `"16+"`, `"FSK 12"`); undefined for anything else. */
export function readMaturity(text: string): MaturityAge | undefined {
  const label = text.trim().toUpperCase();
  if (Object.hasOwn(AGE_BY_LABEL, label)) return AGE_BY_LABEL[label];
  const age = AGE.exec(label)?.[1];
  return age !== undefined && Number(age) <= MAX_MATURITY_AGE ? Number(age) : undefined;
}

/**
 * Returns the age for what a label meant on a title: PG without the genre Children or Animation is 13 before July 1984
 * and 10 since, and no label is below what dark genres suggest. A title of 1984 without a month counts as before July.
 * Without genres, and for a number, which somebody has set for the title, it is {@link readMaturity}.
 */
export function maturityOfRating(text: string, title: RatedTitle): MaturityAge | undefined {
  const label = text.trim().toUpperCase();
  const age = readMaturity(label);
  if (age === undefined || title.genres.length === 0 || !Object.hasOwn(AGE_BY_LABEL, label)) return age;
  return ageOfRated(label, age, title);
}

function ageOfRated(label: string, age: MaturityAge, { genres, year, month }: RatedTitle): MaturityAge {
  const names = new Set(genres.map((genre) => genre.toLowerCase()));
  const ages = [age];
  if (isDark(names)) ages.push(AGE_OF_DARK);
  if (PARENTAL_LABELS.has(label) && !FOR_CHILDREN.some((genre) => names.has(genre))) {
    const isBefore = year > 0 && (year < PG_13_YEAR || (year === PG_13_YEAR && (month ?? 1) < PG_13_MONTH));
    ages.push(isBefore ? AGE_BEFORE_PG_13 : AGE_OF_PARENTAL_GUIDANCE);
  }
  return Math.max(...ages);
}

const FOR_CHILDREN: readonly string[] = ['children', 'animation'];
/** Genres that do not suit small children, and the age they suggest. */
const DARK_GENRES: readonly string[] = ['crime', 'film-noir', 'horror', 'thriller', 'war'];
const AGE_OF_DARK = 13;

function isDark(names: ReadonlySet<string>): boolean {
  return DARK_GENRES.some((genre) => names.has(genre));
}

/**
 * Estimates an age from MovieLens' genres, too high rather than too low. `Children` gives 7, or 13 together with a dark
 * genre; any other genre gives 17. Undefined without genres.
 *
 * `item-facts-of-movielens.test.ts` counts how often the listed age is above it.
 */
export function estimateMaturity(genres: readonly string[]): MaturityAge | undefined {
  if (genres.length === 0) return undefined;
  const names = new Set(genres.map((genre) => genre.toLowerCase()));
  if (!names.has('children')) return 17;
  return isDark(names) ? AGE_OF_DARK : 7;
}
