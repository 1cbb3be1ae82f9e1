import Type, { type Static } from 'typebox';

const range = Type.Tuple([Type.Number(), Type.Number()]);

export const dimensionSchema = Type.Union([
  Type.Object({ uniform: range }, { additionalProperties: false }),
  Type.Object({ log: range }, { additionalProperties: false }),
  Type.Object({ integer: range }, { additionalProperties: false }),
  Type.Object({ logInteger: range }, { additionalProperties: false }),
  Type.Object(
    { choice: Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), { minItems: 1 }) },
    { additionalProperties: false },
  ),
]);
export const scalarSchema = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
const spaceSchema = Type.Record(Type.String(), Type.Union([dimensionSchema, scalarSchema]));

/**
 * The values that a searched field may take, both ends included. `log` gives as many draws between 1 and 10 as between
 * 10 and 100, for fields that act by their order of magnitude.
 */
export type Dimension = Static<typeof dimensionSchema>;

/**
 * What to search, by field: a dimension, or one value for all trials. Dots lead to fields of fields:
 * `sources.ease.config.regularization`.
 */
export type SpaceDefinition = Static<typeof spaceSchema>;
