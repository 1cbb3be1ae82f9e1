import { type Static, Type } from 'typebox';
import { EventId, ItemIdx, UserIdx } from './identifiers.ts';
import { Propensity } from './slate.ts';

export const FEEDBACK_EVENTS = ['like', 'dislike', 'watched', 'skip', 'click', 'impression', 'undo'] as const;

export const FeedbackEventName = Type.Union(
  [
    Type.Literal('like'),
    Type.Literal('dislike'),
    Type.Literal('watched'),
    Type.Literal('skip'),
    Type.Literal('click'),
    Type.Literal('impression'),
    Type.Literal('undo'),
  ],
  { description: 'undo takes back the latest like, dislike, watched or skip of this user and title' },
);
export type FeedbackEventName = Static<typeof FeedbackEventName>;

/** `POST /feedback` — the stable contract, in snake case. */
export const FeedbackBody = Type.Object(
  {
    user_idx: UserIdx,
    item_idx: ItemIdx,
    event: FeedbackEventName,
    /** Makes the call idempotent; the server makes one up otherwise. */
    event_id: Type.Optional(EventId),
  },
  { additionalProperties: false },
);
export type FeedbackBody = Static<typeof FeedbackBody>;

export const FeedbackResponse = Type.Object(
  {
    event_id: Type.String(),
    /** `duplicate`: this event id was stored before. `nothing_to_undo`: stored nothing. */
    status: Type.Union([Type.Literal('accepted'), Type.Literal('duplicate'), Type.Literal('nothing_to_undo')]),
  },
  { $id: 'FeedbackResponse' },
);
export type FeedbackResponse = Static<typeof FeedbackResponse>;

export const MAX_EVENTS_PER_BATCH = 50;

/** `POST /api/v1/events` — what the page sends: batched, idempotent, attributed. */
export const EventsBody = Type.Object(
  {
    userIdx: UserIdx,
    events: Type.Array(
      Type.Object(
        {
          eventId: EventId,
          type: FeedbackEventName,
          itemIdx: ItemIdx,
          /** With `undo`: the event to take back; without it, the latest of this user and title. */
          undoes: Type.Optional(EventId),
          /** Which answer the title was shown in, where, and at which position (from 0). */
          requestId: Type.Optional(Type.String({ maxLength: 64 })),
          rowId: Type.Optional(Type.String({ maxLength: 64 })),
          position: Type.Optional(Type.Integer({ minimum: 0, maximum: 10000 })),
          /** As the title's card has it. */
          propensity: Type.Optional(Propensity),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: MAX_EVENTS_PER_BATCH },
    ),
  },
  { additionalProperties: false },
);
export type EventsBody = Static<typeof EventsBody>;

export const EventsResponse = Type.Object(
  {
    results: Type.Array(
      Type.Object({
        eventId: Type.String(),
        status: Type.Union([
          Type.Literal('accepted'),
          Type.Literal('duplicate'),
          Type.Literal('nothing_to_undo'),
          Type.Literal('rejected'),
        ]),
        /** With `rejected`: what is wrong with this event. The others of the batch are stored. */
        message: Type.Optional(Type.String()),
      }),
    ),
  },
  { $id: 'EventsResponse' },
);
export type EventsResponse = Static<typeof EventsResponse>;

/** `GET /api/v1/users/:userIdx/events` — what the user told us here, newest first. */
export const UserEventsResponse = Type.Object(
  {
    events: Type.Array(
      Type.Object({
        eventId: Type.String(),
        type: FeedbackEventName,
        itemIdx: ItemIdx,
        title: Type.Union([Type.String(), Type.Null()]),
        posterUrl: Type.String(),
        /** ISO 8601. */
        at: Type.String(),
        undone: Type.Boolean(),
      }),
    ),
    /** Pass as `cursor` for the next page; null at the end. */
    cursor: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'UserEventsResponse' },
);
export type UserEventsResponse = Static<typeof UserEventsResponse>;
