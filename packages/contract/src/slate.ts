import { type Static, Type } from 'typebox';
import { ItemIdx } from './identifiers.ts';

/** How much a list or a page is varied: 0 = in the order of relevance, 1 = relevance counts for nothing. */
export const DiversityStrength = Type.Number({
  minimum: 0,
  maximum: 1,
  description: 'How much genres are mixed and balanced as the user’s own are: 0 = by relevance alone',
});

/** The chance with which a title was drawn for its place. */
export const Propensity = Type.Number({
  exclusiveMinimum: 0,
  maximum: 1,
  description:
    'Of a title that was drawn at random: the chance with which it was. Send it with the events of the title',
});

/** What moved a title, from which place to which (from 0). docs/api.md lists the reasons. */
export const Move = Type.Object(
  {
    itemIdx: ItemIdx,
    from: Type.Integer(),
    to: Type.Integer(),
    reason: Type.String(),
    /** Of a boost: what was added to its score. */
    added: Type.Optional(Type.Number()),
    propensity: Type.Optional(Propensity),
    /** Absent: of the list that the rows are made of. */
    rowId: Type.Optional(Type.String()),
  },
  { $id: 'Move' },
);
export type Move = Static<typeof Move>;
