// Words, days and digits in Khmer and English. Browsers know no Khmer dates and digits, so that these are ours.
import { IntlMessageFormat } from 'intl-messageformat';

export type Language = 'km' | 'en';

interface Catalogue {
  // Of the application, by key.
  texts: Record<string, string>;
  // Of the data: labels that come in English from the daemon.
  words: Record<string, string>;
}

const STORED = 'mlup.language';
const MONTHS: Record<Language, string[]> = {
  en: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
  km: ['មករា', 'កុម្ភៈ', 'មីនា', 'មេសា', 'ឧសភា', 'មិថុនា', 'កក្កដា', 'សីហា', 'កញ្ញា', 'តុលា', 'វិច្ឆិកា', 'ធ្នូ'],
};
// The browser breaks lines inside these words; a word joiner holds them together.
const WHOLE: [RegExp, string][] = [[/សម្បទា/g, 'សម្ប\u2060ទា']];
// Phnom Penh has had this offset, and no summer time, as long as there are records.
const OFFSET_MS = 7 * 3600 * 1000;

// Fonts that take longer than this are waited for no more: what is written meanwhile stands in another.
const FONTS_MS = 2_000;

let current: Language = 'en';
let catalogue: Catalogue = { texts: {}, words: {} };
// With the texts of the pages that are loaded when they are opened.
let isWhole = false;
const formats = new Map<string, IntlMessageFormat>();

export function language(): Language {
  return current;
}

// The one chosen here before, else Khmer where the browser prefers it.
export function preferred(): Language {
  try {
    const stored = localStorage.getItem(STORED);
    if (stored === 'km' || stored === 'en') return stored;
  } catch {
    // Storage may be off; then nothing is remembered.
  }
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('km')) ? 'km' : 'en';
}

// What is drawn before its font is there may keep the boxes of a font that lacks Khmer.
function fontsFor(wanted: Language): Promise<unknown> {
  const weights = wanted === 'km' ? ['400', '700'] : ['400'];
  const loaded = Promise.all(weights.map((weight) => document.fonts.load(`${weight} 1rem "Noto Sans Khmer"`, 'ម')));
  return Promise.race([loaded.catch(() => undefined), new Promise((done) => setTimeout(done, FONTS_MS))]);
}

async function load(wanted: Language): Promise<Catalogue> {
  const [first, later] = await Promise.all([
    wanted === 'km' ? import('catalogue:km') : import('catalogue:en'),
    isWhole ? (wanted === 'km' ? import('catalogue:km-later') : import('catalogue:en-later')) : null,
  ]);
  return { words: { ...first.default.words, ...later?.default.words }, texts: { ...first.default.texts, ...later?.default.texts } };
}

// From now on with the texts of all pages.
export async function speakWhole(): Promise<void> {
  if (isWhole) return;
  isWhole = true;
  const wanted = current;
  const whole = await load(wanted);
  // Another language was chosen meanwhile, and came with them.
  if (wanted === current) catalogue = whole;
}

export async function speak(wanted: Language): Promise<void> {
  const [loaded] = await Promise.all([load(wanted), fontsFor(wanted)]);
  catalogue = loaded;
  current = wanted;
  formats.clear();
  document.documentElement.lang = wanted;
  try {
    localStorage.setItem(STORED, wanted);
  } catch {
    // As above.
  }
}

function kept(text: string): string {
  return WHOLE.reduce((whole, [word, joined]) => whole.replace(word, joined), text);
}

// What keeps its digits: the name of an account, of a file, of a witness.
export interface AsIs {
  asIs: string;
}

export const asIs = (text: string): AsIs => ({ asIs: text });

// A text of the application. Numbers in `values` are shown in the language's digits.
export function t(key: string, values?: Record<string, string | number | AsIs>): string {
  const text = catalogue.texts[key];
  if (text === undefined) return key;
  if (!values) return kept(text);
  let format = formats.get(key);
  if (!format) formats.set(key, format = new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }));
  const spoken = Object.fromEntries(Object.entries(values).map(([name, value]) =>
    [name, typeof value === 'object' ? value.asIs : typeof value === 'number' && current === 'en' ? value : digits(String(value))]));
  return kept(String(format.format(spoken)));
}

// Whether there is such a text.
export function knows(key: string): boolean {
  return catalogue.texts[key] !== undefined;
}

// Khmer digits in Khmer.
export function digits(text: string): string {
  return current === 'km' ? text.replace(/[0-9]/g, (digit) => String.fromCharCode(0x17e0 + Number(digit))) : text;
}

// A label of the data in the language of the page; as it came where there is no word for it.
export function word(english: string): string {
  const own = catalogue.words[english];
  return own === undefined ? english : kept(own);
}

// A value of the data: its parts are labels, numbers and units.
export function words(english: string): string {
  if (current === 'en') return english;
  const whole = catalogue.words[english];
  if (whole !== undefined) return kept(whole);
  return english.split('; ').map((part) => {
    const own = catalogue.words[part];
    return own === undefined ? part.split(', ').map((piece) => piece.split(' → ').map(phrase).join(' → ')).join(', ') : kept(own);
  }).join('; ');
}

// The name of an account that has no label: it keeps its digits.
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/;

function phrase(english: string): string {
  if (NAME.test(english)) return english;
  const own = catalogue.words[english];
  if (own !== undefined) return kept(own);
  if (/^\d{4}-\d\d(-\d\d)?$/.test(english)) return day(english);
  const range = /^(\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)$/.exec(english);
  if (range) return days(range[1]!, range[2]!);
  const amount = /^(.+) ([0-9.]+) (\S+)$/.exec(english);
  if (amount) return `${word(amount[1]!)} ${digits(amount[2]!)} ${word(amount[3]!)}`;
  const labelled = /^([^:]+): (.+)$/.exec(english);
  if (labelled) return `${word(labelled[1]!)}៖ ${phrase(labelled[2]!)}`;
  const counted = /^([0-9.]+) (\D+)$/.exec(english);
  if (counted && catalogue.words[counted[2]!]) return `${digits(counted[1]!)} ${word(counted[2]!)}`;
  const registered = /^registered (\d{4}-\d\d-\d\d)$/.exec(english);
  if (registered) return `${word('registered')} ${day(registered[1]!)}`;
  // `Rice kg`: a thing and its unit.
  const last = english.lastIndexOf(' ');
  const [thing, unit] = [catalogue.words[english.slice(0, last)], catalogue.words[english.slice(last + 1)]];
  if (thing !== undefined && unit !== undefined) return `${kept(thing)} ${kept(unit)}`;
  const numbered = /^(.*\D)([0-9]+)$/.exec(english);
  const named = numbered && catalogue.words[numbered[1]!.trim()];
  return named ? `${kept(named)} ${digits(numbered[2]!)}` : digits(english);
}

// `2021-04-22` as a person writes it; anything else as it is.
export function day(text: string): string {
  const match = /^(\d{4})-(\d\d)(?:-(\d\d))?$/.exec(text);
  const month = match && MONTHS[current][Number(match[2]) - 1];
  if (!match || !month) return digits(text);
  const parts = match[3] ? [String(Number(match[3])), month, match[1]!] : [month, match[1]!];
  return digits(parts.join(' '));
}

export function days(from: string, to: string): string {
  return from === to || !to ? day(from) : t('days.range', { from: day(from), to: day(to) });
}

// A period: `2021-Q1`, `2021`, `2021-02`.
export function period(text: string): string {
  const quarter = /^(\d{4})-Q([1-4])$/.exec(text);
  return quarter ? t('period.quarter', { year: quarter[1]!, quarter: quarter[2]! }) : day(text);
}

// The day of a time in Phnom Penh, `2021-04-22`.
export function dayOf(time: string): string {
  return new Date(Date.parse(time) + OFFSET_MS).toISOString().slice(0, 10);
}

// A time in Phnom Penh.
export function moment(time: string | undefined): string {
  if (!time) return t('time.none');
  const local = new Date(Date.parse(time) + OFFSET_MS).toISOString();
  return `${day(local.slice(0, 10))} ${digits(local.slice(11, 16))}`;
}

export function clock(time: Date): string {
  return digits(new Date(time.getTime() + OFFSET_MS).toISOString().slice(11, 16));
}

// How long ago.
export function ago(time: string | undefined, now = Date.now()): string {
  if (!time) return t('time.never');
  const minutes = Math.max(0, Math.floor((now - Date.parse(time)) / 60_000));
  if (minutes < 1) return t('ago.now');
  if (minutes < 60) return t('ago.minutes', { count: minutes });
  if (minutes < 48 * 60) return t('ago.hours', { count: Math.floor(minutes / 60) });
  return t('ago.days', { count: Math.floor(minutes / 1440) });
}

interface Occurred {
  from?: string;
  to?: string;
}

export function occurred(when: Occurred | undefined): string {
  return when?.from ? days(when.from, when.to ?? '') : t('time.unknown');
}

// `mlup.cases.v1.CaseClosed` as words, where the daemon gave only the type.
export function typeWords(type: string): string {
  const name = type.slice(type.lastIndexOf('.') + 1).replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return word(name.charAt(0).toUpperCase() + name.slice(1));
}
