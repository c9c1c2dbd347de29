// Every number of the demonstration's report, clicked at three knowledge days: value and events are what the command line says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { facts, goTo, open, settled, visit } from './browser.mjs';

const run = promisify(execFile);
const [program, ...options] = facts.cli;
let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

const cellOf = (row) => (row.dimension ? `${row.code}{${row.dimension}=${row.member}}` : row.code);
const valueWords = (row) => {
  if (row.value) return row.value;
  if (!row.why_none) return 'see the parts';
  const why = row.why_none.replaceAll('_', ' ');
  return row.planned_value ? `${why} ${row.planned_value}` : why;
};

async function positionsOf(day, row) {
  const cut = day ? ['--as-known-at', day] : [];
  const { stdout } = await run(program, [...options, '--json', 'report', 'quarterly', '2021-Q1', ...cut, '--evidence', cellOf(row)],
    { maxBuffer: 64 << 20 });
  return JSON.parse(stdout).evidence.map(({ position }) => String(position));
}

// A page for each day; while one waits for its answer, the others go on.
describe('every figure', { concurrency: facts.days.length }, () => {
  for (const day of facts.days) {
    test(`every figure as known ${day || 'now'}`, { timeout: 1_500_000 }, async () => {
      const page = await visit(browser);
      const path = `/reports/2021-Q1?parts=all${day ? `&known=${day}` : ''}`;
      await goTo(page, path);
      const { rows } = facts.reports[day];
      const shown = await page.locator('[data-cell]').evaluateAll((links) => links.map((link) => ({
        cell: link.dataset.cell, value: link.dataset.value, events: Number(link.dataset.events), text: link.firstChild.textContent,
      })));
      const told = rows.map((row) => ({ cell: cellOf(row), value: row.value ?? '', events: row.evidence_count, text: valueWords(row) }));
      assert.deepEqual(shown, told);
      for (const [i, row] of rows.entries()) {
        const expected = positionsOf(day, row);
        await page.locator('[data-cell]').nth(i).click();
        await page.waitForSelector('.figure');
        await settled(page);
        const more = page.locator('main section > .button-second');
        while (await more.count() > 0) {
          const before = await page.locator('.event').count();
          await more.click();
          await page.waitForFunction((count) => document.querySelectorAll('.event').length > count, before);
        }
        assert.equal(await page.locator('.figure').getAttribute('data-value'), row.value ?? '', cellOf(row));
        const positions = await page.locator('main section .event').evaluateAll((events) => events.map(({ dataset }) => dataset.position));
        assert.deepEqual(positions, await expected, cellOf(row));
        await page.goBack();
        await page.waitForFunction((count) => document.querySelectorAll('[data-cell]').length === count, rows.length);
      }
      assert.deepEqual(page.faults, []);
      console.log(`# ${rows.length} figures as known ${day || 'now'}: 0 differences`);
      await page.context().close();
    });
  }
});
