// A browser on the application, and what every page must keep.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';

export const facts = JSON.parse(readFileSync(process.env.MLUP_FACTS, 'utf8'));
export const origin = `http://${facts.web}`;
export const WIDTHS = { phone: { width: 360, height: 740 }, wide: { width: 1280, height: 800 } };
export const LANGUAGES = ['km', 'en'];
const SHAPES = LANGUAGES.flatMap((language) => Object.keys(WIDTHS).map((width) => ({ language, width, name: `${language}-${width}` })));
const [KHMER_PHONE, ENGLISH_WIDE] = ['km-phone', 'en-wide'].map((name) => SHAPES.find((shape) => shape.name === name));
mkdirSync(facts.screenshots, { recursive: true });

export async function open() {
  return chromium.launch({ executablePath: facts.chromium, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

let turn = 0;

// A journey in each language at each width. Where the deep tier is not asked for: on a phone in Khmer, on a wide screen in English, or
// on one of the two in turns.
export function journey(title, go, { both = false } = {}) {
  const two = [KHMER_PHONE, ENGLISH_WIDE];
  const shapes = process.env.MLUP_DEEP ? SHAPES : both ? two : [two[turn++ % 2]];
  for (const shape of shapes) test(`${shape.name}: ${title}`, () => go(shape));
}

function cookiesOf(actor) {
  return [{ name: 'mlup_session', value: facts.sessions[actor] }, { name: 'mlup_role', value: `${actor.split('/')[1]}/mro` }];
}

// A call over Connect, beside the pages.
export async function call(actor, method, request) {
  const response = await fetch(`${origin}/mlup.${method}`, {
    method: 'POST', body: JSON.stringify(request),
    headers: { 'Content-Type': 'application/json', Cookie: cookiesOf(actor).map(({ name, value }) => `${name}=${value}`).join('; ') },
  });
  const answer = await response.json();
  assert.ok(response.ok, `${method}: ${JSON.stringify(answer)}`);
  return answer;
}

// A page of its own, in a language, at a width, as an actor. Errors of the page, and what its policy forbids, are kept.
export async function visit(browser, { language = 'en', width = 'wide', actor = 'staff-dir-1/director', ...more } = {}) {
  const context = await browser.newContext({ viewport: WIDTHS[width], locale: language === 'km' ? 'km-KH' : 'en-GB', ...more });
  // Nobody where there is no actor.
  if (actor) await context.addCookies(cookiesOf(actor).map((cookie) => ({ ...cookie, url: origin, httpOnly: true, sameSite: 'Strict' })));
  await context.addInitScript((chosen) => localStorage.setItem('mlup.language', chosen), language);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) page.faults.push(message.text());
  });
  return page;
}

export async function goTo(page, path) {
  await page.goto(origin + path);
  await settled(page);
}

// Nothing is on its way any more.
export async function settled(page) {
  await page.waitForFunction(() => document.querySelector('h1, .notice') && !document.querySelector(':is(.waiting, .is-waiting):not(.samples *)'));
}

// Nothing wider than the page, nothing under something else, nothing that axe finds; axe takes seconds, so that what stands beside a
// page's main view is shown to it where the deep tier is asked for. What `seen` holds to the byte axe has seen before,
// in this language at this width.
export async function isSound(page, name, { beside = false, seen } = {}) {
  const overflow = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return '';
    const wide = [...document.querySelectorAll('main *')].find((element) => element.getBoundingClientRect().right > width + 1 && !element.closest('.scroll'));
    return `${document.documentElement.scrollWidth} > ${width}: ${wide?.outerHTML.slice(0, 200)}`;
  });
  assert.equal(overflow, '', `${name}: wider than the page`);
  assert.deepEqual(page.faults, [], name);
  if (beside && !process.env.MLUP_DEEP) return;
  if (seen) {
    const view = await page.evaluate(() => [...document.querySelectorAll('main > :not(footer)')].map((element) => element.outerHTML).join(''));
    if (seen.has(view)) return;
    seen.add(view);
  }
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`), [], name);
}

// The beginning of the page, or what begins with `from`: all of a long one would be too small to be looked at.
export async function shoot(page, name, from) {
  const { width } = page.viewportSize();
  const y = from ? await from.evaluate((element) => element.getBoundingClientRect().top + window.scrollY) : 0;
  const height = await page.evaluate((top) => Math.min(1400, document.documentElement.scrollHeight - top), y);
  await page.screenshot({ path: `${facts.screenshots}/${name}.png`, fullPage: true, clip: { x: 0, y, width, height } });
}

// What a screen shows; the README's pictures are two of these.
export async function show(page, name) {
  await page.screenshot({ path: `${facts.screenshots}/${name}.png` });
}

// Arabic digits for Khmer ones.
export function arabic(text) {
  return text.replace(/[\u17e0-\u17e9]/g, (digit) => String(digit.charCodeAt(0) - 0x17e0));
}
