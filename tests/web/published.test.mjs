// A report is published from its page, and the page says whether its figures are still those.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before } from 'node:test';
import { facts, goTo, isSound, journey, open, settled, shoot, visit } from './browser.mjs';

const [program, ...options] = facts.cli;
let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

journey('a report is published and shown as it was known then', async ({ language, width, name }) => {
  const page = await visit(browser, { language, width });
  await goTo(page, '/reports/2021-Q1');
  const section = page.locator('section', { has: page.locator('[data-published]') });
  await section.waitFor();
  const before = await page.locator('[data-published]').count();
  await section.locator('.button-second').last().click();
  const dialog = page.locator('dialog[open]');
  assert.equal(await dialog.locator('.actions .button-second').isDisabled(), true, 'no report is chosen');
  assert.deepEqual(await dialog.locator('select option').evaluateAll((all) => all.map(({ value }) => value)), ['', 'quarterly', 'donor', 'cpims'],
    'those that are made for a quarter');
  await dialog.locator('select').selectOption('donor');
  await shoot(page, `publish-${name}`);
  await dialog.locator('.actions .button-second').click();
  await dialog.waitFor({ state: 'detached' });
  await settled(page);
  assert.equal(await page.locator('[data-published]').count(), before + 1);
  const line = page.locator('[data-published=DIGEST_CHECK_MATCHES]').last();
  await shoot(page, `published-${name}`, section);
  await isSound(page, `published-${name}`);
  const told = JSON.parse(execFileSync(program, [...options, '--json', 'report', 'published', '2021-Q1'], { encoding: 'utf8' })).reports.at(-1);
  assert.deepEqual([told.report, told.check], ['donor', 'DIGEST_CHECK_MATCHES']);
  await line.locator('a').click();
  await settled(page);
  assert.equal(await page.locator('.scope').getAttribute('data-position'), told.knowledge.position);
  await page.context().close();
});
