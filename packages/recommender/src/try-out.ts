import type { UserIndex } from '@matinee/models/data';
import { MatineeError, NO_PAUSE, type Pause } from '@matinee/numerics';
import type { Candidate } from './candidates/candidate.ts';
import { retrieve } from './candidates/retrieve.ts';
import type { Engine } from './engine/engine.ts';
import { usersByActivity } from './engine/users-by-activity.ts';
import { EMPTY_FEEDBACK } from './log/feedback-state.ts';
import { ROW_LENGTH } from './page/rows/section.ts';
import { recommendList, recommendPage } from './recommend.ts';
import { hydrate } from './request/query.ts';
import type { RecommendContext } from './request/recommend-context.ts';
import { applyRules } from './rules/apply-rules.ts';

/**
 * Checks an engine with a few requests before it is used: for dataset users with short to the longest histories and for
 * a new visitor. This also warms it up: networks are compiled for several lengths, which would delay a first request.
 *
 * @param asOf Request time, seconds since 1970.
 * @param context Its deadline should leave room for a first, slow call.
 * @param pause Called between the requests of the trial.
 * @throws {MatineeError} `BAD_RELEASE` if a source fails, is late or finds items outside the catalogue, or if no request
 * gets an item.
 */
export async function tryOut(
  engine: Engine,
  asOf: number,
  context: RecommendContext,
  pause: Pause = NO_PAUSE,
): Promise<void> {
  const inSteps = { ...context, pause };
  const byActivity = usersByActivity(engine);
  for (const userIndex of [...usersAt(byActivity, RETRIEVED_SHARES), -1]) {
    await pause();
    await tryRetrieval(engine, userIndex, asOf, inSteps);
  }
  // Where nobody has engaged with anything, no source finds anything; where somebody has, the catalogue would hide that.
  const isCatalogueEnough = engine.release.sources.length > 0 && !byActivity.some((user) => hasEngaged(engine, user));
  let recommended = 0;
  for (const userIndex of [...usersAt(byActivity, ANSWERED_SHARES), -1]) {
    await pause();
    const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf };
    const { sections } = await recommendPage(engine, input, inSteps).catch((cause: unknown) => failed(engine, cause));
    const shown = sections.flatMap(({ placements }) => placements.slice(0, ROW_LENGTH));
    for (const { explain } of shown) {
      await pause();
      await explain().catch((cause: unknown) => failed(engine, cause));
    }
    await pause();
    const { items } = await recommendList(engine, input, ROW_LENGTH, inSteps);
    recommended += items.filter(({ candidate }) => isCatalogueEnough || isFoundBySource(engine, candidate)).length;
  }
  // Single requests may be empty: a user may know all of a tiny dataset, or the sources may need a history.
  if (recommended === 0) refuse(engine, 'recommends nothing');
}

function hasEngaged({ histories }: Engine, userIndex: UserIndex): boolean {
  return histories.of(userIndex).weights.some((weight) => weight > 0);
}

function isFoundBySource({ catalogueSource }: Engine, { sources }: Candidate): boolean {
  return sources.some(({ source }) => source !== catalogueSource);
}

async function tryRetrieval(
  engine: Engine,
  userIndex: UserIndex,
  asOf: number,
  context: RecommendContext,
): Promise<void> {
  const query = hydrate(engine, { userIndex, feedback: EMPTY_FEEDBACK, asOf });
  const verdicts = applyRules(engine, query);
  const limit = engine.candidatesPerSource;
  const { sources, ranking } = engine.release;
  const allScores = ranking !== undefined;
  const { found, reports } = await retrieve(sources, query.retrieval, verdicts, { ...context, limit, allScores });
  for (const { name, error } of reports) if (error !== undefined) refuse(engine, `source "${name}": ${error}`);
  for (const { name, items } of found) {
    const stranger = items.itemIndices.find((itemIndex) => !(itemIndex >= 0 && itemIndex < engine.itemCount));
    if (stranger !== undefined) refuse(engine, `source "${name}" finds title ${stranger}, which there is not`);
  }
}

/** Quantiles of history length of the users that get a list and a page. */
const ANSWERED_SHARES = [0.25, 0.5, 1];
/** Quantiles of the users that sources are queried for: enough that networks are compiled for all lengths. */
const RETRIEVED_SHARES = Array.from({ length: 17 }, (_, step) => step / 16);

/** Returns the users at these quantiles of history length. */
function usersAt(byActivity: readonly UserIndex[], shares: readonly number[]): readonly UserIndex[] {
  return [...new Set(shares.map((share) => byActivity[Math.floor(share * (byActivity.length - 1))]!))];
}

function failed(engine: Engine, cause: unknown): never {
  return refuse(engine, cause instanceof Error ? cause.message : String(cause), cause);
}

function refuse({ release }: Engine, fault: string, cause?: unknown): never {
  throw new MatineeError('BAD_RELEASE', `release ${release.version}: ${fault}; run: matinee train`, { cause });
}
