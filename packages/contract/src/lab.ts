import { type Static, Type } from 'typebox';
import { Card } from './card.ts';
import { Explanation } from './explanation.ts';
import { GENERATION_PARAMETER, GenerationName } from './generation.ts';
import { RowKind } from './home.ts';
import { ItemIdx, UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';
import { Move } from './slate.ts';

/** A title in a table of the Lab. */
export const LabTitle = Type.Object(
  { itemIdx: ItemIdx, title: Type.String(), year: Type.Union([Type.Integer(), Type.Null()]) },
  { $id: 'LabTitle' },
);
export type LabTitle = Static<typeof LabTitle>;

const MAX_WITHOUT = 20;

/** Parameters of `GET /api/v1/lab/traces/:requestId`. */
export const TraceParams = Type.Object({ requestId: Type.String({ minLength: 1, maxLength: 64 }) });
export const TraceItemParams = Type.Object({ ...TraceParams.properties, itemIdx: ItemIdx });

/** Body of `POST /api/v1/lab/traces`: a page request whose trace is kept. */
export const NewTraceBody = Type.Object(
  {
    userIdx: UserIdx,
    /** A title to explain at once, wherever it was lost. */
    itemIdx: Type.Optional(ItemIdx),
    /** Titles that are left out of the history, as if the user had never met them. */
    without: Type.Optional(Type.Array(ItemIdx, { maxItems: MAX_WITHOUT })),
    ...RULE_PARAMETERS,
    ...GENERATION_PARAMETER,
  },
  { additionalProperties: false },
);
export type NewTraceBody = Static<typeof NewTraceBody>;

/** What happened to one page request, from the catalogue to the page. */
export const LabTrace = Type.Object(
  {
    requestId: Type.String(),
    /** ISO 8601. */
    at: Type.String(),
    userIdx: Type.Union([UserIdx, Type.Null()]),
    /** The release that answered, and its generation. */
    release: Type.String(),
    generation: Type.String(),
    /** Titles that were left out of the history for this request. */
    without: Type.Array(LabTitle),
    stagesMs: Type.Record(Type.String(), Type.Number()),
    /** Titles that are left after each stage, in the order of the stages. */
    funnel: Type.Array(
      Type.Object({
        stage: Type.Union([
          Type.Literal('catalogue'),
          Type.Literal('rules'),
          Type.Literal('sources'),
          Type.Literal('blend'),
          Type.Literal('ranked'),
          Type.Literal('page'),
        ]),
        count: Type.Integer(),
        /** Milliseconds of the stage; absent for the catalogue. */
        ms: Type.Optional(Type.Number()),
      }),
    ),
    sources: Type.Array(
      Type.Object({
        name: Type.String(),
        /** What its family looks for. */
        summary: Type.String(),
        /** Paths of its code and its model card in the repository. */
        code: Type.String(),
        card: Type.String(),
        weight: Type.Number(),
        candidates: Type.Integer(),
        ms: Type.Number(),
        error: Type.Optional(Type.String()),
      }),
    ),
    /**
     * Whether this request, or an earlier one whose trace is kept, found the candidates. False: features, and what the
     * blend left out, have gone with that request.
     */
    isWhole: Type.Boolean(),
    /** Titles that each rule removed; docs/rules.md lists the rules. */
    removed: Type.Record(Type.String(), Type.Integer()),
    degraded: Type.Array(Type.String()),
    history: Type.Object({
      length: Type.Integer(),
      /** The latest ones, newest first, with their weight. */
      latest: Type.Array(
        Type.Object({
          ...LabTitle.properties,
          weight: Type.Number(),
          rating: Type.Union([Type.Number(), Type.Null()]),
          at: Type.String(),
          isRecentIntent: Type.Boolean(),
        }),
      ),
    }),
    /** Null where the blend's order was used: no ranker, or nothing to rank by. */
    ranker: Type.Union([
      Type.Object({ features: Type.Integer(), depth: Type.Integer(), base: Type.Number() }),
      Type.Null(),
    ]),
    /** Moves within the list and the rows, by reason. */
    moves: Type.Record(Type.String(), Type.Integer()),
    /** The first of the ordered list that the rows are made from. */
    list: Type.Array(
      Type.Object({
        ...LabTitle.properties,
        score: Type.Number(),
        /** Place in the blend, from 1; null for what only filled up the list. */
        blendPlace: Type.Union([Type.Integer(), Type.Null()]),
      }),
    ),
    rows: Type.Array(Type.Object({ id: Type.String(), kind: RowKind, count: Type.Integer() })),
  },
  { $id: 'LabTrace' },
);
export type LabTrace = Static<typeof LabTrace>;

/** What became of one title in one request. */
export const LabTraceItem = Type.Object(
  {
    item: Card,
    /**
     * Where it was lost: `rules`: a rule removed it. `sources`: none found it. `blend`: below the depth of the blend.
     * `slate`: in the list, and in no row. `page`: it is on the page.
     */
    outcome: Type.Union([
      Type.Literal('rules'),
      Type.Literal('sources'),
      Type.Literal('blend'),
      Type.Literal('slate'),
      Type.Literal('page'),
    ]),
    /** With `rules`. */
    rule: Type.Optional(Type.String()),
    /** Rows and positions from 0. */
    places: Type.Array(Type.Object({ rowId: Type.String(), kind: RowKind, position: Type.Integer() })),
    why: Type.Optional(Explanation),
    /** Place in the ordered list, from 1. */
    listPlace: Type.Union([Type.Integer(), Type.Null()]),
    listLength: Type.Integer(),
    blend: Type.Union([Type.Object({ place: Type.Integer(), of: Type.Integer(), score: Type.Number() }), Type.Null()]),
    /** Every source of the release, the largest contribution first. */
    sources: Type.Array(
      Type.Object({
        name: Type.String(),
        /** From 1; null where it did not find the title. */
        rank: Type.Union([Type.Integer(), Type.Null()]),
        /** Its own score, on a scale of its own; null where it has none. */
        score: Type.Union([Type.Number(), Type.Null()]),
        weight: Type.Number(),
        /** 61 / (60 + rank): what the rank is worth. */
        share: Type.Number(),
        /** Share times weight: its summand of the blend's score. */
        contribution: Type.Number(),
      }),
    ),
    /** Null where the ranker did not score the title. */
    ranker: Type.Union([
      Type.Object({
        /** Score of the order: the ranker's with what a boost added. */
        score: Type.Number(),
        boost: Type.Number(),
        /** Mean score in training: where the contributions start. */
        base: Type.Number(),
        /** Sum of all contributions. */
        sum: Type.Number(),
        /** score − boost − base − sum: rounding, and the part of a neural ranker, which is not shared out. */
        residual: Type.Number(),
        /** Every feature, the largest effect first. */
        features: Type.Array(
          Type.Object({
            name: Type.String(),
            group: Type.String(),
            meaning: Type.String(),
            asOf: Type.String(),
            /** Null where it is unknown. */
            value: Type.Union([Type.Number(), Type.Null()]),
            /** Share of this request's candidates with a value below it, half of those with the same, 0 to 1. */
            percentile: Type.Union([Type.Number(), Type.Null()]),
            /** Exact Shapley value of the trees. */
            contribution: Type.Number(),
          }),
        ),
      }),
      Type.Null(),
    ]),
    moves: Type.Array(Move),
    /** Titles of the history that raised it most, source by source. */
    anchors: Type.Array(
      Type.Object({
        source: Type.String(),
        ...LabTitle.properties,
        rating: Type.Union([Type.Number(), Type.Null()]),
        at: Type.String(),
        /** What it adds to the source's score, in units of that score. */
        part: Type.Number(),
      }),
    ),
  },
  { $id: 'LabTraceItem' },
);
export type LabTraceItem = Static<typeof LabTraceItem>;

export const NewTraceResponse = Type.Object(
  { trace: LabTrace, item: Type.Optional(LabTraceItem) },
  { $id: 'NewTraceResponse' },
);
export type NewTraceResponse = Static<typeof NewTraceResponse>;

/** Query of `GET /api/v1/lab/compare`. */
export const CompareQuery = Type.Object(
  {
    userIdx: UserIdx,
    k: Type.Integer({ minimum: 1, maximum: 50, default: 10 }),
    /** Only so many of the user's first positive events count; all if absent. */
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
    ...RULE_PARAMETERS,
  },
  { additionalProperties: false },
);

/** The list of each generation for one user. */
export const CompareResponse = Type.Object(
  {
    userIdx: UserIdx,
    /** Positive events of the user's history, all of them. */
    eventCount: Type.Integer(),
    /** How many of them counted. */
    after: Type.Integer(),
    generations: Type.Array(
      Type.Object({
        generation: GenerationName,
        /** Present where it cannot answer: why, and the command that helps. */
        missing: Type.Optional(Type.String()),
        release: Type.Optional(Type.String()),
        isServed: Type.Boolean(),
        stagesMs: Type.Record(Type.String(), Type.Number()),
        items: Type.Array(
          Type.Object({
            ...LabTitle.properties,
            genres: Type.Array(Type.String()),
            score: Type.Number(),
            why: Explanation,
          }),
        ),
        /** Share of the list's places by genre, 0 to 1; a title with three genres gives each a third. */
        genreShares: Type.Record(Type.String(), Type.Number()),
      }),
    ),
    /** The same of the history that counted. */
    historyShares: Type.Record(Type.String(), Type.Number()),
  },
  { $id: 'CompareResponse' },
);
export type CompareResponse = Static<typeof CompareResponse>;
