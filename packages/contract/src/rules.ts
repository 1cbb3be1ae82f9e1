import { type Static, Type } from 'typebox';

/** Titles that one request can exclude by index. */
const MAX_EXCLUDED = 200;

const properties = {
  exclude: Type.Optional(
    Type.String({
      pattern: `^\\d{1,10}(,\\d{1,10}){0,${MAX_EXCLUDED - 1}}$`,
      description: `Titles that the answer must be without: up to ${MAX_EXCLUDED} indices with commas between`,
    }),
  ),
  filter: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'Only titles of which this is true, as in: year >= 1990 and genre = "Comedy"; see docs/rules.md',
    }),
  ),
  region: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z]{2}$',
      description: 'Where the request comes from, ISO 3166 alpha-2; a region of the profile goes before it',
    }),
  ),
};

/** What a search or a single title can be asked for, beside the user's own rules. */
export const LOOK_UP_PARAMETERS = properties;

/** What a list can be asked for. */
export const RULE_PARAMETERS = {
  ...properties,
  boost: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'What to put further up or down, as in: 2 if genre = "Comedy"; see docs/rules.md',
    }),
  ),
};

const RuleParametersSchema = Type.Object(RULE_PARAMETERS);
export type RuleParameters = Static<typeof RuleParametersSchema>;

/** The header that says who acts, where a profile has a PIN. */
export const SESSION_HEADER = 'x-matinee-session';
