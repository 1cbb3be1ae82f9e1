import { Type } from 'typebox';

/** Dense index of a user: from 0 for users of the data set, from 2³⁰ for visitors created by `POST /api/v1/users`. */
export const UserIdx = Type.Integer({ minimum: 0, maximum: 2147483647, description: 'Index of a user' });
/** Dense index of a title in the catalogue. */
export const ItemIdx = Type.Integer({ minimum: 0, maximum: 2147483647, description: 'Index of a title' });
/** The id of a user in your own data; one that is not known yet becomes a user with its first event. */
export const UserId = Type.String({ minLength: 1, maxLength: 200, description: 'Id of a user in your own data' });
/** The id of a title in your own catalogue. */
export const ItemId = Type.String({ minLength: 1, maxLength: 200, description: 'Id of a title in your own catalogue' });
/**
 * Id of an event, chosen by the client, unique for its user. Sending an event again with the same id changes nothing.
 */
export const EventId = Type.String({ minLength: 8, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' });
