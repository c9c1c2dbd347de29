// Rows of a report in words, as the command line says them.
import type { CellJson, RowJson } from '../generated/mlup/reports/v1/report_service_pb';
import { digits, knows, t, word } from './language';

// Of the total and of its parts.
export interface Group {
  total: RowJson;
  parts: RowJson[];
}

export interface Section {
  code: string;
  groups: Group[];
}

// Sections in order, each with its totals, and these with their parts.
export function sectionsOf(rows: RowJson[]): Section[] {
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
