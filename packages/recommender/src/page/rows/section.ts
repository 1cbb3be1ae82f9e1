import type { NamedSource } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';
import type { RowRole } from '@matinee/models/retrieval';
import type { Candidate } from '../../candidates/candidate.ts';
import type { Explanation } from '../../candidates/explain.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Exploration } from '../../request/exploration.ts';
import type { Query } from '../../request/query.ts';
import type { Verdicts } from '../../rules/verdicts.ts';

/** In their usual order; what they are worth to a user may put one above another, see `page/order-sections.ts`. */
export const SECTION_KINDS = [
  'popular_right_now',
  'similar_to_your_taste',
  'because_you_watched',
  'from_your_recent_intent',
  'mixed_discovery',
  'from_the_catalogue',
] as const;
export type SectionKind = (typeof SECTION_KINDS)[number];

/** What a row is made from. */
export interface SlateInput {
  readonly engine: Engine;
  readonly query: Query;
  readonly verdicts: Verdicts;
  /** Names of the sources that answered this request. */
  readonly answered: readonly string[];
  /** Best first, nothing in it that a rule keeps out. */
  readonly ranked: readonly Candidate[];
  /** Whether the ranker gave the scores. */
  readonly isRanked: boolean;
  /** λ of `rerank`: how much each row is varied. */
  readonly diversity: number;
  /** Absent: no place is drawn at random. */
  readonly exploration?: Exploration | undefined;
}

/** The first source that suits the role and answered this request: rows never query a source that has just failed. */
export function answeringSource({ engine, answered }: SlateInput, role: RowRole): NamedSource | undefined {
  return engine.release.sources.find(
    ({ name, model }) => model.traits.goodFor.includes(role) && answered.includes(name),
  );
}

/** Returns recent popularity, else all-time popularity, else the engine's own counts, which cannot fail. */
export function popularitySource(input: SlateInput): NamedSource {
  return answeringSource(input, 'popular-lately') ?? answeringSource(input, 'popular-ever') ?? input.engine.fallback;
}

/** An item that could stand in a row. */
export interface Placement {
  readonly itemIndex: ItemIndex;
  /** The chance that it was drawn for its place; absent where it stands there for certain. */
  readonly propensity?: number;
  /** Computed only for the items that are shown. */
  readonly explain: () => Promise<Explanation>;
  /**
   * The best true reason that is not used up in its row; undefined where there is none. Absent where it has only one.
   */
  readonly explainOtherwise?: (isUsedUp: (explanation: Explanation) => boolean) => Promise<Explanation | undefined>;
}

/** A row before the page is put together: everything that could stand in it, best first. */
export interface RowProposal {
  readonly kind: SectionKind;
  /** With `because_you_watched`: the title it names. */
  readonly anchor?: number;
  /** With `popular_right_now` and `from_the_catalogue`: the only genre of the row, of the catalogue's `genreNames`. */
  readonly genre?: number;
  /** Items that it takes before any row takes more; by default {@link ROW_LENGTH}. */
  readonly firstLength?: number;
  readonly placements: readonly Placement[];
  /** Cold items, of which the row may introduce one; best first. */
  readonly coldItems?: readonly Placement[];
}

export interface Section {
  readonly id: string;
  readonly kind: SectionKind;
  readonly anchor?: number;
  readonly genre?: number;
  readonly placements: readonly Placement[];
}

/** A row with fewer items is not shown. */
export const MIN_ROW_LENGTH = 4;
/** Titles of a row that the page comes with. */
export const ROW_LENGTH = 20;
/** Titles a row has in all, page by page. */
export const MAX_ROW_LENGTH = 100;
