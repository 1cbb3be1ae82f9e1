import { type LabRun, LabRunsResponse } from '@matinee/contract';
import type { Release } from '@matinee/models/release';
import { defined } from '@matinee/numerics';
import type { App } from '../http/app.ts';
import { withoutRules } from '../http/requested-rules.ts';
import { requireOpenLab } from '../lab/lab-access.ts';
import { compareSteps, latestFirst, qualityOf, type SavedRun, whyApart } from '../lab/saved-run.ts';
import type { Services } from './services.ts';

const ALONE = 'validation.ndcg@100.';

/** `GET /api/v1/lab/runs`: the releases on disk with what was measured in their training. */
export function addLabRunsRoute(app: App, { serving, dataset, listRuns, traffic }: Services): void {
  /** Manifests never change, and resampling takes milliseconds: an answer holds until there is another release. */
  let cached: { readonly key: string; readonly answer: LabRunsResponse } | undefined;
  app.get(
    '/api/v1/lab/runs',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'listRuns',
        summary: 'The releases on disk, what was measured of each, and paired differences between generations',
        tags: ['lab'],
        response: { 200: LabRunsResponse },
      },
    },
    async (request) => {
      const { release, viewers } = serving.current();
      await requireOpenLab(viewers.access, withoutRules(request).credentials);
      const runs = latestFirst(await listRuns());
      const key = [release.version, ...runs.map(({ version }) => version)].join();
      if (cached?.key === key) return cached.answer;
      const answer: LabRunsResponse = {
        dataset: dataset.name,
        runs: runs.map((run) => toRunBody(run, release)),
        steps: compareSteps(runs, release).map(({ from, to, users, queries, earlier, later, difference }) => ({
          earlier: from.version,
          later: to.version,
          users,
          queries,
          earlierNdcg: earlier,
          laterNdcg: later,
          difference,
        })),
      };
      cached = { key, answer };
      return answer;
    },
  );
}

function toRunBody(run: SavedRun, served: Release): LabRun {
  const { version, header, notes = {} } = run;
  const { training, generation, sources } = header;
  const metrics = training?.metrics ?? {};
  return {
    version,
    generation,
    isServed: version === served.version,
    savedAt: notes.savedAt === undefined ? null : new Date(notes.savedAt * 1000).toISOString(),
    seed: training?.seed ?? null,
    ...defined({ apart: whyApart(run, served), heldOut: qualityOf(run) }),
    metrics: { ...metrics },
    sources: sources.map(({ name, weight }) => ({ name, weight, alone: metrics[`${ALONE}${name}`] ?? null })),
    leftOut: (training?.leftOut ?? []).map(({ part, reason }) => ({ part, reason })),
    curves: Object.entries(notes.curves ?? {}).map(([stage, epochs]) => ({ stage, epochs: [...epochs] })),
    timings: Object.entries(notes.timings ?? {}).map(([stage, ms]) => ({ stage, ms })),
  };
}
