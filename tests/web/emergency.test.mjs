// Emergency access from a page: begun where a history was refused, for one case and a time, told to who supervises, and over by itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before } from 'node:test';
import { arabic, call, facts, goTo, isSound, journey, open, settled, shoot, visit } from './browser.mjs';

const DIRECTOR = 'staff-dir-1/director';
const MINUTE_MS = 60_000;
const [program, ...options] = facts.cli;
let browser;
let own;
let other;
before(async () => {
  browser = await open();
  // The child's case, and one that is about somebody else.
  const { records } = await call('auditor-1/auditor', 'log.v1.EventStore/ReadAll', { fromPosition: 1, direction: 'DIRECTION_FORWARD', filter: { categories: ['case'] }, limit: 1024 });
  const concerns = ({ event }) => (event.subjects ?? []).some(({ subjectId }) => subjectId === facts.child);
  own = records.find(concerns).stream.slice('case/'.length);
  other = records.find(({ stream }) => !records.some((record) => record.stream === stream && concerns(record))).stream.slice('case/'.length);
});
after(async () => {
  await browser.close();
});

// Somebody who works with no child yet, signed in.
async function signedIn(page, name) {
  const { initial_password: initial } = JSON.parse(execFileSync(program,
    [...options, '--json', 'accounts', 'open', name, '--display-name', 'Dara', '--role', 'case_manager', '--scope', 'own_caseload'], { encoding: 'utf8' }));
  const send = async (...texts) => {
    for (const [i, text] of texts.entries()) await page.locator('main form.ask input').nth(i).fill(text);
    await page.click('main form.ask button[type=submit]');
  };
  await page.waitForSelector('[autocomplete=username]');
  await send(name, initial);
  await page.waitForSelector('[autocomplete=new-password]');
  await send(initial, facts.password, facts.password);
  await page.waitForSelector('[autocomplete=new-password]', { state: 'detached' });
  await settled(page);
}

async function ask(page, id) {
  const form = page.locator('main form.ask').first();
  await form.locator('input[type=text]').fill(id);
  await form.locator('select').selectOption('case_review');
  await form.locator('button[type=submit]').click();
  await settled(page);
}

const waiting = async (name) => ((await call(DIRECTOR, 'identity.v1.SignInService/ListEmergencyAccesses', {})).accesses ?? []).filter(({ of }) => of === name);

journey(`a history that is refused is read in an emergency, for one case and a time, and is gone then`, async ({ language, width, name }) => {
  const actor = `staff-emergency-${name}`;
  const page = await visit(browser, { language, width, actor: '' });
  await page.clock.install();
  await goTo(page, `/people/${facts.child}`);
  await signedIn(page, actor);
  await ask(page, facts.child);
  assert.match(await page.locator('.notice-bad .code').innerText(), /OUT_OF_SCOPE/);
  const form = page.locator('[data-begin-emergency]');
  await form.locator('summary').click();
  const button = form.locator('.button-main');
  assert.equal(await button.isDisabled(), true, 'without a reason');
  await form.locator('select').nth(0).selectOption('child_in_danger');
  await shoot(page, `emergency-ask-${name}`);
  await isSound(page, `emergency-ask-${name}`, { beside: true });
  // The child is no case: nothing has begun, and the page says what is wrong.
  await button.click();
  await form.locator('.notice-bad').waitFor();
  assert.match(await form.locator('.notice-bad .code').innerText(), /RECORD_UNKNOWN/);
  assert.deepEqual(await waiting(actor), []);
  await form.locator('input[type=text]').fill(own);
  await form.locator('select').nth(1).selectOption('30');
  const asked = await page.evaluate(() => Date.now());
  await button.click();
  await page.waitForSelector('.entry');
  const until = Number(await page.locator('[data-emergency-until]').getAttribute('data-emergency-until'));
  assert.ok(until >= asked + 30 * MINUTE_MS && until < asked + 31 * MINUTE_MS, `${until - asked}`);
  const local = new Date(until + 7 * 60 * MINUTE_MS).toISOString().slice(11, 16);
  assert.ok(arabic(await page.locator('[data-emergency-until]').innerText()).includes(local), local);
  assert.ok(await page.locator('.entry').count() >= 10);
  await shoot(page, `emergency-read-${name}`);
  await isSound(page, `emergency-read-${name}`);
  // Whoever supervises has it, and the reading is on record as what it was.
  const [told] = await waiting(actor);
  assert.deepEqual([told.begun.caseId, told.begun.minutes, told.begun.reason], [own, 30, 'child_in_danger']);
  assert.ok(Math.abs(Date.parse(told.endsAt) - until) < MINUTE_MS, `${told.endsAt} ${new Date(until).toISOString()}`);
  const { accesses } = await call('auditor-1/auditor', 'audit.v1.AuditService/ListAccesses', { readerId: actor });
  // Beside them may stand an alarm: at night, say.
  const readings = accesses.filter(({ alarm }) => !alarm).map(({ result, inEmergency = false }) => [result, inEmergency]);
  assert.deepEqual(readings, [['ACCESS_RESULT_SERVED', true], ['ACCESS_RESULT_REFUSED', false]]);
  // It is for reading: no file of it is taken away.
  assert.equal(await page.locator('main .actions .button-second').count(), 1);
  // Elsewhere and back again, by the child: the page says still until when. The record of somebody else is refused, and there is no second access.
  await page.locator('nav a[href="/audit"]').click();
  await settled(page);
  await page.locator('nav a[href="/people"]').click();
  await settled(page);
  await ask(page, facts.child);
  await page.waitForSelector('.entry');
  assert.equal(Number(await page.locator('[data-emergency-until]').getAttribute('data-emergency-until')), until);
  await page.locator('main p > .button-link').last().click();
  await ask(page, other);
  await form.locator('summary').click();
  assert.equal(await form.locator('input[type=text]').inputValue(), other);
  await form.locator('select').nth(0).selectOption('child_missing');
  await button.click();
  await form.locator('.notice-bad').waitFor();
  assert.match(await form.locator('.notice-bad .code').innerText(), /EMERGENCY_UNREVIEWED/);
  await shoot(page, `emergency-again-${name}`);
  await page.locator('main p > .button-link').last().click();
  await ask(page, own);
  await page.waitForSelector('.entry');
  // Half an hour later it has left the page by itself.
  await page.clock.fastForward(29 * MINUTE_MS);
  assert.ok(await page.locator('.entry').count() > 0);
  await page.clock.fastForward(2 * MINUTE_MS);
  await page.locator('.entry').first().waitFor({ state: 'detached' });
  assert.equal(await page.locator('[data-emergency-until]').count(), 0);
  await page.locator('main .notice-warn').first().waitFor();
  await shoot(page, `emergency-over-${name}`);
  await isSound(page, `emergency-over-${name}`, { beside: true });
  // The daemon keeps its own time; a review ends it there as well.
  await call(DIRECTOR, 'identity.v1.IdentityService/Record', {
    context: { requestId: `reviewed-${actor}`, channel: 'CHANNEL_WEB', occurred: { precision: 'PRECISION_UNKNOWN' } },
    facts: [{
      stream: `account/${(await call('staff-adm-9/administrator', 'identity.v1.SignInService/ListAccounts', {})).accounts.find(({ of }) => of === actor).accountId}`,
      emergencyAccessReviewed: { accessId: told.begun.accessId, outcome: 'EMERGENCY_REVIEW_JUSTIFIED', reason: 'child_was_in_danger' },
    }],
  });
  await ask(page, own);
  assert.match(await page.locator('.notice-bad .code').innerText(), /OUT_OF_SCOPE/);
  assert.equal(await page.locator('.entry').count(), 0);
  assert.deepEqual(page.faults, []);
  await page.context().close();
}, { both: true });
