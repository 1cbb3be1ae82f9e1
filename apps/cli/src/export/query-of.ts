import { EMPTY_FEEDBACK, type Engine, hydrate, type Query } from '@matinee/recommender';

/** Returns the request of a user of the data set at the moment when the release was trained. */
export function queryOf(engine: Engine, userIndex: number): Query {
  return hydrate(engine, { userIndex, feedback: EMPTY_FEEDBACK, asOf: engine.release.trainedAsOf });
}
