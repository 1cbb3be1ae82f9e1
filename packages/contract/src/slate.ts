import { type Static, Type } from 'typebox';
import { ItemIdx } from './identifiers.ts';

/** Strength of diversity in a list or page: 0 = ordered by relevance alone, 1 = relevance is ignored. */
export const DiversityStrength = Type.Number({
  minimum: 0,
  maximum: 1,
  description: 'How strongly genres are mixed and matched to the user’s own genre balance: 0 = by relevance alone',
});

/** Probability with which a title was drawn for its position. */
export const Propensity = Type.Number({
  exclusiveMinimum: 0,
  maximum: 1,
  description: 'Probability with which a randomly drawn title was drawn. Send it with the events of the title',
});

/** A move of a title between two positions (from 0) and its reason. docs/api.md lists the reasons. */
export const Move = Type.Object(
  {
    itemIdx: ItemIdx,
    from: Type.Integer(),
    to: Type.Integer(),
    reason: Type.String(),
    /** The score that a boost added. */
    added: Type.Optional(Type.Number()),
    propensity: Type.Optional(Propensity),
    /** The row of the move; absent for the list from which the rows are built. */
    rowId: Type.Optional(Type.String()),
  },
  { $id: 'Move' },
);
export type Move = Static<typeof Move>;
