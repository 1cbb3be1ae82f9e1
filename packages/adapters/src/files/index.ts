export { renderPng } from './render-png.ts';
export { type FileContent, writeReportFiles } from './report-writer.ts';
