// The whole log, verified in the browser: with progress, stopped, and wrong in each way that it can be.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { arabic, call, facts, goTo, isSound, journey, open, shoot, visit } from './browser.mjs';

const AUDITOR = 'auditor-1/auditor';
const READ_ALL = '**/mlup.log.v1.EventStore/ReadAll';
const [program, ...options] = facts.cli;
let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

const section = (page) => page.locator('[data-whole]');
// An earlier verdict is gone when this is done.
const start = (page) => Promise.all([section(page).locator('progress').waitFor(), section(page).locator('.actions .button-second').click()]);
const verdict = async (page) => {
  await page.waitForSelector('[data-whole-verdict]:not([data-whole-verdict=""])', { timeout: 120_000 });
  return page.locator('[data-whole-verdict]').getAttribute('data-whole-verdict');
};

async function opened(shape = {}, keys = facts.key) {
  const page = await visit(browser, { actor: AUDITOR, ...shape });
  await goTo(page, '/audit');
  await page.fill('[data-keys]', keys);
  return page;
}

// A witness that sees the log as it is now; its key.
function cosigned(name) {
  const witness = mkdtempSync(join(tmpdir(), 'mlup-witness-'));
  try {
    const out = execFileSync(program, [...options, 'witness', 'cosign', '--dir', witness, '--name', name], { encoding: 'utf8' });
    return out.match(/\S+\+[0-9a-f]{8}\+\S+/g).find((key) => key.startsWith(name));
  } finally {
    rmSync(witness, { recursive: true });
  }
}

// What `change` makes of the records of a page of the log; `limit` of each page.
async function reading(page, change, limit) {
  await page.unroute(READ_ALL);
  await page.route(READ_ALL, async (route) => {
    const request = { ...route.request().postDataJSON(), ...(limit ? { limit } : {}) };
    const json = await (await route.fetch({ postData: JSON.stringify(request) })).json();
    const records = await change(json.records ?? [], request);
    // The page may have given the call up meanwhile.
    await route.fulfill({ json: { ...json, records } }).catch(() => undefined);
  });
}

journey('the whole log is verified with progress, and the verdict is what the command line says', async ({ language, width, name }) => {
  const key = cosigned(`witness-${name}`);
  const page = await opened({ language, width }, '');
  assert.equal(await section(page).locator('.actions .button-second').isDisabled(), true, 'whom does one trust?');
  await page.fill('[data-keys]', `${facts.key}\n${key}`);
  // Pages of a hundred, each held back until it was looked at how far it is.
  let go;
  const held = [];
  await reading(page, async (records, { fromPosition, filter }) => {
    if (filter?.streamPrefixes?.length || Number(fromPosition) < 500 || go === 'on') return records;
    await new Promise((done) => held.push(done));
    return records;
  }, 100);
  await start(page);
  const bar = section(page).locator('progress');
  await page.waitForFunction(() => Number(document.querySelector('[data-whole] progress')?.value) > 0);
  const { position, max } = await bar.evaluate((element) => ({ position: element.value, max: element.max }));
  assert.ok(position <= 600 && max > 1_400, `${position} of ${max}`);
  const told = arabic(await section(page).locator('.how-far .hint').innerText());
  const [done, total, rate, left] = told.match(/\d+/g).map(Number);
  assert.ok(done > 0 && done < total && total === max && rate > 0 && left > 0, told);
  await shoot(page, `whole-progress-${name}`, section(page));
  await isSound(page, `whole-progress-${name}`, { beside: true });
  go = 'on';
  for (const on of held) on();
  assert.equal(await verdict(page), 'WHOLE');
  const [events, maps, ...rest] = (await section(page).locator('.facts dd').allInnerTexts()).map(arabic);
  const cli = JSON.parse((await promisify(execFile)(program, [...options, '--json', 'verify'])).stdout);
  assert.ok(Number(events) === total && total <= cli.events, `${events} ${total} ${cli.events}`);
  assert.equal(Number(maps), cli.map_roots);
  assert.match(rest[0], new RegExp(`^witness-${name}[^;]*$`), 'the witness that one trusts, once');
  assert.equal(await bar.count(), 0);
  await shoot(page, `whole-${name}`, section(page));
  await isSound(page, `whole-${name}`, { beside: true });
  // That the log was read is on record, as any other reading of it.
  const { accesses } = await call(AUDITOR, 'audit.v1.AuditService/ListAccesses', { readerId: 'auditor-1', pageSize: 5 });
  assert.ok(accesses.some(({ logCall }) => logCall === 'mlup.log.v1.EventStore/ReadAll'), JSON.stringify(accesses));
  console.log(`# ${total} events verified in the browser: ${rest.at(-1)}`);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

journey('it is stopped, says nothing then, and is done again', async ({ language, width, name }) => {
  const page = await opened({ language, width });
  let on;
  await reading(page, async (records, { fromPosition, filter }) => {
    if (!filter?.streamPrefixes?.length && Number(fromPosition) > 400) await new Promise((done) => (on = done));
    return records;
  }, 100);
  await start(page);
  await page.waitForFunction(() => Number(document.querySelector('[data-whole] progress')?.value) > 0);
  await section(page).locator('.actions .button-link').click();
  assert.equal(await verdict(page), 'STOPPED');
  const [done, total] = arabic(await section(page).locator('.notice').innerText()).match(/\d+/g).map(Number);
  assert.ok(done > 0 && done < total, `${done} of ${total}`);
  await shoot(page, `whole-stopped-${name}`, section(page));
  on?.();
  await page.unroute(READ_ALL);
  await start(page);
  assert.equal(await verdict(page), 'WHOLE');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

// What may be done to a log, and what is found.
const isMap = ({ stream }) => stream === 'system/map';
const flipped = (base64) => Buffer.from(base64, 'base64').map((byte, i) => (i === 3 ? byte ^ 1 : byte)).toString('base64');
const event = (record, change) => ({ ...record, event: { ...record.event, ...change } });
const at = (position, change) => (records) => records.map((record) => (Number(record.position) === position ? change(record) : record));
// The first from a position that `fits`.
const from = (position, fits, change) => (records) => {
  const i = records.findIndex((record) => Number(record.position) >= position && fits(record));
  return records.map((record, k) => (k === i ? change(record) : record));
};
const inPart = (name, change) => (records) => {
  const has = (part) => part[name] !== undefined;
  const i = records.findIndex(({ event: { subjects = [] } }) => subjects.some(has));
  const altered = ({ event: { subjects } }) => ({ subjects: subjects.map((part) => (has(part) ? { ...part, [name]: change(part[name]) } : part)) });
  return records.map((record, k) => (k === i ? event(record, altered(record)) : record));
};
const numbered = (records, first) => records.map((record, i) => ({ ...record, position: String(first + i) }));
// A map was recorded after the import, so that what was altered before is found there, and what was altered since by the checkpoint.
const sinceTheMap = (records) => {
  const last = records.findLastIndex(isMap);
  return records.map((record, i) => (last >= 0 && i === last + 1 ? event(record, { requestId: 'another' }) : record));
};
const WRONGS = [
  ['another actor', at(700, (record) => event(record, { actor: { ...record.event.actor, actorId: 'staff-sw-9' } })), 'MAP_ROOT_WRONG'],
  ['another day', at(701, (record) => event(record, { occurred: { precision: 'PRECISION_DAY', from: '2021-01-02', to: '2021-01-02' } })), 'MAP_ROOT_WRONG'],
  ['another type', at(702, (record) => event(record, { type: 'mlup.cases.v1.CaseClosed' })), 'MAP_ROOT_WRONG'],
  ['another stream', (records) => records.map((record) => (record.revision === '1' && record.position === '3' ? { ...record, stream: 'organisation/x' } : record)), /GAP|MAP_ROOT_WRONG/],
  ['the common part', from(704, (record) => record.event.common, (record) => event(record, { common: flipped(record.event.common) })), 'MAP_ROOT_WRONG'],
  ['what is clear of a person', inPart('clear', flipped), 'MAP_ROOT_WRONG'],
  ['what is sealed of a person', inPart('sealed', flipped), 'MAP_ROOT_WRONG'],
  ['whose part it is', inPart('subjectId', () => '018f3c6e-0000-7000-8000-000000000001'), 'MAP_ROOT_WRONG'],
  ['when it was recorded', at(705, (record) => ({ ...record, recordedAt: record.recordedAt.replace(/.Z$/, (last) => (last === '8Z' ? '9Z' : '8Z')) })), /TIME_BACKWARDS|MAP_ROOT_WRONG/],
  ['recorded before the one before it', at(706, (record) => ({ ...record, recordedAt: '2021-01-01T00:00:00Z' })), 'TIME_BACKWARDS'],
  ['what came since the map', (records, { filter }) => (filter?.streamPrefixes?.length ? records : sinceTheMap(records)), 'CHECKPOINT_CONTRADICTED'],
  ['one left out', (records) => records.filter(({ position }) => position !== '707'), 'POSITION_GAP'],
  ['one left out, and the rest numbered anew', (records, { fromPosition }) => numbered(records.filter(({ position }) => position !== '708'), Number(fromPosition)), /GAP|MAP_ROOT_WRONG/],
  ['two in the other order', (records) => records.map((record) => ({ 710: records.find(({ position }) => position === '711'), 711: records.find(({ position }) => position === '710') }[record.position] ?? record)), 'POSITION_GAP'],
  ['one twice', (records) => records.flatMap((record) => (record.position === '712' ? [record, record] : [record])), 'POSITION_GAP'],
  ['a text too long', at(713, (record) => event(record, { reason: 'x'.repeat(256) })), 'HEADER_UNFIT'],
  ['the end is missing', (records, { filter }) => (filter?.streamPrefixes?.length ? records : records.filter(({ position }) => Number(position) < 1_300)), 'LOG_TOO_SHORT'],
  ['the map, where it stands', (records, { filter }) => (filter?.streamPrefixes?.length ? records : records.map((record) => (isMap(record) ? event(record, { common: flipped(record.event.common) }) : record))), 'MAP_ROOT_WRONG'],
  ['the map, everywhere', (records) => records.map((record) => (isMap(record) ? event(record, { common: record.event.common.replace(/..==$|.=$|..$/, 'AA==') }) : record)), 'MAP_ROOT_WRONG'],
];

test('whatever is altered, left out or put in its place is found by its name', { timeout: 600_000 }, async () => {
  const page = await opened();
  const wrongs = process.env.MLUP_DEEP ? WRONGS : WRONGS.filter((_, i) => i % 4 === 0);
  for (const [what, change, wanted] of wrongs) {
    await reading(page, change);
    await start(page);
    const found = await verdict(page);
    assert.ok(wanted instanceof RegExp ? wanted.test(found) : found === wanted, `${what}: ${found} instead of ${wanted}`);
  }
  // The last one, to be looked at.
  await shoot(page, 'whole-wrong', section(page));
  await page.unroute(READ_ALL);
  await start(page);
  assert.equal(await verdict(page), 'WHOLE');
  console.log(`# ${wrongs.length} alterations of the log, each found`);
  await page.context().close();
});

test('what is signed by nobody whom one trusts is not read', async () => {
  const page = await opened({}, cosigned('witness-alone'));
  await section(page).locator('.actions .button-second').click();
  assert.equal(await verdict(page), 'NOT_SIGNED');
  await page.context().close();
});

journey('whoever may not read the log is told so', async ({ language, width }) => {
  const page = await opened({ language, width, actor: 'staff-dir-1/director' });
  await section(page).locator('.actions .button-second').click();
  assert.equal(await verdict(page), 'REFUSED');
  assert.match(await section(page).locator('.notice-bad .code').innerText(), /CALL_NOT_GRANTED/);
  await page.context().close();
});
