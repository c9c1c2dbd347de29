// A figure over the quarters: drawn, and as a table that says what the command line says of each quarter.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before } from 'node:test';
import { promisify } from 'node:util';
import { facts, goTo, isSound, journey, open, settled, shoot, visit } from './browser.mjs';

// Of each a cut; the second has gaps.
const FIGURES = [['cases_open', ''], ['children_newly_opened', '2021-04-22']];
const [program, ...options] = facts.cli;
let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

async function valueAt(figure, quarter, day) {
  const { stdout } = await promisify(execFile)(program, [...options, '--json', 'report', 'quarterly', quarter, ...(day ? ['--as-known-at', day] : [])]);
  return JSON.parse(stdout).rows.find(({ code, dimension }) => code === figure && !dimension)?.value ?? '';
}

journey('a figure is seen over the quarters, in a chart and a table that say the same', async ({ language, width, name }) => {
  const page = await visit(browser, { language, width });
  const scripts = [];
  page.on('response', (response) => scripts.push(response.url()));
  for (const [figure, day] of FIGURES) {
    await goTo(page, `/reports/2021-Q1/${figure}${day ? `?known=${day}` : ''}`);
    const before = scripts.length;
    await page.locator('[data-over-quarters] summary').click();
    await page.waitForSelector('[data-series] svg[role=img]');
    await settled(page);
    if (!day) assert.ok(scripts.slice(before).some((url) => url.endsWith('.js')), 'what draws it comes when it is wanted');
    const shown = await page.locator('[data-quarter]').evaluateAll((rows) => rows.map(({ dataset }) => [dataset.quarter, dataset.value]));
    assert.equal(shown.length, 12);
    const told = await Promise.all(shown.map(async ([quarter]) => [quarter, await valueAt(figure, quarter, day)]));
    assert.deepEqual(shown, told, `${figure} as known ${day || 'now'}`);
    const numbers = shown.filter(([, value]) => value !== '');
    assert.ok(numbers.length > 2, JSON.stringify(numbers));
    // The line begins anew behind each gap.
    const runs = shown.filter(([, value], i) => value !== '' && (shown[i - 1]?.[1] ?? '') === '').length;
    const line = await page.locator('[data-series] svg [data-part=line] path').getAttribute('d');
    assert.equal(line.split('M').length - 1, runs, line);
    // A point for each number, none for what has none, and higher where the number is.
    const points = await page.locator('[data-series] svg circle').evaluateAll((circles) => circles.map((circle) => circle.cy.baseVal.value));
    assert.equal(points.length, numbers.length);
    const order = (list, of) => list.map((_, i) => i).sort((a, b) => of(list[a]) - of(list[b]) || a - b);
    assert.deepEqual(order(points, (y) => -y), order(numbers, ([, value]) => Number(value)));
    await shoot(page, `series-${figure}-${name}`, page.locator('[data-over-quarters]'));
  }
  if (language === 'km') assert.doesNotMatch(await page.locator('[data-series]').innerText(), /[0-9A-Za-z]/);
  await isSound(page, `series-${name}`);
  await page.locator('[data-quarter="2020-Q2"] a').click();
  await page.waitForURL(/reports\/2020-Q2\/.*known=2021-04-22/);
  assert.deepEqual(page.faults, []);
  await page.context().close();
}, { both: true });
