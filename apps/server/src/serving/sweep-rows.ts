import { setTimeout as wait } from 'node:timers/promises';
import type { HouseholdStore, SweepStep, VisitorStore } from '@matinee/recommender';

const DAY_MS = 86_400_000;
/** Visitors who never gave feedback are removed after this time: nothing is known of them. */
const IDLE_VISITOR_MS = 30 * DAY_MS;
const EMPTY_HOUSEHOLD_MS = DAY_MS;
const UNUSED_HOUSEHOLD_MS = 90 * DAY_MS;
/** Idle visitors and unused households are removed earlier where so many newer ones exist. */
const KEEP_VISITORS = 100_000;
/** Fewer, because lists of titles make their profiles large. */
const KEEP_HOUSEHOLDS = 10_000;

/** Rows of one step: a few milliseconds. */
const STEP_ROWS = 500;
const STEP_PAUSE_MS = 100;
const SWEEP_EVERY_MS = 10 * 60_000;

interface SweptStores {
  readonly visitors: Pick<VisitorStore, 'sweep'>;
  readonly households: Pick<HouseholdStore, 'sweep'>;
}

/**
 * Removes the rows that strangers can create without end and that nobody uses: households, then visitors, some of whom
 * were users of these households.
 *
 * @param pause Awaited between two steps.
 * @returns How many households and visitors were removed.
 */
export async function sweepRows(
  { visitors, households }: SweptStores,
  nowMs: number,
  pause: () => Promise<void>,
): Promise<{ readonly households: number; readonly visitors: number }> {
  const [emptyBeforeMs, unusedBeforeMs] = [nowMs - EMPTY_HOUSEHOLD_MS, nowMs - UNUSED_HOUSEHOLD_MS];
  const ages = { emptyBeforeMs, unusedBeforeMs, keepNewest: KEEP_HOUSEHOLDS };
  const removedHouseholds = await sweepAll((range) => households.sweep({ ...range, ...ages }), pause);
  const idle = { createdBeforeMs: nowMs - IDLE_VISITOR_MS, keepNewest: KEEP_VISITORS };
  const removedVisitors = await sweepAll((range) => visitors.sweep({ ...range, ...idle }), pause);
  return { households: removedHouseholds, visitors: removedVisitors };
}

async function sweepAll(
  sweep: (range: { readonly afterRow: number; readonly limit: number }) => Promise<SweepStep>,
  pause: () => Promise<void>,
): Promise<number> {
  let removed = 0;
  for (let afterRow = 0; ; ) {
    const step = await sweep({ afterRow, limit: STEP_ROWS });
    removed += step.removed;
    if (step.isLast) return removed;
    afterRow = step.lastRow;
    await pause();
  }
}

interface SweeperDependencies extends SweptStores {
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

/** Sweeps in the background until it is closed. */
export interface Sweeper {
  /** Resolves when no step is under way any more. */
  close(): Promise<void>;
}

export function startSweeper({ clock, onError, ...stores }: SweeperDependencies): Sweeper {
  const stop = new AbortController();
  const pause = (ms: number) => wait(ms, undefined, { signal: stop.signal, ref: false });
  const running = (async () => {
    for (;;) {
      await pause(SWEEP_EVERY_MS);
      await sweepRows(stores, clock(), () => pause(STEP_PAUSE_MS)).catch((error: unknown) => {
        if (!stop.signal.aborted) onError(error);
      });
    }
  })().catch(() => undefined);
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}
