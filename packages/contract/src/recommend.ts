import { type Static, Type } from 'typebox';
import { Maturity } from './card.ts';
import { GENERATION_PARAMETER } from './generation.ts';
import { ItemId, ItemIdx, UserId, UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';
import { DiversityStrength } from './slate.ts';

export const MAX_RECOMMENDATIONS = 100;
/** Titles that a list without a user can be asked for. */
const MAX_QUERY_ITEMS = 20;

/** Users whom one request asks lists for. */
export const MAX_USERS_OF_REQUEST = 100;

const GoalWeight = Type.Number({ minimum: 0, maximum: 10, default: 0 });

/** An index as it stands in a query that may name several. */
const ItemNumber = Type.String({ pattern: '^\\d{1,10}$', description: 'Index of a title' });

/** Query of `GET /recommend`, the stable contract in snake case. */
export const RecommendQuery = Type.Object(
  {
    /** One of the two. */
    user_idx: Type.Optional(UserIdx),
    user_id: Type.Optional(UserId),
    /** Instead of a user, up to 20 times: the list for somebody who likes these titles. */
    item_id: Type.Optional(Type.Union([ItemId, Type.Array(ItemId, { minItems: 1, maxItems: MAX_QUERY_ITEMS })])),
    item_idx: Type.Optional(
      Type.Union([ItemNumber, Type.Array(ItemNumber, { minItems: 1, maxItems: MAX_QUERY_ITEMS })]),
    ),
    k: Type.Integer({ minimum: 1, maximum: MAX_RECOMMENDATIONS, default: 10 }),
    include_titles: Type.Boolean({ default: true }),
    debug: Type.Boolean({ default: false }),
    /** Weights of goals beside engagement; they need a release with a ranker. */
    liked: GoalWeight,
    satisfied: GoalWeight,
    novelty: GoalWeight,
    diversity: Type.Optional(DiversityStrength),
    ...RULE_PARAMETERS,
    ...GENERATION_PARAMETER,
  },
  { additionalProperties: false },
);
export type RecommendQuery = Static<typeof RecommendQuery>;

/** The section of the page that a title belongs to. */
export const SectionName = Type.Union([
  Type.Literal('Popular right now'),
  Type.Literal('Similar to your taste'),
  Type.Literal('Because you watched'),
  Type.Literal('From your recent intent'),
  Type.Literal('Mixed discovery'),
]);
export type SectionName = Static<typeof SectionName>;

export const RecommendedItem = Type.Object({
  item_idx: ItemIdx,
  /** The id in the catalogue. */
  item_id: Type.String(),
  /**
   * With the year in brackets, where it is known; the id, if the catalogue has no title. Absent with
   * `include_titles=false`.
   */
  title: Type.Optional(Type.String()),
  score: Type.Number(),
  section: SectionName,
  /** In words; `reason_code` and `reason_item` say the same to a program. */
  reason: Type.String(),
  reason_code: Type.Union([
    Type.Literal('because_you_watched'),
    Type.Literal('similar_to_your_taste'),
    Type.Literal('popular_among_similar'),
    Type.Literal('trending_now'),
    Type.Literal('first_of_series'),
    Type.Literal('from_the_catalogue'),
  ]),
  /** With `because_you_watched`: the title of the history that the reason names. */
  reason_item: Type.Optional(ItemIdx),
  /** Why it stands at this place, beside its `reason`: it is the first of a series, before a later one of the list. */
  slate_reason: Type.Optional(Type.String()),
  /** With `slate_reason`: the later one. */
  before_in_series: Type.Optional(ItemIdx),
  /** The age from which it may be seen, listed or estimated; absent where it is unknown. */
  maturity: Type.Optional(Maturity),
  poster_url: Type.Union([Type.String(), Type.Null()]),
  /** Names of the sources that found it, by contribution; docs/api.md has the table. */
  sources: Type.Array(Type.String()),
  /** The same with the names that the release has for them, their rank (from 1), own score and part of the score. */
  contributions: Type.Array(
    Type.Object({ source: Type.String(), rank: Type.Integer(), score: Type.Number(), contribution: Type.Number() }),
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
    /** Null for a `user_id` that is not known yet, whose list is that of a new user, and for a list of titles. */
    user_idx: Type.Union([UserIdx, Type.Null()]),
    user_id: Type.Union([Type.String(), Type.Null()]),
    k: Type.Integer(),
    /** The generation that produced the list: v1, v2, v3 or v4. */
    version: Type.String(),
    /** The release that produced it, by its hash. */
    release: Type.String(),
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
        request_id: Type.String(),
        /** The number of candidates of each source, or the error of a source that failed. */
        sources: Type.Array(
          Type.Object({
            name: Type.String(),
            candidate_count: Type.Integer(),
            ms: Type.Number(),
            error: Type.Optional(Type.String()),
          }),
        ),
        candidate_count: Type.Integer(),
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
        stages_ms: Type.Record(Type.String(), Type.Number()),
        history_length: Type.Integer(),
      }),
    ),
  },
  { $id: 'RecommendResponse' },
);
export type RecommendResponse = Static<typeof RecommendResponse>;

/** Body of `POST /recommend`: what `GET /recommend` takes, for many users. */
export const RecommendManyBody = Type.Object(
  {
    users: Type.Array(
      Type.Object(
        {
          /** One of the two. */
          user_idx: Type.Optional(UserIdx),
          user_id: Type.Optional(UserId),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: MAX_USERS_OF_REQUEST },
    ),
    k: Type.Integer({ minimum: 1, maximum: MAX_RECOMMENDATIONS, default: 10 }),
    include_titles: Type.Boolean({ default: true }),
    liked: GoalWeight,
    satisfied: GoalWeight,
    novelty: GoalWeight,
    diversity: Type.Optional(DiversityStrength),
    ...RULE_PARAMETERS,
    ...GENERATION_PARAMETER,
  },
  { additionalProperties: false },
);
export type RecommendManyBody = Static<typeof RecommendManyBody>;

/** What one user of the request was refused for, beside the user as the request named them. */
export const RefusedUser = Type.Object({
  user_idx: Type.Optional(UserIdx),
  user_id: Type.Optional(Type.String()),
  error: Type.Object({ statusCode: Type.Integer(), code: Type.String(), message: Type.String() }),
});
export type RefusedUser = Static<typeof RefusedUser>;

/** A list, or a refusal, for each user, in the order of the request. */
export const RecommendManyResponse = Type.Object(
  { results: Type.Array(Type.Union([RecommendResponse, RefusedUser])) },
  { $id: 'RecommendManyResponse' },
);
export type RecommendManyResponse = Static<typeof RecommendManyResponse>;
