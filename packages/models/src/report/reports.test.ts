import { beforeAll, describe, expect, it } from 'vitest';
import { createVocabulary } from '../data/vocabulary.ts';
import type { Rankings } from '../evaluation/rank-fold.ts';
import type { Split } from '../splits/split.ts';
import { type EvaluationReport, formatPValue, formatShare } from './evaluation-report.ts';
import { formatReport, titleOf } from './format-table.ts';
import { writeListsCsv } from './lists-csv.ts';
import { quoteCell, writeMetricsCsv } from './metrics-csv.ts';
import { writeReportHtml } from './report-html.ts';
import { sampleReport } from './testing/sample-report.ts';

let report: EvaluationReport;
let rankings: Rankings[];
let split: Split;
beforeAll(async () => {
  ({ report, rankings, split } = await sampleReport());
});

describe('createReport', () => {
  it('holds protocol, seed, data hash, counts, tie rule, leaks and machine beside the numbers', () => {
    const { protocol, dataset, seed, machine, codeVersion, models } = JSON.parse(
      JSON.stringify(report),
    ) as EvaluationReport;
    expect([protocol.name, protocol.version, protocol.config]).toEqual([
      'leave-one-out',
      2,
      { hits: 'all', maxHistory: 0 },
    ]);
    expect(protocol.leaks.join()).toContain('Leaky across users');
    expect(protocol.tieRule).toContain('lower item index');
    expect(protocol.counts['interactions']).toBe(400);
    expect([dataset.hash, seed, machine, codeVersion]).toEqual([
      report.dataset.hash,
      1,
      '1 × test',
      report.codeVersion,
    ]);
    expect(models.map(({ all }) => all.queryCount)).toEqual([40, 40]);
  });

  it('holds no lists and no resamples, so that it stays small however many queries there are', () => {
    const [model] = report.models;
    expect(Object.keys(model)).not.toContain('rankings');
    expect(Object.keys(model)).not.toContain('bootstraps');
    expect(JSON.stringify(report).length).toBeLessThan(100_000);
  });

  it('compares every model with those above it', () => {
    const [difference] = report.differences.filter(({ metric }) => metric === 'ndcg@10');
    expect([difference.model, difference.against]).toEqual(['at random', 'by <index>']);
    expect(difference.value).toBeCloseTo(
      report.models[1].all.metrics['ndcg@10'].value - report.models[0].all.metrics['ndcg@10'].value,
      12,
    );
    expect(difference.low).toBeLessThanOrEqual(difference.value);
    expect(difference.high).toBeGreaterThanOrEqual(difference.value);
  });
});

describe('formatReport', () => {
  it('names the protocol, what leaks, the tie rule and the seed beside the table', () => {
    const text = formatReport(report);
    for (const part of [
      'leave-one-out, version 2',
      'leaky',
      '40 queries of 40 users',
      'lower item index',
      'Seed 1',
      'at random',
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe('writeMetricsCsv', () => {
  it('has one row a number, with its view and its interval', () => {
    const lines = writeMetricsCsv(report).trimEnd().split('\n');
    const ndcg = lines.find((line) => line.startsWith('toy,leave-one-out v2,at random,all,ndcg,10,'));
    const { value, low, high } = report.models[1].all.metrics['ndcg@10'];
    expect(ndcg).toBe(`toy,leave-one-out v2,at random,all,ndcg,10,${value},${low},${high},40,40`);
    expect(lines.every((line) => line.split(',').length === 11)).toBe(true);
  });
});

describe('writeReportHtml', () => {
  it('loads nothing from anywhere and runs no script', () => {
    const html = writeReportHtml(report);
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|src=/i);
    expect(html.match(/https?:\/\/[^"' ]+/g)?.filter((url) => url !== 'http://www.w3.org/2000/svg')).toEqual([]);
    expect(html).toContain("default-src 'none'");
  });

  it('escapes names', () => {
    const html = writeReportHtml(report);
    expect(html).toContain('by &lt;index&gt;');
    expect(html).not.toContain('<index>');
  });

  it('says in words what leaks, and how to do it again', () => {
    const html = writeReportHtml(report);
    expect(html).toContain('Leaky across users');
    expect(html).toContain('matinee evaluate --data toy');
  });
});

describe('segments', () => {
  it('are in every form of the report: history length, wait, ties, popularity of the target, cuts', () => {
    const [first, ...others] = report.models;
    const segment = { ...first.waitSegments[0], name: 'cut at 80 %', meaning: 'tested on what came next' };
    const atCuts = { ...report, models: [{ ...first, cutSegments: [segment, segment] }, ...others] };
    const { userSegments, waitSegments, itemSegments } = first;
    const names = [...userSegments, ...waitSegments, ...itemSegments, segment].map(({ name }) => name);
    expect(names.length).toBeGreaterThan(5);
    for (const form of [formatReport, writeMetricsCsv, writeReportHtml, JSON.stringify]) {
      const text = form(atCuts);
      for (const name of names) expect(text).toContain(name);
    }
    expect(formatReport(report)).not.toContain('cut in time');
  });
});

describe('writeListsCsv', () => {
  const ids = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);

  it('lets independent code find the reported HR@10 and NDCG@10 again', () => {
    for (const [model, lists] of rankings.entries()) {
      const csv = [
        ...writeListsCsv(lists, split.test.queries, createVocabulary(ids('u', 40)), createVocabulary(ids('m', 30))),
      ].join('');
      const [header, ...rows] = csv.trimEnd().split('\n');
      expect(header).toBe('user_id,target_item_ids,ranked_item_ids');
      // Deliberately independent of the evaluator, directly from the definitions.
      let hits = 0;
      let gains = 0;
      for (const row of rows) {
        const [, target, ranked] = row.split(',');
        const position = ranked.split(' ').slice(0, 10).indexOf(target);
        if (position < 0) continue;
        hits += 1;
        gains += Math.log(2) / Math.log(position + 2);
      }
      expect(hits / rows.length).toBeCloseTo(report.models[model].all.metrics['hr@10'].value, 12);
      expect(gains / rows.length).toBeCloseTo(report.models[model].all.metrics['ndcg@10'].value, 12);
    }
  });

  it('joins ids that hold spaces by "|" and refuses ids that hold both', () => {
    const users = createVocabulary(ids('u', 40));
    const spaced = createVocabulary(ids('the film ', 30));
    const [, row] = [...writeListsCsv(rankings[0], split.test.queries, users, spaced)];
    expect(row.split(',')[2]).toContain('|the film ');
    const both = createVocabulary(ids('a|b ', 30));
    expect(() => [...writeListsCsv(rankings[0], split.test.queries, users, both)]).toThrow('no separator is left');
  });
});

describe('number formats', () => {
  it('drop the leading zero and mark what does not exist', () => {
    expect([0.0715, 1, -0.01, 0, Number.NaN].map(formatShare)).toEqual(['.0715', '1.0000', '−.0100', '.0000', '–']);
    expect([0.0001, 0.042, 1].map(formatPValue)).toEqual(['p < .001', 'p = .042', 'p = 1.000']);
    expect(['ndcg@10', 'coverage@5', 'map@100', 'popularityLift@10'].map(titleOf)).toEqual([
      'NDCG@10',
      'Coverage@5',
      'MAP@100',
      'PopularityLift@10',
    ]);
    expect(quoteCell('a "b", c')).toBe('"a ""b"", c"');
  });
});
