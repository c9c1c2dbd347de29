// What waits, for whom, and what figures and balances say, each as the daemon says it.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { arabic, call, goTo, isSound, journey, open, settled, shoot, visit } from './browser.mjs';

const SERVICE = 'dashboards.v1.DashboardService';
const DIRECTOR = 'staff-dir-1/director';
let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

journey('worklists, caseloads, figures and balances are shown as they are', async ({ language, width, name }) => {
  const { worklists } = await call(DIRECTOR, `${SERVICE}/ListWorklists`, {});
  const { caseloads } = await call(DIRECTOR, `${SERVICE}/ListCaseloads`, {});
  const { panels, balances } = await call(DIRECTOR, `${SERVICE}/ListPanels`, {});
  const page = await visit(browser, { language, width });
  await goTo(page, '/dashboards');
  await page.waitForSelector('[data-worker]');
  for (const { definition, count = 0 } of worklists) {
    const text = await page.locator(`[data-worklist=${definition.code}]`).innerText();
    assert.ok(text.startsWith(definition.name[language]), `${text} is not ${definition.name[language]}`);
    assert.equal(arabic(text).match(/\n(\d+)/)[1], String(count), definition.code);
  }
  assert.equal(await page.locator('[data-worker]').count(), caseloads.length);
  await shoot(page, `dashboards-${name}`);
  await isSound(page, `dashboards-${name}`);

  const { definition, count } = worklists.find((one) => one.definition.isCaseload);
  await page.click(`[data-worklist=${definition.code}]`);
  await page.waitForSelector('[data-item]');
  assert.equal(Number(await page.locator('[data-total]').getAttribute('data-total')), count);
  assert.equal(await page.locator('[data-item]').count(), Math.min(count, 50));
  await isSound(page, `worklist-${name}`, { beside: true });
  const [{ workerId, cases }] = caseloads;
  await page.selectOption('.controls select', workerId);
  await page.waitForURL(/worker=/);
  await page.waitForFunction((all) => document.querySelector('[data-total]')?.dataset.total === String(all), cases);
  const { items } = await call(DIRECTOR, `${SERVICE}/ListWorklistItems`, { worklist: definition.code, workerId, pageSize: 50 });
  assert.deepEqual(await page.locator('[data-item]').evaluateAll((all) => all.map((one) => one.dataset.item)), items.map(({ eventId }) => eventId));
  await shoot(page, `worklist-${name}`);

  for (const { code } of panels) {
    await goTo(page, `/dashboards/panels/${code}?quarter=2021-Q1`);
    await page.waitForSelector('[data-cell]');
    const { quarters: [{ rows }] } = await call(DIRECTOR, `${SERVICE}/GetPanel`, { panel: code, quarter: '2021-Q1' });
    const shown = await page.locator('[data-cell]').evaluateAll((all) => all.map((row) => row.querySelector('td').textContent.trim()));
    assert.equal(shown.length, rows.length, code);
    rows.forEach(({ value = '' }, i) => assert.ok(arabic(shown[i]).startsWith(value), `${code}: ${shown[i]} is not ${value}`));
    await shoot(page, `panel-${code}-${name}`);
    await isSound(page, `panel-${code}-${name}`, { beside: true });
  }
  for (const { code } of balances) {
    await goTo(page, `/dashboards/balances/${code}`);
    const { total = 0 } = await call(DIRECTOR, `${SERVICE}/ListBalance`, { balance: code });
    assert.equal(Number(await page.locator('[data-total]').getAttribute('data-total')), total, code);
    await shoot(page, `balance-${code}-${name}`);
    await isSound(page, `balance-${code}-${name}`, { beside: true });
    await page.check('main input[type=checkbox]');
    await page.waitForURL(/alerts=only/);
    await settled(page);
    const { total: odd = 0 } = await call(DIRECTOR, `${SERVICE}/ListBalance`, { balance: code, alertsOnly: true });
    assert.equal(Number(await page.locator('[data-total]').getAttribute('data-total')), odd, code);
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
