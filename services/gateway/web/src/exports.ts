// What is seen, as files.
import type { GetReportResponseJson, RowJson } from '../generated/mlup/reports/v1/report_service_pb';

const COLUMNS: [string, (row: RowJson) => string | number | boolean | undefined][] = [
  ['code', (row) => row.cell?.code],
  ['dimension', (row) => row.cell?.dimension],
  ['member', (row) => row.cell?.member],
  ['section', (row) => row.section],
  ['name', (row) => row.name],
  ['unit', (row) => row.unit?.slice('UNIT_'.length).toLowerCase()],
  ['value', (row) => row.value],
  ['why_none', (row) => row.whyNone?.slice('WHY_NONE_'.length).toLowerCase()],
  ['planned_value', (row) => row.plannedValue],
  ['headcount', (row) => row.headcount],
  ['and_uncounted', (row) => row.andUncounted ?? false],
  ['not_datable', (row) => row.notDatable ?? 0],
  ['restated', (row) => row.restated ?? false],
  ['published_value', (row) => row.publishedValue],
  ['evidence_count', (row) => row.evidenceCount ?? 0],
  ['definition_version', (row) => row.definitionVersion],
];

// A cell that a spreadsheet would take for a formula is told to be a text.
function csvCell(value: string | number | boolean | undefined): string {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function line(cells: (string | number | boolean | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

// With the cut in every line, so that a line alone says as of when it is. Begins with the mark by which spreadsheets know UTF-8.
export function csvOf(report: GetReportResponseJson, period: string): string {
  const head = ['period', 'as_known_at', 'position'];
  const cut = [period, report.asKnownAt, report.position ?? '0'];
  const lines = (report.rows ?? []).map((row) => line([...cut, ...COLUMNS.map(([, of]) => of(row))]));
  return `\ufeff${line([...head, ...COLUMNS.map(([name]) => name)])}${lines.join('')}`;
}

export function jsonOf(report: GetReportResponseJson, period: string): string {
  return `${JSON.stringify({ period, ...report }, null, 1)}\n`;
}
