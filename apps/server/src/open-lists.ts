import { randomBytes } from 'node:crypto';
import { MatineeError, NO_PAUSE } from '@matinee/numerics';
import { type LogFold, PATIENT_CONTEXT, recommendList } from '@matinee/recommender';
import type { ServedData } from './dependencies.ts';
import { toItemBody } from './routes/recommend-body.ts';
import type { Stores } from './routes/services.ts';
import { followLog } from './serving/follow-log.ts';
import { readStores } from './serving/read-stores.ts';
import { createServing } from './serving/serving.ts';
import { createUserLogs } from './serving/user-log.ts';

/** What {@link openLists} needs: the data and the stores of a server. */
export interface ListsDependencies extends Omit<ServedData, 'openGeneration' | 'onRollBack'> {
  readonly stores: Omit<Stores, 'probeStore'>;
  /** The moment that the lists are for, milliseconds since 1970. */
  readonly asOfMs: number;
}

/** An item of a list, as `GET /recommend` answers it. */
export type ListedItem = ReturnType<typeof toItemBody>;

/** The lists that a server would answer, without a server. */
export interface Lists {
  /**
   * Ids of the users of the data set in their order, without deleted ones, then of everybody else in the log in the
   * order of their first event, with those who came back after they were deleted.
   */
  readonly userIds: readonly string[];
  /**
   * Returns what `GET /recommend?k=K` answers for a user, but no source is left out for being late. Undefined for a
   * user who is not there any more.
   */
  listOf(userId: string, k: number): Promise<readonly ListedItem[] | undefined>;
  close(): Promise<void>;
}

/**
 * Opens the lists of everybody: feedback, rules of profiles, added items and counts are read from the stores as a
 * server reads them.
 *
 * @throws {MatineeError} `RELEASE_MISMATCH`, `BAD_RELEASE`; whatever the log throws when it cannot be read.
 */
export async function openLists({ stores, asOfMs, ...data }: ListsDependencies): Promise<Lists> {
  let failure: unknown;
  const log = followLog(stores.eventLog, (error) => {
    failure = error;
  });
  const operatorToken = randomBytes(32).toString('hex');
  const stored = await readStores(data.dataset, stores.eventLog, stores.newItems);
  const serving = await createServing({
    ...data,
    ...stores,
    log,
    userLogs: createUserLogs(stores.eventLog),
    ...stored,
    clock: () => asOfMs,
    pause: NO_PAUSE,
    runJob: (_, work) => work(),
    operatorToken,
    // Nobody is asked about twice.
    keptBytes: 0,
  });
  const everybody = collectUsers();
  await log.follow(everybody);
  await log.readAll();
  if (failure !== undefined) throw failure;

  const { engine, viewers } = serving.current();
  const { users } = data.dataset;
  const { isMember } = viewers.access;
  return {
    userIds: [...users.ids.filter(isMember), ...everybody.userIds().filter((id) => !isMember(id))],
    async listOf(userId, k) {
      const userIdx = await viewers.access.userIdxOf(userId).catch(absent);
      if (userIdx === undefined) return undefined;
      // `stateOf` rejects where the log fails; a request would be answered without it.
      const viewer = await viewers.stateOf(userIdx, { credentials: { bearer: operatorToken } }).catch(absent);
      if (viewer === undefined) return undefined;
      const { items, trace } = await recommendList(engine, { ...viewer.input, diversity: 0 }, k, PATIENT_CONTEXT);
      if (trace.degraded !== undefined) {
        throw new MatineeError('SOURCE_FAILED', `the list of ${userId} lacks ${trace.degraded.missing.join(', ')}`);
      }
      return items.map((item) => toItemBody(engine, item, true));
    },
    close: () => log.close(),
  };
}

/** A user was removed, or belongs to data that were replaced. */
function absent(error: unknown): undefined {
  if (error instanceof MatineeError && error.code === 'USER_NOT_FOUND') return undefined;
  throw error;
}

/** Collects who is in the log. */
function collectUsers(): LogFold & { userIds(): readonly string[] } {
  const userIds = new Set<string>();
  let throughSequence = 0;
  return {
    throughSequence: () => throughSequence,
    apply({ event: { userId, sequence } }) {
      userIds.add(userId);
      throughSequence = sequence;
    },
    userIds: () => [...userIds],
  };
}
