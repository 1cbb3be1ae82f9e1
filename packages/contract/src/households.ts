import { type Static, Type } from 'typebox';
import { ItemIdx, UserId, UserIdx } from './identifiers.ts';

const closed = { additionalProperties: false };
const Id = Type.String({ minLength: 8, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' });
/** With at least one character that is seen. */
const Name = Type.String({
  minLength: 1,
  maxLength: 40,
  pattern:
    '[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2064\\u2800\\u3164\\ufeff]',
});
const Region = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166 alpha-2' });
const Titles = Type.Array(ItemIdx, { maxItems: 5000 });
const Pin = Type.String({ pattern: '^\\d{4,8}$', description: 'Four to eight digits' });
const MaturityCap = Type.Integer({ minimum: 0, maximum: 18, description: 'Highest age rating of the titles shown' });

/** A member of a household and the rules about what may be shown to them. */
export const Profile = Type.Object(
  {
    profileId: Type.String(),
    householdId: Type.String(),
    /** The user of this profile: its rules apply to every request for this user. */
    userIdx: UserIdx,
    name: Type.String(),
    /** Limits titles to a maturity cap of 7 if none is set, and hides titles of unknown age. */
    isKids: Type.Boolean(),
    maturityCap: Type.Union([MaturityCap, Type.Null()]),
    /** Only these titles are shown; null = all that the other rules allow. */
    allowList: Type.Union([Type.Array(ItemIdx), Type.Null()]),
    hidden: Type.Array(ItemIdx),
    region: Type.Union([Type.String(), Type.Null()]),
    /** If true, choosing it needs the PIN. */
    hasPin: Type.Boolean(),
  },
  { $id: 'Profile' },
);
export type Profile = Static<typeof Profile>;

export const HouseholdParams = Type.Object({ householdId: Id });
export const ProfileParams = Type.Object({ profileId: Id });

/** Response of `POST /api/v1/households` and `GET /api/v1/households/:householdId`. */
export const HouseholdResponse = Type.Object(
  { householdId: Type.String(), profiles: Type.Array(Profile) },
  { $id: 'Household' },
);
export type HouseholdResponse = Static<typeof HouseholdResponse>;

const rules = {
  isKids: Type.Optional(Type.Boolean()),
  maturityCap: Type.Optional(Type.Union([MaturityCap, Type.Null()])),
  allowList: Type.Optional(Type.Union([Titles, Type.Null()])),
  hidden: Type.Optional(Titles),
  region: Type.Optional(Type.Union([Region, Type.Null()])),
};

/** Body of `POST /api/v1/households/:householdId/profiles`. */
export const NewProfileBody = Type.Object(
  {
    name: Name,
    ...rules,
    pin: Type.Optional(Pin),
    /**
     * An existing user: a visitor whose secret the request brings, or with the operator's token any user, such as one
     * of your own data. The profile gets a new user if absent.
     */
    userIdx: Type.Optional(UserIdx),
    /** The same by the id of your own data; one that is not known yet becomes a user. */
    userId: Type.Optional(UserId),
  },
  closed,
);
export type NewProfileBody = Static<typeof NewProfileBody>;

/** Body of `PATCH /api/v1/profiles/:profileId`. Absent fields stay unchanged. */
export const ProfileChangeBody = Type.Object({ name: Type.Optional(Name), ...rules }, closed);
export type ProfileChangeBody = Static<typeof ProfileChangeBody>;

/** Body of `PUT /api/v1/profiles/:profileId/pin`. Null removes the PIN. */
export const PinBody = Type.Object({ pin: Type.Union([Pin, Type.Null()]), oldPin: Type.Optional(Pin) }, closed);

/** Body of `POST /api/v1/profiles/:profileId/session`. */
export const SessionBody = Type.Object({ pin: Type.Optional(Pin) }, closed);
export const SessionResponse = Type.Object(
  {
    profile: Profile,
    /**
     * Send it as the header `x-matinee-session` with every request for the profile's user. Browsers hold it as a
     * cookie.
     */
    session: Type.String(),
    /** ISO 8601. */
    expiresAt: Type.String(),
  },
  { $id: 'Session' },
);
export type SessionResponse = Static<typeof SessionResponse>;
