import { type Static, Type } from 'typebox';
import { Explanation } from './explanation.ts';
import { ItemIdx, UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';
import { DiversityStrength } from './slate.ts';

export const MAX_RECOMMENDATIONS = 100;

const GoalWeight = Type.Number({ minimum: 0, maximum: 10, default: 0 });

/** `GET /recommend` — the stable contract, in snake case. */
export const RecommendQuery = Type.Object(
  {
    user_idx: UserIdx,
    k: Type.Integer({ minimum: 1, maximum: MAX_RECOMMENDATIONS, default: 10 }),
    include_titles: Type.Boolean({ default: true }),
    debug: Type.Boolean({ default: false }),
    /** What the list is to be good at beside what the user turns to; needs a release with a ranker. */
    liked: GoalWeight,
    satisfied: GoalWeight,
    novelty: GoalWeight,
    diversity: Type.Optional(DiversityStrength),
    ...RULE_PARAMETERS,
  },
  { additionalProperties: false },
);
export type RecommendQuery = Static<typeof RecommendQuery>;

export const RecommendedItem = Type.Object({
  item_idx: ItemIdx,
  /** Absent with `include_titles=false`, null where the catalogue has no title. */
  title: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  score: Type.Number(),
  section: Type.String(),
  reason: Explanation,
  poster_url: Type.String(),
  /** Which sources found it, with their rank (from 1), raw score and share of the final score. */
  sources: Type.Array(
    Type.Object({ name: Type.String(), rank: Type.Integer(), score: Type.Number(), contribution: Type.Number() }),
  ),
  /**
   * With `debug=true` and a release that ranks: the features that moved the ranker's score most, exact Shapley values of
   * its trees. A value that is not known is null.
   */
  features: Type.Optional(
    Type.Array(
      Type.Object({
        feature: Type.String(),
        value: Type.Union([Type.Number(), Type.Null()]),
        contribution: Type.Number(),
      }),
    ),
  ),
});

export const RecommendResponse = Type.Object(
  {
    user_idx: UserIdx,
    k: Type.Integer(),
    /** The release that answered. */
    version: Type.String(),
    items: Type.Array(RecommendedItem),
    /** Present where something failed or was late, and the answer was made without it. */
    degraded: Type.Optional(
      Type.Object({
        /** `partial`, `unranked`, `cached` or `popular`: docs/api.md. */
        level: Type.String(),
        missing: Type.Array(Type.String()),
      }),
    ),
    /** With `debug=true`: the request's trace. */
    debug: Type.Optional(
      Type.Object({
        requestId: Type.String(),
        /** Candidates found by each source, and what kept a source from answering. */
        sources: Type.Array(
          Type.Object({
            name: Type.String(),
            candidateCount: Type.Integer(),
            ms: Type.Number(),
            error: Type.Optional(Type.String()),
          }),
        ),
        candidateCount: Type.Integer(),
        /** Titles of the catalogue that each rule keeps out; docs/rules.md lists the rules. */
        removed: Type.Record(Type.String(), Type.Integer()),
        /** What boosts, then diversity moved: from which place to which, from 0, and what a boost added to the score. */
        moves: Type.Array(
          Type.Object({
            item_idx: ItemIdx,
            from: Type.Integer(),
            to: Type.Integer(),
            reason: Type.String(),
            added: Type.Optional(Type.Number()),
          }),
        ),
        stagesMs: Type.Record(Type.String(), Type.Number()),
        historyLength: Type.Integer(),
      }),
    ),
  },
  { $id: 'RecommendResponse' },
);
export type RecommendResponse = Static<typeof RecommendResponse>;
