import { beforeAll, describe, expect, it } from 'vitest';
import { catalogueOf } from '../evaluation/testing/worlds.ts';
import { createItemSpace } from '../slate/item-space.ts';
import { measureDiversity } from './diversity-curve.ts';
import type { EvaluationReport, ModelUnderTest } from './evaluation-report.ts';
import { formatGenerations } from './format-generations.ts';
import { generationsCharts } from './generations-charts.ts';
import { writeGenerationsHtml } from './generations-html.ts';
import { compareGenerations, type GenerationsReport, STEP_METRICS } from './generations-report.ts';
import { drawLineChart } from './line-chart.ts';
import { sampleReport } from './testing/sample-report.ts';

let evaluation: EvaluationReport;
let models: readonly ModelUnderTest[];
let report: GenerationsReport;
beforeAll(async () => {
  const sample = await sampleReport();
  ({ report: evaluation, models } = sample);
  const { rankings, split } = sample;
  const items = catalogueOf(30);
  const [first, second] = models.map((model) => ({ ...model, stages: [{ name: 'fit it', ms: 1500, bytes: 2048 }] }));
  report = compareGenerations(
    {
      generations: [first, second],
      fromFurtherSeeds: [{ seed: 8, generations: [first, first] }],
      sources: [{ ...first, name: 'source <a>' }],
      ceilings: [{ name: 'union', recall: { 'recall@10': { value: 0.25, low: 0.2, high: 0.3 } } }],
      diversity: measureDiversity(
        [{ name: 'test', meaning: '', rankings: rankings[1], fold: split.test, space: createItemSpace(items, []) }],
        { items, recallOver: split.recallOver, bootstrap: { resampleCount: 100, seed: 1 } },
      ),
      ablations: [
        { ...second, name: 'without nothing', removed: 'nothing', kind: 'source' },
        { ...first, name: 'without user features', removed: 'user', kind: 'features' },
      ],
    },
    evaluation,
  );
});

describe('compareGenerations', () => {
  it('holds each generation against the one before on every step metric, as difference and as lift', () => {
    expect(report.steps.map(({ metric }) => metric)).toEqual([...STEP_METRICS]);
    for (const { metric, difference, lift } of report.steps) {
      const [before, after] = evaluation.models.map(({ all }) => all.metrics[metric].value);
      expect(difference.value).toBeCloseTo(after - before, 12);
      expect(lift.value).toBeCloseTo(after / before - 1, 12);
      expect(lift.low).toBeLessThanOrEqual(lift.value);
      expect(lift.high).toBeGreaterThanOrEqual(lift.value);
      expect(Math.sign(lift.low)).toBe(Math.sign(difference.low));
    }
  });

  it('corrects the p-values of the steps for their number', () => {
    for (const { difference, correctedPValue } of report.steps) {
      expect(correctedPValue).toBeGreaterThanOrEqual(difference.pValue);
      expect(correctedPValue).toBeLessThanOrEqual(Math.min(1, report.steps.length * difference.pValue));
    }
    const smallest = Math.min(...report.steps.map(({ difference }) => difference.pValue));
    const corrected = Math.min(...report.steps.map(({ correctedPValue }) => correctedPValue));
    expect(corrected).toBeCloseTo(Math.min(1, report.steps.length * smallest), 12);
  });

  it('averages what several seeds reach, with intervals that hold the spread between seeds', () => {
    const mean = report.meanOfSeeds!;
    expect(mean.seeds).toEqual([evaluation.seed, 8]);
    // With the second seed both are the first model, so half of each difference remains in every resample.
    for (const [at, { metric, difference, lift, correctedPValue }] of mean.steps.entries()) {
      const whole = report.steps[at];
      expect(metric).toBe(whole.metric);
      expect(difference.value).toBeCloseTo(whole.difference.value / 2, 12);
      expect(difference.low).toBeLessThanOrEqual(whole.difference.low / 2 + 1e-12);
      expect(difference.high).toBeGreaterThanOrEqual(whole.difference.high / 2 - 1e-12);
      expect(Math.sign(lift.low)).toBe(Math.sign(difference.low));
      expect(correctedPValue).toBeGreaterThanOrEqual(difference.pValue);
    }
    // Half as wide would be the interval of exactly these two trainings.
    const widths = (of: typeof report.steps) => of.reduce((sum, { difference: { low, high } }) => sum + high - low, 0);
    expect(widths(mean.steps)).toBeGreaterThan(widths(report.steps) / 2);
    const [before, after] = models.map(({ evaluation: { all } }) => all.metrics['ndcg@10'].value);
    expect(mean.generations.map(({ metrics }) => metrics['ndcg@10'].value)).toEqual([
      before,
      expect.closeTo((before + after) / 2, 12),
    ]);
    expect(generationsCharts(report)['lift_at random_by <index>'].caption).toContain('Mean of seeds');
    expect(generationsCharts(report)['lift_at random_by <index>'].yTitle).toContain('paired over users and seeds');
  });

  it('says of each interval what it is of', () => {
    for (const text of [formatGenerations(report), writeGenerationsHtml(report)].map((each) =>
      each.replace(/\s+/g, ' '),
    )) {
      expect(text).toContain(`rained from seed ${evaluation.seed} alone`);
      expect(text).toContain('about the method');
      expect(text).toContain('this one training');
    }
  });

  it('measures what the last one loses without a part: nothing where nothing was taken', () => {
    const [same, other] = report.ablations;
    expect([same.effect.value, same.effect.low, same.effect.high]).toEqual([0, 0, 0]);
    expect(other.effect.value).toBeCloseTo(-report.steps[3].difference.value, 12);
    expect(report.overSources[0].gain.value).toBeCloseTo(report.steps[3].difference.value, 12);
  });

  it('starts what diversity costs from the lists as they were measured', () => {
    const [{ strength, ndcg, cost, diversity }] = report.diversity;
    const measured = models[1].evaluation;
    expect([strength, ndcg, diversity]).toEqual([0, measured.all.metrics['ndcg@10'], measured.lists['diversity@10']]);
    expect([cost.value, cost.low, cost.high]).toEqual([0, 0, 0]);
    const diversities = report.diversity.map((point) => point.diversity.value);
    expect(diversities[6]).toBeGreaterThan(diversities[0]);
  });

  it('says what a step and a query cost', () => {
    const [{ msPerQuery, stages }] = report.costs;
    expect(msPerQuery).toBeCloseTo(models[0].rankMs / evaluation.models[0].all.queryCount, 12);
    expect(stages).toEqual([{ name: 'fit it', ms: 1500, bytes: 2048 }]);
  });
});

describe('generationsCharts', () => {
  it('draws recall, NDCG and each lift, below 0 too, within the frame', () => {
    const charts = generationsCharts(report);
    expect(Object.keys(charts)).toEqual([
      'recall_by <index>_at random',
      'ndcg_by <index>_at random',
      'diversity_at random',
      'lift_at random_by <index>',
    ]);
    const down = { ...charts['lift_at random_by <index>'] };
    const point = { value: -10, low: -30, high: 20 };
    const svg = drawLineChart({ ...down, series: [{ name: 'NDCG@k', points: [point, point, point] }] });
    const heights = [...svg.matchAll(/cy="([\d.]+)"/g)].map(([, y]) => Number(y));
    const zero = Number(/<line [^>]*y1="([\d.]+)"[^>]*stroke:#555555/.exec(svg)?.[1]);
    expect(heights.every((y) => y > zero && y < 520 - 104)).toBe(true);
    expect(svg).toContain('>−20<');
  });
});

describe('generationsCharts of three generations', () => {
  it('draws each beside the one before, and all together', () => {
    const [first, second] = evaluation.models;
    const named = [
      { ...first, name: 'v1' },
      { ...second, name: 'v2' },
      { ...first, name: 'v3' },
    ];
    const three = {
      ...report,
      evaluation: { ...evaluation, models: named },
      costs: named.map(({ name }) => ({ ...report.costs[0], generation: name })),
    };
    const charts = generationsCharts(three);
    const seriesOf = (name: string): string[] => charts[name].series.map((series) => series.name);
    expect(seriesOf('recall_v2_v3')).toEqual(['v2', 'v3']);
    expect(seriesOf('ndcg_v2_v3')).toEqual(['v2', 'v3']);
    expect(seriesOf('ndcg_v1_v2')).toEqual(['v1', 'v2']);
    expect(seriesOf('ndcg_v1_v3')).toEqual(['v1', 'v2', 'v3']);
  });
});

describe('writeGenerationsHtml and formatGenerations', () => {
  it('show the same figures, names escaped', () => {
    const html = writeGenerationsHtml(report);
    const text = formatGenerations(report);
    expect(html).toContain('source &lt;a&gt;');
    expect(html).not.toContain('source <a>');
    for (const heading of [
      'Each generation over the one before',
      `In the mean of seeds ${evaluation.seed}, 8`,
      'What diversity costs',
      'What each part is worth',
      'Cost',
    ]) {
      expect(html).toContain(heading);
    }
    const shown = report.steps[3].difference.value.toFixed(4).replace('-0.', '−.').replace(/^0/, '');
    expect(html).toContain(shown);
    expect(text).toContain(shown);
    expect(text).toMatch(/user features +\.\d{4} /);
  });
});
