// Signing in by an OpenID provider that is certified, and unmodified.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before } from 'node:test';
import Provider from 'oidc-provider';
import { facts, goTo, isSound, journey, open, origin, settled, visit } from './browser.mjs';

const issuer = facts.openid.match(/issuer: "([^"]+)"/)[1];
const signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
let browser;
let server;
before(async () => {
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'mlup', client_secret: facts.openid_secret, redirect_uris: [`${origin}/session/openid/callback`],
      token_endpoint_auth_method: 'client_secret_basic',
    }],
    pkce: { required: () => true },
    cookies: { keys: ['of this test'] },
    jwks: { keys: [{ ...signing, kid: 'of this test', use: 'sig', alg: 'RS256' }] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  server = provider.listen(Number(new URL(issuer).port), '127.0.0.1');
  browser = await open();
});
after(async () => {
  await browser.close();
  server.close();
});

// At the provider: a name, any password, and leave to tell mlup.
async function agree(page, name) {
  await page.fill('[name=login]', name);
  await page.fill('[name=password]', 'any');
  await page.click('button[type=submit]');
  await page.waitForSelector('[name=prompt][value=consent]', { state: 'attached' });
  await page.click('button[type=submit]');
}

journey('who has an account is signed in as the provider says, and once', async ({ language, width, name }) => {
  const page = await visit(browser, { language, width, actor: null });
  await goTo(page, '/');
  await page.waitForSelector('a[href="/session/openid"]');
  await isSound(page, `sign-in-openid-${name}`);
  let callback = '';
  page.on('request', (request) => {
    if (request.url().startsWith(`${origin}/session/openid/callback`)) callback = request.url();
  });
  await page.click('a[href="/session/openid"]');
  await agree(page, 'staff-mel-1');
  await page.waitForSelector('.who');
  await settled(page);
  const told = await page.evaluate(() => fetch('/session').then((response) => response.json()));
  assert.equal(told.actor.actor_id, 'staff-mel-1');
  // Whoever saw the address, with the browser's own cookie of the state or without, comes in no more.
  const state = new URL(callback).searchParams.get('state');
  for (const cookie of ['', `mlup_openid=${state}`]) {
    const again = await fetch(callback, { redirect: 'manual', headers: { Cookie: cookie } });
    assert.equal(again.status, 303);
    assert.match(again.headers.get('location'), /^\/\?refused=(OPENID_REFUSED|CHALLENGE_OVER)$/);
    assert.doesNotMatch(again.headers.get('set-cookie'), /mlup_session/);
  }
});

journey('who has none is told so on the page', async ({ language, width }) => {
  const page = await visit(browser, { language, width, actor: null });
  await goTo(page, '/session/openid');
  await agree(page, 'staff-nobody');
  await page.waitForURL(`${origin}/?refused=SIGN_IN_REFUSED`);
  await page.waitForSelector('.notice-bad, .failure, [role=alert]');
  const response = await page.evaluate(() => fetch('/session').then(({ status }) => status));
  assert.equal(response, 401);
});
