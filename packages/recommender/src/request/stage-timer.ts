/** Milliseconds by stage, in the order of running. */
export type StagesMs = Readonly<Record<string, number>>;

/** Measures named stages by the clock it is given. */
export interface StageTimer {
  /** A stage that answers through a promise lasts until it is settled. */
  time<T>(stage: string, work: () => T | Promise<T>): Promise<T>;
  stagesMs(): StagesMs;
}

export function createStageTimer(now: () => number): StageTimer {
  const stages: Record<string, number> = {};
  return {
    async time(stage, work) {
      const startedAt = now();
      const result = await work();
      stages[stage] = now() - startedAt;
      return result;
    },
    stagesMs: () => ({ ...stages }),
  };
}
