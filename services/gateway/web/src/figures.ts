// Rows of a report in words, as the command line says them.
import type { CellJson, RowJson } from '../generated/mlup/reports/v1/report_service_pb';
import { digits, knows, t, word } from './language';

// Of the total and of its parts.
export interface Group {
  total: ShownRow;
  parts: ShownRow[];
}

export interface Section {
  code: string;
  groups: Group[];
}

// Sections in order, each with its totals, and these with their parts.
export function sectionsOf(rows: ShownRow[]): Section[] {
  const sections: Section[] = [];
  for (const row of rows) {
    const code = row.section ?? '';
    let section = sections.find((one) => one.code === code);
    if (!section) sections.push(section = { code, groups: [] });
    const last = section.groups.at(-1);
    if (last && row.cell?.dimension && last.total.cell?.code === row.cell.code) last.parts.push(row);
    else section.groups.push({ total: row, parts: [] });
  }
  return sections;
}

export function keyOf(cell: CellJson | undefined): string {
  if (!cell?.dimension) return cell?.code ?? '';
  return `${cell.code}{${cell.dimension}=${cell.member ?? ''}}`;
}

export function byKey(rows: RowJson[]): Map<string, RowJson> {
  return new Map(rows.map((row) => [keyOf(row.cell), row]));
}

// A row that stands in the report, or only in the one beside it.
export type ShownRow = RowJson & { absent?: true };

// With the rows that only the other cut has, each behind those of its indicator.
export function withAbsent(rows: RowJson[], other: Map<string, RowJson>): ShownRow[] {
  const all: ShownRow[] = [...rows];
  const own = byKey(rows);
  for (const [key, { cell, section, name, unit }] of other) {
    if (own.has(key)) continue;
    const last = all.findLastIndex((row) => row.cell?.code === cell?.code);
    all.splice(last < 0 ? all.length : last + 1, 0, { cell, section, name, unit, absent: true } as ShownRow);
  }
  return all;
}

// Whether another cut says something else of a row.
export function differs(row: RowJson, other: Map<string, RowJson>): boolean {
  const beside = other.get(keyOf(row.cell));
  return valueWords(row) !== (beside ? valueWords(beside) : '');
}

// Rows that are another figure there, and the totals of such parts.
export function differing(rows: ShownRow[], other: Map<string, RowJson>): ShownRow[] {
  const found = rows.filter((row) => differs(row, other));
  const codes = new Set(found.map(({ cell }) => cell?.code));
  return rows.filter((row) => found.includes(row) || (!row.cell?.dimension && codes.has(row.cell?.code)));
}

// The value, or why there is none; empty where the parts are the figure.
export function valueWords(row: RowJson): string {
  if (row.value) return digits(row.value);
  if (!row.whyNone) return '';
  const why = t(`why.${row.whyNone.slice('WHY_NONE_'.length).toLowerCase()}`);
  return row.plannedValue ? `${why} ${digits(row.plannedValue)}` : why;
}

export function marks(row: RowJson): { text: string; tone: 'warn' | 'quiet' }[] {
  const found: { text: string; tone: 'warn' | 'quiet' }[] = [];
  if (row.headcount) {
    found.push({ text: t('mark.headcount', { identified: digits(row.value || '0'), headcount: digits(row.headcount) }), tone: 'quiet' });
  }
  if (row.andUncounted) found.push({ text: t('mark.uncounted'), tone: 'quiet' });
  if (row.notDatable) found.push({ text: t('mark.not_datable', { count: row.notDatable }), tone: 'quiet' });
  if (row.restated) {
    found.push({ text: t('mark.restated', { published: row.publishedValue ? digits(row.publishedValue) : t('mark.no_value') }), tone: 'warn' });
  }
  return found;
}

export function unitWords(row: RowJson): string {
  return row.unit ? t(`unit.${row.unit.slice('UNIT_'.length).toLowerCase()}`) : '';
}

const PLACES = new Set(['province', 'residence', 'activity_province']);

export function memberWords(cell: CellJson | undefined): string {
  const member = cell?.member ?? '';
  const place = `place.${member}`;
  if (PLACES.has(cell?.dimension ?? '') && knows(place)) return t(place);
  return label(member);
}

export function dimensionWords(cell: CellJson | undefined): string {
  return label(cell?.dimension ?? '');
}

// `age_band` as "Age band", in the language of the page.
export function label(code: string): string {
  const text = code.replaceAll('_', ' ');
  return word(text.charAt(0).toUpperCase() + text.slice(1));
}

export function sectionWords(code: string): string {
  const key = `section.${code}`;
  return knows(key) ? t(key) : code;
}
