// Accounts: opened, granted, revoked and closed; sessions ended; one's own password; and what waits for a review.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { arabic, call, facts, goTo, isSound, journey, open, origin, settled, shoot, show, visit } from './browser.mjs';

const ADMIN = 'staff-adm-9/administrator';
let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

const accountOf = async (name) => (await call(ADMIN, 'identity.v1.SignInService/ListAccounts', {})).accounts.find(({ of }) => of === name);

// Signs in by the form; an initial password is replaced.
async function signInAs(page, name, ...passwords) {
  const send = async (...texts) => {
    for (const [i, text] of texts.entries()) await page.locator('main form.ask input').nth(i).fill(text);
    await page.click('main form.ask button[type=submit]');
  };
  await page.waitForSelector('[autocomplete=username]');
  await send(name, passwords[0]);
  if (passwords.length > 1) {
    await page.waitForSelector('[autocomplete=new-password]');
    await send(passwords[0], passwords[1], passwords[1]);
  }
  await page.waitForSelector('.who');
  await settled(page);
}

// Opens a question by its button, answers it and waits until it is closed.
async function answer(page, button, fill) {
  await button.click();
  const dialog = page.locator('dialog[open]');
  await dialog.waitFor();
  await fill(dialog);
  await dialog.locator('.actions .button-second').click();
  await dialog.waitFor({ state: 'detached' });
}

journey(`an account is opened, used, granted more, revoked, and closed`, async ({ language, width, name }) => {
  const actor = `staff-page-${name}`;
  const page = await visit(browser, { language, width, actor: ADMIN });
  await goTo(page, '/accounts');
  const table = page.locator('.accounts tbody tr');
  const before = await table.count();
  await shoot(page, `accounts-${name}`);
  await isSound(page, `accounts-${name}`);
  const section = page.locator('section', { has: page.locator('.accounts') });
  await answer(page, section.locator('> div > p > .button-second'), async (dialog) => {
    assert.equal(await dialog.locator('.actions .button-second').isDisabled(), true, 'nothing is filled in');
    await dialog.locator('input').nth(0).fill(actor);
    await dialog.locator('input').nth(1).fill('Dara <b>Sok</b> ដារ៉ា');
    await dialog.locator('select').nth(0).selectOption('mel_officer');
    await dialog.locator('select').nth(1).selectOption('all');
    await show(page, `account-open-${name}`);
    await isSound(page, `account-open-${name}`, { beside: true });
  });
  const initial = await page.locator('[data-password]').innerText();
  await page.waitForFunction((count) => document.querySelectorAll('.accounts tbody tr').length === count, before + 1);
  // The holder signs in, sees where, and changes the password.
  const own = await visit(browser, { language, width, actor: '' });
  await goTo(own, '/accounts');
  await signInAs(own, actor, initial, facts.password);
  await own.waitForSelector('[data-session]');
  assert.equal(await own.locator('.accounts').count(), 0, 'a monitoring officer sees no accounts of others');
  await shoot(own, `own-${name}`);
  await isSound(own, `own-${name}`, { beside: true });
  const other = await visit(browser, { language, width, actor: '' });
  await goTo(other, '/accounts');
  await signInAs(other, actor, facts.password);
  await goTo(own, '/accounts');
  await own.waitForFunction(() => document.querySelectorAll('[data-session]').length === 2);
  await own.locator('[data-session] .button-second').click();
  await other.waitForSelector('[autocomplete=username]', { timeout: 3_000 });
  await own.waitForFunction(() => document.querySelectorAll('[data-session]').length === 1);
  await own.locator('details', { has: own.locator('[autocomplete=new-password]') }).first().locator('summary').click();
  for (const [i, text] of [facts.password, 'another four words here', 'another four words here'].entries()) {
    await own.locator('details[open] input').nth(i).fill(text);
  }
  await own.locator('details[open] button[type=submit]').click();
  await own.waitForSelector('details[open] .notice-good');
  // More is granted, and taken again.
  await page.locator(`[data-account="${actor}"] a`).click();
  await settled(page);
  const line = page.locator('[data-role]');
  const grants = page.locator('section', { has: page.locator('[data-role]') });
  await answer(page, grants.locator('> .button-second'), async (dialog) => {
    await dialog.locator('select').nth(0).selectOption('director');
    await dialog.locator('select').nth(1).selectOption('province');
    assert.equal(await dialog.locator('.actions .button-second').isDisabled(), true, 'a province is missing');
    await dialog.locator('select').nth(2).selectOption('03');
    await dialog.locator('input').nth(2).fill('2030-12-31');
  });
  await page.waitForFunction(() => document.querySelectorAll('[data-role]').length === 2);
  const granted = (await accountOf(actor)).roles.find(({ role }) => role === 'director');
  assert.deepEqual([granted.scope, granted.province, granted.until], ['GRANT_SCOPE_PROVINCE', '03', '2030-12-31']);
  await answer(page, page.locator('[data-role=director] .button-second'), (dialog) => dialog.locator('select').selectOption('granted_by_mistake'));
  await page.waitForFunction(() => document.querySelectorAll('[data-role]').length === 1);
  assert.equal(await line.getAttribute('data-role'), 'mel_officer');
  const sections = page.locator('main section');
  await answer(page, sections.nth(2).locator('.button-second'), (dialog) => dialog.locator('input').fill('tablet-07'));
  await answer(page, sections.nth(3).locator('.button-second'), async (dialog) => {
    await dialog.locator('input').nth(0).fill('staff-cm-1');
    await dialog.locator('input').nth(1).fill('2030-12-31');
    await dialog.locator('select').selectOption('on_leave');
  });
  await page.waitForFunction(() => document.querySelectorAll('main section:nth-of-type(4) .lines > li').length === 1);
  const told = await accountOf(actor);
  assert.deepEqual([told.devices, told.delegations.map(({ toActorId }) => toActorId)], [['tablet-07'], ['staff-cm-1']]);
  await shoot(page, `account-${name}`);
  await isSound(page, `account-${name}`);
  await answer(page, sections.nth(2).locator('.lines .button-second'), (dialog) => dialog.locator('select').selectOption('lost'));
  await answer(page, sections.last().locator('.actions > .button-second').last(), (dialog) => dialog.locator('select').selectOption('left_the_organisation'));
  await page.waitForFunction(() => document.querySelector('.facts .tag-quiet'));
  assert.ok(!(await accountOf(actor)).open);
  await own.waitForSelector('[autocomplete=username]', { timeout: 3_000 });
  for (const one of [page, own, other]) {
    assert.deepEqual(one.faults, []);
    await one.context().close();
  }
});

journey(`nobody grants a role to oneself`, async ({ language, width, name }) => {
  const page = await visit(browser, { language, width, actor: ADMIN });
  await goTo(page, '/accounts/staff-adm-9');
  const grants = page.locator('section', { has: page.locator('[data-role]') });
  await grants.locator('> .button-second').click();
  const dialog = page.locator('dialog[open]');
  await dialog.locator('select').nth(0).selectOption('director');
  await dialog.locator('.actions .button-second').click();
  await dialog.locator('.notice-bad').waitFor();
  assert.ok((await dialog.locator('.notice-bad').innerText()).includes('GRANT_TO_ONESELF'));
  await isSound(page, `grant-to-oneself-${name}`, { beside: true });
  await page.context().close();
});

journey(`a reading in an emergency waits for a review, which somebody else does`, async ({ language, width, name }) => {
  const context = { requestId: `emergency-${name}`, channel: 'CHANNEL_WEB', occurred: { precision: 'PRECISION_UNKNOWN' } };
  const { accountId } = await accountOf('staff-cm-1');
  const { records: [{ stream }] } = await call('staff-mel-1/mel_officer', 'log.v1.EventStore/ReadAll', { filter: { categories: ['case'] }, limit: 1 });
  const emergencyAccessBegun = { accessId: crypto.randomUUID(), caseId: stream.slice('case/'.length), minutes: 5, reason: 'child_in_danger' };
  await call('staff-cm-1/case_manager', 'identity.v1.IdentityService/Record', { context, facts: [{ stream: `account/${accountId}`, emergencyAccessBegun }] });
  const page = await visit(browser, { language, width });
  await goTo(page, '/audit');
  const waits = page.locator(`[data-emergency="${emergencyAccessBegun.accessId}"]`);
  await waits.waitFor();
  await shoot(page, `emergency-${name}`, waits);
  await isSound(page, `emergency-${name}`);
  await answer(page, waits.locator('.button-second'), async (dialog) => {
    await dialog.locator('select').nth(0).selectOption('no');
    await dialog.locator('select').nth(1).selectOption('no_emergency_seen');
  });
  await waits.waitFor({ state: 'detached' });
  const { accesses = [] } = await call('staff-dir-1/director', 'identity.v1.SignInService/ListEmergencyAccesses', {});
  assert.deepEqual(accesses.filter(({ of }) => of === 'staff-cm-1'), []);
  await page.context().close();
});

journey(`a checkpoint that was kept is the beginning of today's log, and a changed one is none`, async ({ language, width, name }) => {
  const checkpoint = async () => (await call('auditor-1/auditor', 'log.v1.ProofService/GetCheckpoint', {})).note;
  const sizeOf = (note) => Number(note.split('\n')[1]);
  const note = await checkpoint();
  // Something is recorded, and signed.
  await fetch(`${origin}/session`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'staff-tr-1', password: facts.password }),
  });
  while (sizeOf(await checkpoint()) === sizeOf(note)) await new Promise((done) => setTimeout(done, 100));
  const witness = mkdtempSync(join(tmpdir(), 'mlup-witness-'));
  const [program, ...options] = facts.cli;
  execFileSync(program, [...options, 'witness', 'cosign', '--dir', witness, '--name', `witness-${name}`]);
  rmSync(witness, { recursive: true });
  const page = await visit(browser, { language, width, actor: 'auditor-1/auditor' });
  await goTo(page, '/audit');
  const cosigned = arabic(await page.locator('main').innerText()).match(new RegExp(`witness-${name}.*\\d{4}.*\\d\\d:\\d\\d`));
  assert.ok(cosigned, 'the witness, and when it cosigned');
  const verdict = (wanted) => page.waitForSelector(`[data-kept-verdict="${wanted}"]`);
  const check = page.locator('section', { has: page.locator('[data-kept]') }).locator('.button-second');
  await page.fill('[data-kept]', note);
  assert.equal(await check.isDisabled(), true, 'whom does one trust?');
  await page.fill('[data-keys]', facts.key);
  const before = sizeOf(await checkpoint());
  await check.click();
  await verdict('CONSISTENT');
  const told = arabic(await page.locator('[data-kept-verdict]').innerText());
  // The log grows meanwhile: by who signed in, and by what was read.
  const after = sizeOf(await checkpoint());
  const [kept, today] = told.match(/\d+/g).map(Number);
  assert.ok(kept === sizeOf(note) && today >= before && today <= after, `${told} ${before} ${after}`);
  await shoot(page, `kept-${name}`, page.locator('section', { has: page.locator('[data-kept]') }));
  await isSound(page, `kept-${name}`, { beside: true });
  // Another history than the one that was signed.
  await page.route('**/mlup.log.v1.ProofService/GetConsistencyProof', async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { hashes: answer.hashes.map((hash) => hash.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))) } });
  });
  await check.click();
  await verdict('LOG_FORKED');
  const [log, size, ...rest] = note.split('\n');
  await page.fill('[data-kept]', [log, Number(size) - 1, ...rest].join('\n'));
  await check.click();
  await verdict('SIGNATURE_WRONG');
  await page.fill('[data-kept]', 'anything');
  await check.click();
  await verdict('CHECKPOINT_MALFORMED');
  await page.context().close();
});

// Browsers have passkeys for names only.
const named = origin.replace('127.0.0.1', 'localhost');

// A device of its own that says yes, as somebody with a finger on it would.
async function addAuthenticator(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('WebAuthn.enable');
  await client.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  } });
}

journey('a passkey is added, signs in, and is worth nothing once it is taken away', async ({ language, width, name }) => {
  const page = await visit(browser, { language, width, actor: '' });
  await addAuthenticator(page);
  const go = async () => {
    await page.goto(`${named}/accounts`);
    await settled(page);
  };
  const passkeys = page.locator('details', { has: page.locator('[autocomplete=off]') });
  const leave = async () => {
    await page.evaluate(() => fetch('/session', { method: 'DELETE' }));
    await go();
    await page.waitForSelector('[autocomplete=username]');
  };
  await go();
  await signInAs(page, 'staff-mel-1', facts.password);
  await go();
  await passkeys.locator('summary').click();
  await passkeys.locator('input').nth(0).fill(facts.password);
  await passkeys.locator('input').nth(1).fill('My <b>phone</b> ទូរសព្ទ');
  await shoot(page, `passkeys-${name}`, passkeys);
  await isSound(page, `passkeys-${name}`, { beside: true });
  await passkeys.locator('button[type=submit]').click();
  await passkeys.locator('li').waitFor();
  assert.match(await passkeys.locator('li').innerText(), /My <b>phone<\/b> ទូរសព្ទ/);
  await leave();
  await shoot(page, `sign-in-passkey-${name}`);
  await isSound(page, `sign-in-passkey-${name}`, { beside: true });
  await page.locator('main p .button-second').click();
  await page.waitForSelector('.who');
  await go();
  await passkeys.locator('summary').click();
  await passkeys.locator('input').nth(0).fill(facts.password);
  await passkeys.locator('li .button-second').click();
  await passkeys.locator('li').waitFor({ state: 'detached' });
  await leave();
  await page.locator('main p .button-second').click();
  await page.waitForSelector('[role=alert]');
  assert.equal(await page.locator('.who').count(), 0, 'nobody is signed in');
  await page.context().close();
});
