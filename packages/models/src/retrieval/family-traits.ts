import type { SpaceDefinition } from '../config/search-dimension.ts';
import type { ItemContent } from '../data/dataset.ts';

/** A row or list that a family's items suit. */
export type RowRole =
  /** What most people engage with, of all times. */
  | 'popular-ever'
  /** What people engage with lately; `evidence` counts the interactions. */
  | 'popular-lately'
  /** What suits the history as a whole. */
  | 'whole-taste'
  /** The neighbours of one or a few items: rows that name an item, lists of similar items. */
  | 'neighbors'
  /** Items of the same genres as one item, where it has too few neighbours. */
  | 'same-genres';

/**
 * What kind of evidence a source has. `two-tower`: vectors of history and item. `sequence`: what follows such a history.
 * `collaborative`: what people with such a history engaged with. `prior`: what is popular or of a liked genre; it stands
 * in where the others find nothing.
 */
export type SourceRole = 'two-tower' | 'sequence' | 'collaborative' | 'prior';

/** What to write about a family in the trace of a request. */
interface FamilyNotes {
  /** What the family looks for, as one sentence. */
  readonly summary: string;
  /** Path of its code in this repository. */
  readonly code: string;
  /** Path of its model card in this repository. */
  readonly card: string;
  readonly paper?: { readonly name: string; readonly url: string };
}

/**
 * What a model family declares about itself. Everything that treats families differently (reasons, rows, features,
 * training, tuning, traces) reads these traits; none of it knows a family by name.
 */
export interface FamilyTraits {
  /**
   * What of a query decides its scores. `nothing`: they are the same for everybody. `genres`: those of the history's
   * items. `history`: which items are in it. `content`: its items, and the content of those nobody has engaged with.
   * `sequence`: its items in their order.
   */
  readonly reads: 'nothing' | 'genres' | 'history' | 'content' | 'sequence';
  /** What its models learn of the item table. Absent: nothing, so that all of it may change without a training. */
  readonly readsOfItems?: readonly ItemContent[];
  /**
   * Where a reason for an item comes from.
   * `sum`: the score is a sum over the history, and `contributors` returns its largest terms at once.
   * `omission`: `contributors` runs the network without each item, which takes milliseconds; used after all others.
   * `resumed`: the same, going on from a state of the run that scored, which takes half a millisecond.
   * `genres`: `evidence` names the genres that raised the score.
   * `item-genres`: the genres of the item that the viewer likes.
   * `neighbors`: `evidence` counts the users with a similar history who engaged with the item.
   * `popularity`: how many people engaged with the item lately.
   */
  readonly explains: 'sum' | 'omission' | 'resumed' | 'genres' | 'item-genres' | 'neighbors' | 'popularity';
  /**
   * `direct`: one fit, always from the data alone. Otherwise trained in epochs (field `maxEpochs`), and able to
   * continue from an earlier model; `smallData` are the settings that differ where interactions are
   * few.
   */
  readonly training: 'direct' | { readonly smallData: Readonly<Record<string, unknown>> };
  /**
   * Whether it is also fitted where nobody has engaged with anything yet: the model then finds nothing until somebody
   * has. By default it refuses.
   */
  readonly fitsCatalogueAlone?: boolean;
  /**
   * How a running server adds later events to the model. `fading-sums`: `save` returns the array `scores` and the field
   * `halfLifeDays`, as in `recent-popularity`. `never`: the next refresh does.
   */
  readonly liveUpdates: 'fading-sums' | 'never';
  /** Says which feature marks an item that a source of this family found, and which reason speaks first for it. */
  readonly role: SourceRole;
  /** The name under which answers list such a source, in snake case; docs/api.md has the table. */
  readonly answerName: string;
  /**
   * What `matinee tune` searches by default. The defaults lie inside every range; empty: there is nothing to choose.
   */
  readonly searchSpace: SpaceDefinition;
  /** Rows and lists that may be filled from this family alone. */
  readonly goodFor: readonly RowRole[];
  readonly notes: FamilyNotes;
}
