import type { StageCache, StageResult } from '@matinee/models/generations';

/** A stage cache in memory: generations of one data set share the stages that are equal. */
export function createMemoryStageCache(): StageCache {
  const results = new Map<string, StageResult>();
  return {
    rankingCode: 'this run',
    read: (key) => Promise.resolve(results.get(key)),
    write(key, result) {
      results.set(key, result);
      return Promise.resolve();
    },
    snapshots: () => ({ read: () => Promise.resolve(undefined), write: () => Promise.resolve() }),
  };
}
