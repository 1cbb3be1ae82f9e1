/**
 * Counts the later parts of series in the lists of members whose first part is neither seen nor listed: in the order of
 * the ranking, and in the list as it is served.
 *
 * Options: `--home FOLDER`, `--data NAME`: the release trained last there; `--users N` (96), `--k N` (20).
 */
import { parseArgs } from 'node:util';
import { createRandom } from '@matinee/numerics';
import { EMPTY_FEEDBACK, inspectRequest, recommendList } from '@matinee/recommender';
import { openEngine, PATIENT } from './load/open-engine.ts';

export const description = 'later parts of series without their first part in lists [--home H] [--users 96] [--k 20]';

const SEED = 1;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string', default: 'movielens-small' },
      home: { type: 'string', default: '.matinee' },
      users: { type: 'string', default: '96' },
      k: { type: 'string', default: '20' },
    },
  });
  const engine = await openEngine(values);
  const k = Number(values.k);
  const users = createRandom(SEED)
    .shuffle(Array.from({ length: engine.userCount }, (_, user) => user))
    .slice(0, Number(values.users));
  const ranked = { later: 0, alone: 0 };
  const served = { later: 0, alone: 0 };
  let replaced = 0;
  const count = (tally: typeof ranked, items: readonly number[], seen: ReadonlySet<number>): void => {
    for (const [at, item] of items.entries()) {
      const first = engine.series.firstOf(item);
      if (first === undefined) continue;
      tally.later++;
      if (!seen.has(first) && !items.slice(0, at).includes(first)) tally.alone++;
    }
  };
  for (const userIndex of users) {
    const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf: engine.release.trainedAsOf };
    const seen = new Set(engine.histories.of(userIndex).itemIndices);
    const before = (await inspectRequest(engine, input, PATIENT)).ranked.slice(0, k).map(({ itemIndex }) => itemIndex);
    const { items } = await recommendList(engine, input, k, PATIENT);
    const after = items.map(({ candidate }) => candidate.itemIndex);
    count(ranked, before, seen);
    count(served, after, seen);
    replaced += after.filter((item) => !before.includes(item)).length;
  }
  const laterCount = engine.catalogue.titles.filter((_, item) => engine.series.firstOf(item) !== undefined).length;
  console.log(`${laterCount} of ${engine.itemCount} titles are later parts of a series`);
  console.log(`${users.length} members × ${k} titles, seed ${SEED}`);
  console.log(`by rank: ${ranked.later} later parts, ${ranked.alone} without their first part seen or before them`);
  console.log(`as served: ${served.later} later parts, ${served.alone} without; ${replaced} titles came in`);
}
