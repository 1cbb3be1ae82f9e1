import { describe, expect, it } from 'vitest';
import { type ChartSeries, drawLineChart, type LineChart } from './line-chart.ts';

const line = (name: string, ...values: number[]): ChartSeries => ({
  name,
  points: values.map((value) => ({ value, low: value * 0.9, high: value * 1.1 })),
});
const chart = (...series: ChartSeries[]): LineChart => ({
  title: 'Recall@k',
  xTitle: 'k',
  yTitle: 'Recall@k',
  caption: 'Protocol: temporal v1',
  xs: [5, 10, 100],
  series,
});
const numbers = (text: string): number[] => text.split(/[ ,]/).map(Number);

describe('drawLineChart', () => {
  it('puts a higher value higher, and equal ratios of k at equal distances', () => {
    const svg = drawLineChart(chart(line('a', 0.1, 0.2, 0.3)));
    const [path] = [...svg.matchAll(/<polyline points="([^"]+)" style="fill:none;stroke:[^;]+;stroke-width:2/g)];
    const [x0, y0, x1, y1, x2, y2] = numbers(path[1]);
    expect(y0).toBeGreaterThan(y1);
    expect(y1).toBeGreaterThan(y2);
    expect((x1 - x0) / (x2 - x0)).toBeCloseTo(Math.log(2) / Math.log(20), 3);
  });

  it('names protocol and axes, and every line', () => {
    const svg = drawLineChart(chart(line('first', 0.1, 0.2, 0.3), line('second', 0.2, 0.3, 0.4)));
    for (const part of ['Protocol: temporal v1', '>k<', '>Recall@k<', '>first<', '>second<'])
      expect(svg).toContain(part);
  });

  it('keeps the labels of lines that end at one place apart', () => {
    const equal = Array.from({ length: 6 }, (_, index) => line(`m${index}`, 0.1, 0.2, 0.3));
    const svg = drawLineChart(chart(...equal));
    const places = [...svg.matchAll(/<text x="[\d.]+" y="([\d.]+)" style="[^"]+">m\d</g)].map((match) =>
      Number(match[1]),
    );
    expect(places).toHaveLength(6);
    for (let index = 1; index < places.length; index++) {
      expect(places[index] - places[index - 1]).toBeGreaterThanOrEqual(20 - 0.01);
    }
  });

  it('escapes what it is given and draws nothing that is no number', () => {
    const svg = drawLineChart(chart(line('<b>&"', 0.1, 0.2, 0.3), line('zero', 0, 0, 0)));
    expect(svg).toContain('&lt;b&gt;&amp;&quot;');
    expect(svg).not.toContain('NaN');
  });

  it('gives equal bytes for equal input', () => {
    expect(drawLineChart(chart(line('a', 0.1, 0.2, 0.3)))).toBe(drawLineChart(chart(line('a', 0.1, 0.2, 0.3))));
  });
});
