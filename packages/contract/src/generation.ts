import { type Static, Type } from 'typebox';

/** A generation of models. */
export const GenerationName = Type.Union([
  Type.Literal('v1'),
  Type.Literal('v2'),
  Type.Literal('v3'),
  Type.Literal('v4'),
]);
export type GenerationName = Static<typeof GenerationName>;

/** Query parameter of everything that recommends. */
export const GENERATION_PARAMETER = {
  generation: Type.Optional(
    Type.Union([...GenerationName.anyOf], {
      description: 'The generation that answers, if a release of it was trained; the one that is served if absent',
    }),
  ),
};
