// The bus: what does not move and why, what a person does about it, the events, and the same from a shell.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { arabic, call, facts, goTo, isSound, journey, open, origin, settled, shoot, show, visit } from './browser.mjs';
import { consume } from './group.mjs';

const ACTOR = 'staff-mel-1/mel_officer';
let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

// The lines that a page shows, run as they stand; the last one's answer.
function fromShell(signIn, line) {
  const folder = mkdtempSync(join(tmpdir(), 'mlup-web-'));
  try {
    const run = (words, input) => execFileSync('bash', ['-c', words], { cwd: folder, input, encoding: 'utf8' });
    run(signIn, JSON.stringify({ name: ACTOR.split('/')[0], password: facts.password }));
    return JSON.parse(run(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function shellOf(section) {
  await section.locator('.from-shell > summary').click();
  const [signIn, line] = await section.locator('.from-shell pre').allInnerTexts();
  return fromShell(signIn, line);
}

// Looks until it is so; the page asks again by itself.
async function until(what, holds) {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) if (await holds()) return;
  assert.fail(`not in time: ${what}`);
}

// Which is an event too.
const signIn = () => fetch(`${origin}/session`, {
  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'staff-tr-1', password: facts.password }),
});

const reportOf = async (id) => (await call(ACTOR, 'sharing.v1.SharingService/ListSubscribers', {})).subscribers.find((one) => one.subscriberId === id);

journey(`an event that is not taken is seen, tried again, and given up with a reason`, async ({ language, width, name }) => {
  await until('the relay has seen everything', async () => {
    const [way] = (await reportOf('partner')).paths ?? [];
    return way?.deadLetters > 1 && Number(way.inFlight ?? 0) === 0;
  });
  const page = await visit(browser, { language, width, actor: ACTOR });
  await goTo(page, '/bus');
  const way = page.locator('[data-subscriber=partner] [data-way=webhook]');
  const buttons = way.locator('.actions > button');
  await buttons.nth(0).click();
  await way.locator('[role=status]').first().waitFor();
  assert.match(arabic(await way.locator('[role=status]').first().innerText()), /\d+ ms/);
  const told = (await reportOf('partner')).paths.find(({ path }) => path === 'webhook');
  await buttons.nth(2).click();
  const letters = way.locator('.letters > li');
  await letters.first().waitFor();
  assert.equal(await letters.count(), Number(told.deadLetters));
  await shoot(page, `bus-${name}`);
  await shoot(page, `letters-${name}`, way);
  await isSound(page, `bus-${name}`);
  // Again, and it is refused again.
  await letters.first().locator('.actions > button').first().click();
  const answered = told.failures;
  await until('it was tried again', async () => Number((await reportOf('partner')).paths.find(({ path }) => path === 'webhook').failures) > Number(answered));
  await until('it is put aside again', async () => await letters.count() === Number(told.deadLetters));
  const first = await letters.first().innerText();
  await letters.first().locator('.actions > button').nth(1).click();
  const dialog = page.locator('dialog[open]');
  assert.equal(await dialog.locator('.button-second').isDisabled(), true, 'without a reason');
  await show(page, `skip-${name}`);
  await isSound(page, `skip-${name}`, { beside: true });
  await dialog.locator('select').selectOption('not_wanted_there');
  await dialog.locator('.button-second').click();
  await dialog.waitFor({ state: 'detached' });
  await until('it is gone from the list', async () => await letters.first().innerText() !== first);
  await buttons.nth(3).click();
  await until('who gave it up is told', async () => (await letters.allInnerTexts()).some((text) => text.includes('staff-mel-1')));
  // From the beginning again.
  await buttons.nth(1).click();
  await dialog.locator('input').fill('0');
  await dialog.locator('.button-second').click();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

journey(`a group's consumers and what they put aside are seen; it is handed out again, dropped, and goes on`, async ({ language, width, name }) => {
  const group = `group of ${name}`;
  await call(ACTOR, 'bus.v1.GroupService/CreateGroup', { definition: { name: group, target: { filter: { categories: ['case', 'account'] } }, settings: { retriesMax: 0 } } });
  const seen = [];
  let aside = 2;
  let stops = false;
  const leave = consume(ACTOR, group, 'consumer <b>1</b>', ({ position }) => {
    seen.push(position);
    if (stops) {
      stops = false;
      return { action: 'STOP', reason: 'the disk is full' };
    }
    return aside-- > 0 ? { action: 'PARK', reason: `cannot read ${position}` } : 'ack';
  });
  const status = async () => (await call(ACTOR, 'bus.v1.GroupService/GetGroup', { name: group })).group;
  await until('all are answered', async () => (await status()).condition === 'GROUP_CONDITION_LIVE' && (await status()).parked === 2);
  const page = await visit(browser, { language, width, actor: ACTOR });
  await goTo(page, '/bus');
  const panel = page.locator(`[data-group="${group}"]`);
  await panel.waitFor();
  assert.ok((await panel.innerText()).includes('consumer <b>1</b>'));
  await panel.locator('> .actions > button').last().click();
  const parked = panel.locator('.letters > li');
  await parked.first().waitFor();
  assert.equal(await parked.count(), 2);
  const [first] = seen;
  assert.ok((await parked.first().innerText()).includes(`cannot read ${first}`));
  await shoot(page, `group-${name}`, panel);
  await isSound(page, `group-${name}`);
  await parked.first().locator('.actions > button').first().click();
  await until('it is handed out again', () => seen.filter((position) => position === first).length === 2);
  await until('it is gone from the list', async () => await parked.count() === 1);
  await parked.first().locator('.actions > button').last().click();
  await page.locator('dialog[open] .button-second').click();
  await until('it is dropped', async () => !(await status()).parked);
  stops = true;
  await signIn();
  await until('it stopped', async () => (await status()).condition === 'GROUP_CONDITION_STALLED');
  await panel.locator('.because').waitFor();
  await until('the button is there', async () => await panel.locator('> .actions > button').count() === 1);
  await panel.locator('> .actions > button').click();
  await until('it goes on', async () => (await status()).condition === 'GROUP_CONDITION_LIVE');
  await leave();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

journey(`the events are narrowed, paged both ways, and the same from a shell`, async ({ language, width, name }) => {
  const page = await visit(browser, { language, width, actor: ACTOR });
  const positions = () => page.locator('.events tbody tr').evaluateAll((rows) => rows.map((row) => Number(row.dataset.position)));
  await goTo(page, '/bus?category=case&from=1');
  await page.waitForSelector('.events tbody tr');
  const section = page.locator('section', { has: page.locator('.events') });
  const there = await positions();
  assert.deepEqual((await shellOf(section)).records.map(({ position }) => Number(position)), there);
  assert.deepEqual(there, [...there].sort((a, b) => a - b));
  await page.locator('.events details > summary').first().click();
  assert.ok(await page.locator('.events details[open] .facts dt').count() > 5);
  await shoot(page, `events-${name}`, section);
  await isSound(page, `events-${name}`, { beside: true });
  await section.locator('> div > .button-second').click();
  await page.waitForURL(/from=(?!1&)/);
  await settled(page);
  assert.ok((await positions())[0] > there.at(-1));
  await goTo(page, '/bus?sector=YOUTH_CLUB');
  await page.waitForSelector('.events tbody tr');
  const latest = await positions();
  assert.ok(latest[0] > latest.at(-1), 'the latest first');
  const { records } = await call(ACTOR, 'log.v1.EventStore/ReadAll', { direction: 'DIRECTION_BACKWARD', filter: { sectors: ['SECTOR_YOUTH_CLUB'] }, limit: 50 });
  assert.deepEqual(latest, records.map(({ position }) => Number(position)));
  await page.context().close();
});

test('subscribers from a shell are those of the page', async () => {
  const page = await visit(browser, { actor: ACTOR });
  await goTo(page, '/bus');
  const shown = await page.locator('[data-subscriber]').evaluateAll((all) => all.map((one) => one.dataset.subscriber));
  const { subscribers } = await shellOf(page.locator('section', { has: page.locator('[data-subscriber]') }));
  assert.deepEqual(subscribers.map(({ subscriberId }) => subscriberId), shown);
  assert.ok(shown.includes('partner'));
  await page.context().close();
});
