import { Type } from 'typebox';

/** Dense index of a user. Users of the data set count from 0; visitors made by `POST /api/v1/users` count from 2³⁰. */
export const UserIdx = Type.Integer({ minimum: 0, maximum: 2147483647, description: 'Index of a user' });
/** Dense index of a title in the catalogue. */
export const ItemIdx = Type.Integer({ minimum: 0, maximum: 2147483647, description: 'Index of a title' });
/** Chosen by the client, unique per event: sending an event again with the same id changes nothing. */
export const EventId = Type.String({ minLength: 8, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' });
