// Bundles that are wrong in every way that goal B2 knows, in the browser: each is refused with the verifier's named error.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { facts, goTo, open, visit } from './browser.mjs';

const TEXTS = 7;

let browser;
before(async () => {
  browser = await open();
});
after(async () => {
  await browser.close();
});

// As tests/proof/tamper_matrix writes them: seven texts, each after its length.
function casesIn(bytes) {
  const cases = [];
  for (let at = 0; at < bytes.length;) {
    const texts = [];
    while (texts.length < TEXTS) {
      const end = at + 4 + bytes.readUInt32BE(at);
      texts.push(bytes.subarray(at + 4, end));
      at = end;
    }
    const [operator, error, , keys, witnessKeys, subject, bundle] = texts;
    cases.push({ operator: String(operator), error: String(error), keys: `${keys}\n${witnessKeys}`, subject: String(subject), bundle });
  }
  return cases;
}

test('every forgery is refused by its name, and nothing honest is', { timeout: 1_500_000 }, async () => {
  const page = await visit(browser, { actor: 'auditor-1/auditor' });
  await goTo(page, '/audit');
  await page.context().setOffline(true);
  const cases = casesIn(readFileSync(facts.forgeries));
  for (const [i, { operator, error, keys, subject, bundle }] of cases.entries()) {
    const name = `${i}.bundle`;
    await page.fill('[data-keys]', keys);
    await page.fill('#about', subject);
    await page.setInputFiles('#bundle', { name, mimeType: 'application/octet-stream', buffer: bundle });
    await page.waitForSelector(`[data-bundle="${name}"]`);
    assert.equal(await page.locator('[data-verdict]').getAttribute('data-verdict'), error || 'GENUINE', operator);
  }
  const operators = new Set(cases.filter(({ error }) => error).map(({ operator }) => operator));
  console.log(`# ${cases.length} bundles, ${operators.size} kinds of forgery`);
  assert.ok(operators.size >= 25, [...operators].join());
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
