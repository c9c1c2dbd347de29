// Whatever a person can write is text on every page, whatever it looks like.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, facts, goTo, LANGUAGES, open, settled, visit } from './browser.mjs';
import { consume } from './group.mjs';

let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

const codes = [...new Set(facts.reports[''].rows.map(({ code }) => code))];

// What runs on a page, or is markup there; and how many of the texts stand on it.
async function lookAt(page, what) {
  assert.equal(await page.evaluate(() => window.hit), undefined, what);
  assert.equal(await page.locator('main :is(img, script, iframe, object, style, form[action])').count(), 0, what);
  assert.deepEqual(page.faults, [], what);
  return (await page.locator('main').innerText()).split('onerror').length - 1;
}

test('hostile texts run nowhere', { timeout: 1_200_000 }, async () => {
  let seen = 0;
  for (const language of LANGUAGES) {
    const page = await visit(browser, { language, actor: 'staff-cm-1/case_manager' });
    page.on('dialog', (dialog) => page.faults.push(`dialog: ${dialog.message()}`));
    const look = async (what) => {
      seen += await lookAt(page, what);
    };
    await goTo(page, '/reports/2021-Q1?parts=all');
    await look('report');
    for (const code of codes) {
      await goTo(page, `/reports/2021-Q1/${code}`);
      await look(code);
    }
    await goTo(page, `/people/${facts.child}`);
    await page.selectOption('main select', 'case_review');
    await page.click('button[type=submit]');
    await page.waitForSelector('.entry');
    await settled(page);
    await look('history');
    const text = encodeURIComponent('<img src=x onerror=window.hit=1>');
    for (const path of [`/reports/${text}`, `/reports/2021-Q1/${text}?dimension=${text}&member=${text}`, `/reports/2021-Q1?search=${text}&known=${text}`,
      `/people/${text}`, `/accounts/${text}`, `/bus?category=${text}&from=${text}&stream=${text}`, `/${text}`]) {
      await goTo(page, path);
      await look(path);
    }
    await page.context().close();
  }
  console.log(`# hostile texts shown: ${seen}`);
  assert.ok(seen > 50, String(seen));
});

test('what other systems and consumers call themselves is text', { timeout: 300_000 }, async () => {
  const actor = 'staff-mel-1/mel_officer';
  await call(actor, 'bus.v1.GroupService/CreateGroup', { definition: { name: facts.hostile, target: { filter: { categories: ['case'] } } } });
  let aside = 1;
  const leave = consume(actor, facts.hostile, facts.hostile, () => (aside-- > 0 ? { action: 'PARK', reason: facts.hostile } : 'ack'));
  for (const language of LANGUAGES) {
    const page = await visit(browser, { language, actor });
    page.on('dialog', (dialog) => page.faults.push(`dialog: ${dialog.message()}`));
    await goTo(page, '/bus');
    const group = page.locator('[data-group]');
    await group.locator('> .actions > button').last().click();
    await group.locator('.letters > li').waitFor();
    for (const summary of await page.locator('main details > summary').all()) await summary.click();
    // The group, its consumer, why it put an event aside, and the subscriber.
    assert.ok(await lookAt(page, 'bus') >= 4);
    await page.context().close();
  }
  await leave();
});
