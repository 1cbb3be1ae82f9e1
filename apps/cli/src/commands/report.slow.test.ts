import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MATINEE } from '../testing/matinee-program.ts';
import { writeSmallData } from '../testing/small-data.ts';

const TIMEOUT_MS = 120_000;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-report-'));
  await writeSmallData(path.join(home, 'small'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Metrics {
  readonly [metric: string]: { readonly value: number; readonly low: number; readonly high: number };
}

interface WrittenReport {
  readonly steps: readonly { readonly metric: string }[];
  readonly meanOfSeeds?: { readonly seeds: readonly number[]; readonly steps: readonly unknown[] };
  readonly ceilings: readonly { readonly name: string }[];
  readonly diversity: readonly { readonly ndcg: { readonly value: number } }[];
  readonly evaluation: {
    readonly command: string;
    readonly protocol: { readonly config: { readonly origins?: string; readonly targets: string } };
    readonly models: readonly {
      readonly all: { readonly queryCount: number; readonly userCount: number; readonly metrics: Metrics };
      readonly cutSegments: readonly {
        readonly name: string;
        readonly queryCount: number;
        readonly metrics: Metrics;
      }[];
    }[];
  };
}

/** Runs `matinee report` on the small data and returns what it wrote. */
async function report(args: readonly string[]): Promise<WrittenReport> {
  const out = path.join(home, 'out');
  const common = [
    '--home',
    home,
    '--data',
    path.join(home, 'small'),
    '--resamples',
    '50',
    '--out',
    out,
    '--no-ablations',
  ];
  await promisify(execFile)(process.execPath, [MATINEE, 'report', ...common, ...args]);
  return JSON.parse(await readFile(path.join(out, 'report.json'), 'utf8')) as WrittenReport;
}

describe('matinee report', () => {
  it(
    'measures generations at several cuts in time, and in the mean of seeds, all queries together',
    async () => {
      const args = ['--generations', 'v1,v2', '--targets', 'successive', '--origins', '2', '--further-seeds', '2'];
      const { steps, meanOfSeeds, ceilings, diversity, evaluation } = await report(args);
      expect(evaluation.protocol.config).toMatchObject({ targets: 'successive', origins: '2 at 80 %, 90 %' });
      expect(evaluation.command).toContain('--origins 2');
      for (const { all, cutSegments } of evaluation.models) {
        expect(cutSegments.map(({ name }) => name)).toEqual(['cut at 80 %', 'cut at 90 %']);
        const [first, second] = cutSegments.map(({ queryCount }) => queryCount) as [number, number];
        expect(all.queryCount).toBe(first + second);
        expect(all.userCount).toBeLessThanOrEqual(40);
        for (const k of [10, 20, 50]) {
          for (const metric of ['recall', 'ndcg']) {
            const of = (metrics: Metrics): number => metrics[`${metric}@${k}`]?.value ?? Number.NaN;
            const [early, late] = cutSegments.map(({ metrics }) => of(metrics)) as [number, number];
            expect(of(all.metrics)).toBeCloseTo((first * early + second * late) / (first + second), 12);
          }
        }
      }
      expect(steps).toHaveLength(6);
      expect(meanOfSeeds?.seeds).toEqual([1, 2]);
      expect(meanOfSeeds?.steps).toHaveLength(6);
      expect(ceilings.map(({ name }) => name).slice(-2)).toEqual(['union', 'blend']);
      // Strength 0 leaves the lists of both cuts as they were measured.
      expect(diversity[0]?.ndcg).toEqual(evaluation.models[1]?.all.metrics['ndcg@10']);
    },
    TIMEOUT_MS,
  );
});
