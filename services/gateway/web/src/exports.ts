// What is seen, as files.
import type { GetReportResponseJson, RowJson } from '../generated/mlup/reports/v1/report_service_pb';
import { keyOf, type ShownRow } from './figures';

const NO_ROW = 'no_such_row';
const whyNone = (row: ShownRow) => (row.absent ? NO_ROW : row.whyNone?.slice('WHY_NONE_'.length).toLowerCase());

const COLUMNS: [string, (row: ShownRow) => string | number | boolean | undefined][] = [
  ['code', (row) => row.cell?.code],
  ['dimension', (row) => row.cell?.dimension],
  ['member', (row) => row.cell?.member],
  ['section', (row) => row.section],
  ['name', (row) => row.name],
  ['unit', (row) => row.unit?.slice('UNIT_'.length).toLowerCase()],
  ['value', (row) => row.value],
  ['why_none', whyNone],
  ['planned_value', (row) => row.plannedValue],
  ['headcount', (row) => row.headcount],
  ['and_uncounted', (row) => row.andUncounted ?? false],
  ['not_datable', (row) => row.notDatable ?? 0],
  ['restated', (row) => row.restated ?? false],
  ['published_value', (row) => row.publishedValue],
  ['evidence_count', (row) => row.evidenceCount ?? 0],
  ['definition_version', (row) => row.definitionVersion],
];

const NUMBER = /^-?\d+(\.\d+)?$/;

// A cell that a spreadsheet would take for a formula is told to be a text.
function csvCell(value: string | number | boolean | undefined): string {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function line(cells: (string | number | boolean | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

// What is seen: the rows that were not filtered away, and the other cut where two stand side by side.
export interface Seen {
  period: string;
  report: GetReportResponseJson;
  rows: ShownRow[];
  // Empty day: all that is known.
  beside?: { day: string; rows: Map<string, RowJson> };
}

// With the cut in every line, so that a line alone says as of when it is. Begins with the mark by which spreadsheets know UTF-8.
export function csvOf({ period, report, rows, beside }: Seen): string {
  const head = ['period', 'as_known_at', 'position', ...COLUMNS.map(([name]) => name)];
  const lines = rows.map((row) => {
    const other = beside?.rows.get(keyOf(row.cell));
    const more = beside ? [beside.day, other?.value, other ? whyNone(other) : NO_ROW] : [];
    return line([period, report.asKnownAt, report.position ?? '0', ...COLUMNS.map(([, of]) => of(row)), ...more]);
  });
  return `\ufeff${line([...head, ...(beside ? ['beside_as_known_at', 'beside_value', 'beside_why_none'] : [])])}${lines.join('')}`;
}

export function jsonOf({ period, report, rows, beside }: Seen): string {
  const other = beside && { asKnownAt: beside.day, rows: rows.map((row) => beside.rows.get(keyOf(row.cell))).filter((row) => row !== undefined) };
  return `${JSON.stringify({ period, ...report, rows, ...(other ? { beside: other } : {}) }, null, 1)}\n`;
}
