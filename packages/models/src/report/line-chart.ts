/** A line chart of one metric over the cutoffs as self-contained SVG: one line per model with its confidence band. */
export interface LineChart {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  /** Text below the chart, wrapped. */
  readonly caption: string;
  /** Ticks of the axis, ascending. */
  readonly xs: readonly number[];
  /** Absent = logarithmic, with `xs` above 0. */
  readonly xScale?: 'linear';
  readonly series: readonly ChartSeries[];
}

export interface ChartSeries {
  readonly name: string;
  /** Positions of the points; the chart's `xs` if absent. */
  readonly xs?: readonly number[];
  /** One per position of `xs`. */
  readonly points: readonly { readonly value: number; readonly low: number; readonly high: number }[];
}

export interface ChartTheme {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  /** Used cyclically, together with marker shapes and dashes. */
  readonly series: readonly string[];
}

/**
 * Okabe & Ito's palette without its yellow, which is too light for a line. Distinguishable with all common kinds of
 * colour vision.
 */
export const LIGHT_THEME: ChartTheme = {
  background: '#ffffff',
  text: '#1c1c1c',
  muted: '#555555',
  grid: '#e2e2e2',
  series: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'],
};

/** Colours that the page defines, so that one chart works in light and dark mode. */
export const PAGE_THEME: ChartTheme = {
  background: 'transparent',
  text: 'var(--text)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  series: LIGHT_THEME.series.map((_, index) => `var(--series-${index + 1})`),
};

const SIZE = { width: 880, height: 520, left: 72, right: 208, top: 56, bottom: 104 } as const;
const FONT = "'Didact Gothic', system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";
const LABEL_HEIGHT = 20;

/** Maps values of the axes to coordinates of the picture. */
interface Scales {
  readonly ticks: readonly number[];
  x(value: number): number;
  y(value: number): number;
}

interface LineStyle {
  readonly color: string;
  readonly dash: string;
}

/** Draws the chart as SVG text. */
export function drawLineChart(chart: LineChart, theme: ChartTheme = LIGHT_THEME): string {
  const { width, height } = SIZE;
  const scales = scalesOf(chart);
  const styles = chart.series.map((_, index) => ({
    color: theme.series[index % theme.series.length],
    dash: index < theme.series.length ? '' : ';stroke-dasharray:6 4',
  }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" style="font-family:${FONT}">`,
    `<title>${escapeXml(chart.title)}</title>`,
    `<desc>${escapeXml(chart.caption)}</desc>`,
    ...drawAxes(chart, theme, scales),
    // Bands first, so that no band covers a line.
    ...drawBands(chart, styles, scales),
    ...drawLines(chart, styles, scales),
    ...drawLabels(chart, styles, theme, scales),
    '</svg>',
  ].join('\n');
}

function scalesOf({ series, xs, xScale }: LineChart): Scales {
  const { width, height, left, right, top, bottom } = SIZE;
  const largest = Math.max(
    ...series.flatMap(({ points }) => points.map(({ value, high }) => Math.max(value, high || 0))),
    0,
  );
  const smallest = Math.min(
    ...series.flatMap(({ points }) => points.map(({ value, low }) => Math.min(value, low || 0))),
    0,
  );
  const ticks = niceTicks(smallest, largest);
  const yMin = ticks[0];
  const yMax = ticks[ticks.length - 1];
  const along = xScale === 'linear' ? (value: number) => value : Math.log;
  const xLow = along(xs[0]);
  const xSpan = along(xs[xs.length - 1]) - xLow || 1;
  return {
    ticks,
    x: (value) => left + ((along(value) - xLow) / xSpan) * (width - left - right),
    y: (value) => height - bottom - ((value - yMin) / (yMax - yMin)) * (height - top - bottom),
  };
}

/** Background, grid, ticks and all text but the names of the lines. */
function drawAxes(chart: LineChart, theme: ChartTheme, { ticks, x, y }: Scales): string[] {
  const { width, height, left, right, bottom } = SIZE;
  const yMax = ticks[ticks.length - 1];
  return [
    `<rect width="${width}" height="${height}" style="fill:${theme.background}"/>`,
    text(left, 26, chart.title, { size: 18, fill: theme.text }),
    ...ticks.flatMap((tick) => [
      `<line x1="${left}" x2="${width - right}" y1="${round(y(tick))}" y2="${round(y(tick))}" style="stroke:${tick === 0 ? theme.muted : theme.grid}"/>`,
      text(left - 8, y(tick) + 4, formatTick(tick, yMax - (ticks.at(-2) ?? 0)), {
        size: 13,
        fill: theme.muted,
        anchor: 'end',
      }),
    ]),
    ...chart.xs.map((value) =>
      text(x(value), height - bottom + 20, String(value), { size: 13, fill: theme.muted, anchor: 'middle' }),
    ),
    text((left + width - right) / 2, height - bottom + 42, chart.xTitle, {
      size: 14,
      fill: theme.text,
      anchor: 'middle',
    }),
    text(left, 44, chart.yTitle, { size: 13, fill: theme.muted }),
    ...wrap(chart.caption, 132).map((line, index) =>
      text(left, height - bottom + 66 + 16 * index, line, { size: 12, fill: theme.muted }),
    ),
  ];
}

function drawBands(chart: LineChart, styles: readonly LineStyle[], { x, y }: Scales): string[] {
  const opacity = chart.series.length > 3 ? '.07' : '.13';
  return chart.series.map(({ points, xs = chart.xs }, index) => {
    const upper = points.map(({ high }, at) => `${round(x(xs[at]))},${round(y(high))}`);
    const lower = points.map(({ low }, at) => `${round(x(xs[at]))},${round(y(low))}`).reverse();
    return `<polygon points="${[...upper, ...lower].join(' ')}" style="fill:${styles[index].color};fill-opacity:${opacity}"/>`;
  });
}

function drawLines(chart: LineChart, styles: readonly LineStyle[], { x, y }: Scales): string[] {
  return chart.series.flatMap(({ points, xs = chart.xs }, index) => {
    const { color, dash } = styles[index];
    const path = points.map(({ value }, at) => `${round(x(xs[at]))},${round(y(value))}`).join(' ');
    return [
      `<polyline points="${path}" style="fill:none;stroke:${color};stroke-width:2;stroke-linejoin:round${dash}"/>`,
      ...points.map(({ value }, at) => marker(index, x(xs[at]), y(value), color)),
    ];
  });
}

/** Names beside the ends of the lines, moved apart if they overlap and connected to their line by a thin rule. */
function drawLabels(
  { series, xs }: LineChart,
  styles: readonly LineStyle[],
  theme: ChartTheme,
  { x, y }: Scales,
): string[] {
  const lineEnd = x(xs[xs.length - 1]);
  const labels = series
    .map(({ name, points }, index) => ({
      name,
      index,
      value: points[points.length - 1].value,
      at: y(points[points.length - 1].value),
    }))
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map((label) => ({ ...label, place: label.at }));
  const lowest = SIZE.height - SIZE.bottom;
  for (let index = 1; index < labels.length; index++) {
    labels[index].place = Math.max(labels[index].place, labels[index - 1].place + LABEL_HEIGHT);
  }
  for (let index = labels.length - 1, limit = lowest; index >= 0; index--, limit -= LABEL_HEIGHT) {
    labels[index].place = Math.min(labels[index].place, limit);
  }
  return labels.flatMap(({ name, index, value, at, place }) => [
    `<polyline points="${round(lineEnd + 6)},${round(at)} ${round(lineEnd + 22)},${round(place)}" style="fill:none;stroke:${styles[index].color};stroke-width:1"/>`,
    marker(index, lineEnd + 30, place, styles[index].color),
    text(lineEnd + 42, place + 4, name, { size: 13, fill: theme.text }),
    text(SIZE.width - 8, place + 4, value.toFixed(3).replace(/^0/, ''), { size: 13, fill: theme.muted, anchor: 'end' }),
  ]);
}

/**
 * Circle, square, diamond, triangle, inverted triangle, ring, cross, plus: lines are distinguishable without colour.
 */
function marker(index: number, x: number, y: number, color: string): string {
  const at = (points: readonly (readonly [number, number])[]): string =>
    `<polygon points="${points.map(([dx, dy]) => `${round(x + dx)},${round(y + dy)}`).join(' ')}" style="fill:${color}"/>`;
  switch (index % 8) {
    case 0:
      return `<circle cx="${round(x)}" cy="${round(y)}" r="4" style="fill:${color}"/>`;
    case 1:
      return at([
        [-3.5, -3.5],
        [3.5, -3.5],
        [3.5, 3.5],
        [-3.5, 3.5],
      ]);
    case 2:
      return at([
        [0, -5],
        [5, 0],
        [0, 5],
        [-5, 0],
      ]);
    case 3:
      return at([
        [0, -5],
        [4.6, 3.6],
        [-4.6, 3.6],
      ]);
    case 4:
      return at([
        [0, 5],
        [4.6, -3.6],
        [-4.6, -3.6],
      ]);
    case 5:
      return `<circle cx="${round(x)}" cy="${round(y)}" r="3.5" style="fill:none;stroke:${color};stroke-width:2"/>`;
    case 6:
      return `<path d="M${round(x - 4)} ${round(y - 4)}l8 8m0 -8l-8 8" style="fill:none;stroke:${color};stroke-width:2"/>`;
    default:
      return `<path d="M${round(x - 5)} ${round(y)}h10m-5 -5v10" style="fill:none;stroke:${color};stroke-width:2"/>`;
  }
}

/**
 * Ticks through 0 in equal steps of 1, 2, 2.5 or 5 × a power of ten, to the first step beyond `smallest` and `largest`.
 */
function niceTicks(smallest: number, largest: number): number[] {
  const bound = largest - smallest > 0 ? largest - smallest : 1;
  const power = 10 ** Math.floor(Math.log10(bound / 5));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => bound / size <= 6) ?? 10 * power;
  const below = Math.ceil(-smallest / step - 1e-9);
  const above = Math.max(1 - below, Math.ceil(largest / step - 1e-9));
  return Array.from({ length: below + above + 1 }, (_, index) => (index - below) * step);
}

function formatTick(value: number, step: number): string {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const exact = Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-9 ? decimals + 1 : decimals;
  return Math.abs(value) < step / 2
    ? '0'
    : value
        .toFixed(exact)
        .replace(/^(-?)0\./, '$1.')
        .replace('-', '−');
}

function text(
  x: number,
  y: number,
  content: string,
  { size, fill, anchor = 'start' }: { size: number; fill: string; anchor?: 'start' | 'middle' | 'end' },
): string {
  return `<text x="${round(x)}" y="${round(y)}" style="font-size:${size}px;fill:${fill};text-anchor:${anchor}">${escapeXml(content)}</text>`;
}

function wrap(content: string, columns: number): string[] {
  const lines = [''];
  for (const word of content.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Escapes text for SVG and HTML, as content and in double-quoted attributes. */
export function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
