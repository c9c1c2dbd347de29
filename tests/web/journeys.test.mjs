// Each page's main journey, on a phone and on a wide screen, in Khmer and in English.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { arabic, call, facts, goTo, isSound, journey, open, settled, shoot, show, visit } from './browser.mjs';

let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

const rowsOf = (day) => facts.reports[day].rows;
const cellOf = (row) => (row.dimension ? `${row.code}{${row.dimension}=${row.member}}` : row.code);
const [program, ...options] = facts.cli;
const mlup = (...words) => JSON.parse(execFileSync(program, [...options, '--json', ...words], { encoding: 'utf8' }) || '{}');
const changedSince = (day) => mlup('report', 'quarterly', '2021-Q1', '--since', day).rows;
const valueOf = (day, code) => rowsOf(day).find((row) => row.code === code && !row.dimension).value;

journey(`from the periods to a figure and its events`, async ({ language, width, name }) => {
  const page = await visit(browser, { language, width });
  await goTo(page, '/');
  await shoot(page, `reports-${name}`);
  await isSound(page, `reports-${name}`);
  await page.click('a[href="/reports/2021-Q1"]');
  await settled(page);
  await goTo(page, '/reports/2021-Q1?known=2021-04-22');
  await page.waitForSelector('[data-cell="committee_attendances"]');
  await shoot(page, `report-${name}`);
  await show(page, `web-report-${name}`);
  await isSound(page, `report-${name}`);
  const link = page.locator('[data-cell="committee_attendances"]').first();
  assert.equal(arabic(await link.innerText()).match(/\d+/)[0], valueOf('2021-04-22', 'committee_attendances'));
  await link.click();
  await settled(page);
  await page.waitForSelector('.event');
  assert.equal(await page.locator('.event').count(), 7);
  // Days are ours: the browser knows none in Khmer.
  const scope = await page.locator('.scope').innerText();
  assert.ok(scope.includes(language === 'km' ? '២២ មេសា ២០២១' : '22 April 2021'), scope);
  // Nothing of the page's own words is in the other language.
  if (language === 'km') assert.doesNotMatch(await page.locator('main h2, main dt, .tag, nav').allInnerTexts().then((all) => all.join()), /[A-Za-z]{3}/);
  await shoot(page, `figure-${name}`);
  await show(page, `web-figure-${name}`);
  await isSound(page, `figure-${name}`);
  await page.context().close();
}, { both: true });

journey(`a newcomer goes from the way in to the event that changed a figure, as the README says`, async ({ language, width, name }) => {
  const page = await visit(browser, { language, width, actor: '' });
  const began = Date.now();
  await goTo(page, '/');
  for (const [i, text] of ['staff-dir-1', facts.password].entries()) await page.locator('main form.ask input').nth(i).fill(text);
  await page.click('main form.ask button[type=submit]');
  await page.click('a[href="/reports/2021-Q1"]');
  const slider = page.locator('input[type=range]');
  const days = (await call('staff-dir-1/director', 'reports.v1.ReportService/ListKnowledgeDays', { period: '2021-Q1' })).days.map(({ day }) => day);
  await slider.fill(String(days.findLastIndex((day) => day <= '2021-04-22')));
  await page.waitForURL(/known=/);
  await settled(page);
  const choose = (i) => page.locator('.controls .actions .button-second').nth(i).click();
  await choose(0);
  await choose(1);
  await page.locator('tr', { has: page.locator('[data-cell="youth_support_members_engaged"]') }).locator('.why-link').click();
  const event = page.locator('[data-since] .event').first();
  await event.waitFor();
  console.log(`# a newcomer's way: ${Date.now() - began} ms of the machine`);
  await page.context().close();
});

journey(`the knowledge day is a slider, and two days stand side by side`, async ({ language, width, name }) => {
  const page = await visit(browser, { language, width });
  await goTo(page, '/reports/2021-Q1?known=2021-04-22&against=');
  await page.waitForSelector('[data-cell="youth_support_members_engaged"]');
  const both = page.locator('[data-cell="youth_support_members_engaged"]');
  assert.deepEqual([await both.nth(0).getAttribute('data-value'), await both.nth(1).getAttribute('data-value')],
    [valueOf('2021-04-22', 'youth_support_members_engaged'), valueOf('', 'youth_support_members_engaged')]);
  await shoot(page, `compare-${name}`);
  await isSound(page, `compare-${name}`, { beside: true });
  // Only what differs, and as a file.
  await page.locator('.controls .actions .button-second').nth(1).click();
  await page.waitForURL(/only=changed/);
  const told = changedSince('2021-04-22').map(cellOf);
  await page.locator('.controls .actions .button-second').nth(2).click();
  await page.waitForURL(/parts=all/);
  const shown = await page.locator('tr.differs > td:nth-of-type(2) [data-cell]').evaluateAll((links) => links.map((link) => link.dataset.cell));
  assert.deepEqual(told.filter((cell) => !shown.includes(cell)), [], 'a figure that the command line says has changed');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('main > div > .actions .button-second').nth(1).click()]);
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
  assert.equal(lines.length - 1, await page.locator('.report tbody tr').count(), 'what is seen, and nothing else');
  assert.match(lines[0], /beside_value/);
  assert.ok(lines.some((line) => line.includes('youth_support_members_engaged')));
  await shoot(page, `changed-${name}`);
  // Why it changed: the events that the command line names.
  await page.locator('tr', { has: page.locator('[data-cell="youth_support_members_engaged"]') }).locator('.why-link').click();
  await page.waitForSelector('[data-since="2021-04-22"] .event');
  const because = await page.locator('[data-since] > ul a').evaluateAll((links) => links.map((link) => new URL(link.href).searchParams.get('from')));
  assert.deepEqual(because, changedSince('2021-04-22').find((row) => cellOf(row) === 'youth_support_members_engaged').restated_by.map(String));
  await shoot(page, `why-${name}`);
  await isSound(page, `why-${name}`, { beside: true });
  await goTo(page, '/reports/2021-Q1?known=2021-04-22&against=');
  const slider = page.locator('input[type=range]').first();
  await slider.focus();
  await page.keyboard.press('Home');
  await page.waitForURL(/known=(?!2021-04-22)/);
  await settled(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

journey('a history is read as of a day, and walked step by step', async ({ language, width, name }) => {
  const page = await visit(browser, { language, width, actor: 'staff-cm-1/case_manager' });
  const read = async (cut) => {
    await goTo(page, `/people/${facts.child}`);
    await page.selectOption('main select', 'case_review');
    await page.click('[data-cut] summary');
    if (cut.known) await page.locator('[data-cut] input[type=date]').first().fill(cut.known);
    if (cut.steps) await page.check('[data-cut] input[type=checkbox]');
    await page.click('button[type=submit]');
    await page.waitForSelector('.entry');
    return page.locator('.entry').count();
  };
  const all = await read({ steps: true });
  const steps = page.locator('[data-step]');
  const { entries } = await call('staff-cm-1/case_manager', 'audit.v1.AuditService/GetCaseHistory', { id: facts.child, purpose: 'case_review', withStates: true, pageSize: 500 });
  const positions = entries.map(({ position }) => Number(position)).sort((a, b) => a - b);
  assert.equal(Number(await steps.getAttribute('data-step')), positions.at(-1), 'the walk begins at the last entry');
  await shoot(page, `steps-${name}`, steps);
  await isSound(page, `steps-${name}`, { beside: true });
  for (let back = positions.length - 2; back >= 0; --back) {
    await steps.locator('.slider .button').first().click();
    const here = entries.find(({ position }) => Number(position) === positions[back]);
    assert.equal(await steps.getAttribute('data-step'), here.position);
    // What held, and what had just ended.
    assert.equal(await steps.locator('.facts dd').count() - await steps.locator('.facts dd .change > del:only-child').count(), (here.state ?? []).length, here.position);
  }
  assert.equal(await steps.locator('.slider .button').first().isDisabled(), true, 'nothing stands before the first');
  // Of a day in the past there is less, and the address keeps the day and not the purpose.
  const half = entries.map(({ knownAt }) => knownAt).sort()[Math.floor(entries.length / 2)].slice(0, 10);
  const some = await read({ known: half });
  assert.ok(some > 0 && some < all, `${some} of ${all} entries`);
  assert.equal(new URL(page.url()).search, `?known=${half}`);
  const said = await call('staff-cm-1/case_manager', 'audit.v1.AuditService/GetCaseHistory', { id: facts.child, purpose: 'case_review', asKnownAt: half, pageSize: 500 });
  assert.equal(some, said.entries.length);
  // What is masked opens as of that day too.
  await page.locator('[data-reveal]').first().locator('.button-second').click();
  await page.locator('dialog[open] select').selectOption('supervision');
  const asked = page.waitForRequest((request) => request.url().endsWith('/GetCaseHistory'));
  await page.locator('dialog[open] .actions .button-second').click();
  const { asKnownAt, revealSpecial } = (await asked).postDataJSON();
  assert.deepEqual([asKnownAt, revealSpecial], [half, true]);
  await shoot(page, `as-of-${name}`);
  await isSound(page, `as-of-${name}`, { beside: true });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

journey(`a history is asked for with a purpose, recorded, and downloaded as a proof that is checked here`, async ({ language, width, name }) => {
  // What is masked, once more than the demonstration has it.
  await call('staff-cm-1/case_manager', 'cases.v1.CaseService/Record', {
    context: { requestId: `disability-${name}`, channel: 'CHANNEL_WEB', occurred: { precision: 'PRECISION_UNKNOWN' } },
    facts: [{ stream: `person/${facts.child}`, disabilityRecorded: { person: { personId: facts.child, disability: 'DISABILITY_NO', washingtonGroupDomains: ['none'] } } }],
  });
  const page = await visit(browser, { language, width, actor: 'staff-cm-1/case_manager' });
  await goTo(page, `/people/${facts.child}`);
  await shoot(page, `ask-${name}`);
  await isSound(page, `ask-${name}`, { beside: true });
  await page.click('button[type=submit]');
  assert.equal(await page.locator('.notice-bad').count(), 1);
  await page.selectOption('main select', 'case_review');
  await page.click('button[type=submit]');
  await page.waitForSelector('.entry');
  assert.ok(await page.locator('.entry').count() >= 18);
  await shoot(page, `history-${name}`);
  await isSound(page, `history-${name}`);
  // What is masked opens one entry at a time, each for a reason that is recorded.
  const masked = page.locator('[data-reveal]');
  const count = await masked.count();
  assert.ok(count >= 2, `${count} masked entries`);
  await masked.first().locator('.button-second').click();
  await page.locator('dialog[open] select').selectOption('supervision');
  await isSound(page, `reveal-${name}`, { beside: true });
  await page.locator('dialog[open] .actions .button-second').click();
  await page.waitForFunction((before) => document.querySelectorAll('[data-reveal]').length === before - 1, count);
  const { accesses } = await call('staff-cm-1/case_manager', 'audit.v1.AuditService/ListAccesses', { personId: facts.child, pageSize: 2 });
  assert.deepEqual(accesses.map(({ revealsSpecial = false }) => revealsSpecial), [true, false]);
  assert.ok((await page.locator('.entry .tag-warn').allInnerTexts()).some((text) => arabic(text).includes(accesses[0].position)), 'where it is recorded');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('main .button-second').first().click()]);
  const bundle = readFileSync(await download.path());
  await goTo(page, '/audit');
  // Without the server.
  await page.context().setOffline(true);
  await page.fill('[data-keys]', facts.key);
  await page.setInputFiles('#bundle', { name: 'child.bundle', mimeType: 'application/octet-stream', buffer: bundle });
  await page.waitForSelector('[data-verdict=GENUINE]');
  await page.context().setOffline(false);
  await shoot(page, `audit-${name}`);
  await isSound(page, `audit-${name}`);
  bundle[bundle.length - 5] ^= 1;
  await page.setInputFiles('#bundle', { name: 'other.bundle', mimeType: 'application/octet-stream', buffer: bundle });
  await page.waitForSelector('[data-verdict=INCLUSION_WRONG]');
  await page.context().close();
});

journey(`who is on record already is searched for in both scripts, on record, and opened`, async ({ language, width, name }) => {
  const page = await visit(browser, { language, width, actor: 'staff-cm-1/case_manager' });
  await goTo(page, '/people');
  await page.click('[data-search] summary');
  await page.click('[data-search] button[type=submit]');
  await page.waitForSelector('[data-search] .notice-bad');
  await page.locator('[data-search] input').first().fill('Khav Sorasi');
  await page.click('[data-search] button[type=submit]');
  await page.waitForSelector('[data-search] .entry');
  assert.match(await page.locator('[data-search] .entry strong').first().innerText(), /Khav Sorasey/);
  await shoot(page, `search-${name}`);
  await isSound(page, `search-${name}`);
  const { accesses } = await call('staff-cm-1/case_manager', 'audit.v1.AuditService/ListAccesses', { readerId: 'staff-cm-1', pageSize: 1 });
  assert.ok(accesses[0].bySearch, 'the search is on record');
  await page.locator('[data-search] .entry strong a').first().click();
  await page.waitForURL(/\/people\/[0-9a-f-]{36}/);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

journey(`one signs in, chooses a password and a role, signs out, and what ends elsewhere is gone`, async ({ language, width, name }) => {
  const actor = `staff-new-${name}`;
  const { initial_password: initial } = mlup('accounts', 'open', actor, '--display-name', 'Dara', '--role', 'mel_officer', '--role', 'auditor', '--scope', 'all');
  const page = await visit(browser, { language, width, actor: '' });
  const send = async (...texts) => {
    for (const [i, text] of texts.entries()) await page.locator('main form.ask input').nth(i).fill(text);
    await page.click('main form.ask button[type=submit]');
  };
  await goTo(page, '/bus');
  await page.waitForSelector('main form.ask');
  await shoot(page, `sign-in-${name}`);
  await isSound(page, `sign-in-${name}`);
  await send(actor, 'not the password');
  await page.waitForSelector('.notice-bad');
  await isSound(page, `sign-in-refused-${name}`, { beside: true });
  await send(actor, initial);
  await page.waitForSelector('[autocomplete=new-password]');
  await isSound(page, `password-${name}`, { beside: true });
  await send(initial, facts.password, facts.password);
  await page.waitForSelector('main form.ask', { state: 'detached' });
  await settled(page);
  assert.equal(await page.locator('.who option').count(), 2);
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
  assert.ok(!await page.evaluate(() => document.cookie));
  // As an auditor one sees no bus.
  await page.selectOption('.who select', '1');
  await page.waitForFunction(() => document.querySelector('.who select').value === '1');
  await page.click('.who button');
  await page.waitForSelector('main form.ask');
  await send(actor, facts.password);
  await page.waitForSelector('.who select');
  mlup('sessions', 'revoke', '--all-of', actor);
  const began = Date.now();
  await page.waitForSelector('main form.ask');
  console.log(`# gone ${Date.now() - began} ms after the session ended elsewhere`);
  await page.waitForSelector('.notice-warn');
  await isSound(page, `ended-${name}`, { beside: true });
  await page.context().close();
});

test('the first load is small, its fonts among it', async () => {
  const page = await visit(browser, { language: 'km', width: 'phone' });
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  let bytes = 0;
  client.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await goTo(page, '/');
  await page.waitForSelector('a[href="/reports/2021-Q1"]');
  await page.evaluate(() => document.fonts.ready);
  console.log(`# first load: ${bytes} bytes`);
  assert.ok(bytes > 50_000 && bytes <= 120_000, `${bytes} bytes`);
  await page.context().close();
});
