import type { Estimate } from '../evaluation/bootstrap.ts';
import { formatShare } from './evaluation-report.ts';
import { escapeXml, LIGHT_THEME } from './line-chart.ts';

/** Tables and style that the pages of all reports share. */
export function factsTable(caption: string, rows: readonly (readonly [string, string])[]): string {
  const body = rows
    .map(([name, value]) => `<tr><th scope="row">${escapeXml(name)}</th><td>${escapeXml(value)}</td></tr>`)
    .join('');
  return `<div class="scroll"><table class="facts"><caption>${escapeXml(caption)}</caption><tbody>${body}</tbody></table></div>`;
}

/** A cell: text, or a value with its interval. */
export type Cell = string | { readonly value: string; readonly interval: string };

export function table(head: readonly string[], rows: readonly (readonly [string, ...Cell[]])[]): string {
  const header = head.map((cell) => `<th scope="col">${escapeXml(cell)}</th>`).join('');
  const body = rows
    .map(([name, ...cells]) => {
      const data = cells.map((cell) => `<td>${contentOf(cell)}</td>`).join('');
      return `<tr><th scope="row">${escapeXml(name)}</th>${data}</tr>`;
    })
    .join('');
  return `<div class="scroll" tabindex="0"><table><thead><tr>${header}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function contentOf(cell: Cell): string {
  return typeof cell === 'string'
    ? escapeXml(cell)
    : `${escapeXml(cell.value)} <small>${escapeXml(cell.interval)}</small>`;
}

export function estimateCell(estimate: Estimate | undefined): Cell {
  if (estimate === undefined) return '–';
  return {
    value: formatShare(estimate.value),
    interval: `${formatShare(estimate.low)} … ${formatShare(estimate.high)}`,
  };
}

const SERIES_DARK = ['#5bb0e8', '#ff8a3d', '#2cc79b', '#e59cc4', '#f2b632', '#9ad4fa', '#ededed'];

const variables = (colors: readonly string[]): string =>
  colors.map((color, index) => `--series-${index + 1}:${color}`).join(';');

export const STYLE = `
:root{color-scheme:light dark;--page:#fff;--text:#1c1c1c;--muted:#555;--grid:#dcdcdc;--leak:#fff3e0;${variables(LIGHT_THEME.series)}}
@media (prefers-color-scheme:dark){:root{--page:#141414;--text:#ededed;--muted:#a8a8a8;--grid:#383838;--leak:#3a2a12;${variables(SERIES_DARK)}}}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif}
main{max-width:72rem;margin:0 auto;padding:2rem 1rem}
h1{font-size:1.75rem;margin:0}h2{margin-top:2.5rem}h3{margin-bottom:0}
.lead{color:var(--muted)}
.leak{background:var(--leak);padding:.75rem 1rem;border-radius:.5rem}
figure{margin:1.5rem 0;overflow-x:auto}figure svg{max-width:100%;height:auto}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .75rem;border-bottom:1px solid var(--grid);text-align:right;white-space:nowrap}
th:first-child{text-align:left;position:sticky;left:0;background:var(--page)}
.facts td{text-align:left;white-space:normal;overflow-wrap:anywhere}
caption{text-align:left;font-weight:600;padding:.5rem 0}
small{color:var(--muted)}
code{overflow-wrap:anywhere}
`;
