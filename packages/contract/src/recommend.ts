import { type Static, Type } from 'typebox';
import { Explanation } from './explanation.ts';
import { ItemIdx, UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';
import { DiversityStrength } from './slate.ts';

export const MAX_RECOMMENDATIONS = 100;

const GoalWeight = Type.Number({ minimum: 0, maximum: 10, default: 0 });

/** Query of `GET /recommend`, the stable contract in snake case. */
export const RecommendQuery = Type.Object(
  {
    user_idx: UserIdx,
    k: Type.Integer({ minimum: 1, maximum: MAX_RECOMMENDATIONS, default: 10 }),
    include_titles: Type.Boolean({ default: true }),
    debug: Type.Boolean({ default: false }),
    /** Weights of goals beside engagement; they need a release with a ranker. */
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
  /** Absent with `include_titles=false`, null if the catalogue has no title. */
  title: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  score: Type.Number(),
  section: Type.String(),
  reason: Explanation,
  poster_url: Type.String(),
  /** The sources that found it, with their rank (from 1), raw score and share of the final score. */
  sources: Type.Array(
    Type.Object({ name: Type.String(), rank: Type.Integer(), score: Type.Number(), contribution: Type.Number() }),
  ),
  /**
   * The features with the largest effect on the ranker's score, as exact Shapley values of its trees. Present with
   * `debug=true` and a release with a ranker. An unknown value is null.
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
    /** The release that produced the list. */
    version: Type.String(),
    items: Type.Array(RecommendedItem),
    /** Present if a part failed or missed the deadline and the list was built without it. */
    degraded: Type.Optional(
      Type.Object({
        /** `partial`, `unranked`, `cached` or `popular`; see docs/api.md. */
        level: Type.String(),
        missing: Type.Array(Type.String()),
      }),
    ),
    /** The trace of the request, with `debug=true`. */
    debug: Type.Optional(
      Type.Object({
        requestId: Type.String(),
        /** The number of candidates of each source, or the error of a source that failed. */
        sources: Type.Array(
          Type.Object({
            name: Type.String(),
            candidateCount: Type.Integer(),
            ms: Type.Number(),
            error: Type.Optional(Type.String()),
          }),
        ),
        candidateCount: Type.Integer(),
        /** The number of catalogue titles that each rule excludes; docs/rules.md lists the rules. */
        removed: Type.Record(Type.String(), Type.Integer()),
        /** Moves by boosts, then by diversity: positions from 0, and the score that a boost added. */
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
