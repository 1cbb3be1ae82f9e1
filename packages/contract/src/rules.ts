import { type Static, Type } from 'typebox';

/** Highest number of titles that one request can exclude by index. */
const MAX_EXCLUDED = 200;

const properties = {
  exclude: Type.Optional(
    Type.String({
      pattern: `^\\d{1,10}(,\\d{1,10}){0,${MAX_EXCLUDED - 1}}$`,
      description: `Titles to exclude: up to ${MAX_EXCLUDED} indices separated by commas`,
    }),
  ),
  filter: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1000,
      description:
        'Condition that each title must meet, for example: year >= 1990 and genre = "Comedy"; see docs/rules.md',
    }),
  ),
  region: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z]{2}$',
      description: 'Region of the request, ISO 3166 alpha-2; the region of a profile takes precedence',
    }),
  ),
};

/** Query parameters of searches and single titles; they apply in addition to the user's own rules. */
export const LOOK_UP_PARAMETERS = properties;

/** Query parameters of lists. */
export const RULE_PARAMETERS = {
  ...properties,
  boost: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'Titles to rank higher or lower, for example: 2 if genre = "Comedy"; see docs/rules.md',
    }),
  ),
};

const RuleParametersSchema = Type.Object(RULE_PARAMETERS);
export type RuleParameters = Static<typeof RuleParametersSchema>;
