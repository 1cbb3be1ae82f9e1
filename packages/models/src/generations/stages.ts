import { sortedJson } from '../artifacts/artifact-bytes.ts';
import type { FitContext, SnapshotStore } from '../training/fit-context.ts';

/** What a step of a fit reports while it runs. */
export interface StageReporter {
  readonly checkpoint: FitContext['checkpoint'];
  /** What the finished step's line says. */
  summary(text: string): void;
}

/**
 * Where the results of finished steps lie, so that a run that was stopped goes on behind the last one. Keys hold the
 * whole configuration of a step; data, seed and the code that fits sources are told apart by the cache itself.
 */
export interface StageCache {
  /** Names the code that blends and ranks, on which only the later steps depend: sources outlive its changes. */
  readonly rankingCode: string;
  read(key: string): Promise<StageResult | undefined>;
  /** Kept as a whole or not at all. */
  write(key: string, result: StageResult): Promise<void>;
  /** For a step that can go on from its own middle. */
  snapshots(key: string): SnapshotStore;
}

/** What a step came to, and what it cost when it was computed. */
export interface StageResult {
  readonly bytes: Uint8Array;
  /** Of the run that finished it; an interrupted run's share is not in it. */
  readonly ms: number;
}

/** Runs the steps of a fit under names, for progress. */
export interface StageContext extends FitContext {
  stage<T>(name: string, work: (stage: StageReporter) => Promise<T>): Promise<T>;
  /** Absent: nothing is cached, everything is computed. */
  readonly stageCache?: StageCache;
  /** Called with the cost of each cached step, in this run or in the earlier one that finished it. */
  onStageCost?(name: string, cost: { readonly ms: number; readonly bytes: number }): void;
}

/** A step whose result can be cached. */
export interface CachedStage<T> {
  readonly name: string;
  /** All that decides the result, as JSON values. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Whether the result depends on more code than that which fits sources. */
  readonly ranks: boolean;
  compute(stage: StageReporter, snapshots: SnapshotStore | undefined): Promise<T>;
  encode(result: T): Uint8Array;
  decode(bytes: Uint8Array): Promise<T> | T;
}

/** Computes the step's result, or reads it from the stage cache. A result that cannot be read is computed again. */
export async function runStage<T>(context: StageContext, step: CachedStage<T>): Promise<T> {
  const { stageCache, now = () => 0 } = context;
  return context.stage(step.name, async (stage) => {
    if (stageCache === undefined) return step.compute(stage, context.snapshots);
    const key = sortedJson({ ...step.identity, ...(step.ranks && { code: stageCache.rankingCode }) });
    const known = await stageCache.read(key);
    if (known !== undefined) {
      try {
        const result = await step.decode(known.bytes);
        stage.summary('done before');
        context.onStageCost?.(step.name, { ms: known.ms, bytes: known.bytes.length });
        return result;
      } catch {
        // damaged or of an older format: computed and cached again below
      }
    }
    const startedAt = now();
    const result = await step.compute(stage, stageCache.snapshots(key));
    const cached = { bytes: step.encode(result), ms: Math.round(now() - startedAt) };
    await stageCache.write(key, cached);
    context.onStageCost?.(step.name, { ms: cached.ms, bytes: cached.bytes.length });
    return result;
  });
}
