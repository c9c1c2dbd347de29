// Clients that anybody generates, as they come from npm, and curl.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport as overNode } from '@connectrpc/connect-node';
import { createConnectTransport as overFetch } from '@connectrpc/connect-web';
import { AuditService } from './generated/mlup/audit/v1/audit_pb.js';
import { ErrorInfoSchema } from './generated/mlup/log/v1/error_pb.js';
import { EventStore } from './generated/mlup/log/v1/event_store_pb.js';
import { RelayService } from './generated/mlup/relay/v1/relay_service_pb.js';
import { ReportService } from './generated/mlup/reports/v1/report_service_pb.js';
import { SharingService } from './generated/mlup/sharing/v1/sharing_service_pb.js';

const facts = JSON.parse(readFileSync(process.env.MLUP_FACTS, 'utf8'));
const baseUrl = `http://${facts.web}`;
const as = (actor) => (next) => (request) => {
  request.header.set('Cookie', `mlup_session=${facts.sessions[actor]}`);
  return next(request);
};
const interceptors = [as('staff-dir-1/director')];

const transports = {
  'connect-web, JSON': overFetch({ baseUrl, interceptors, useBinaryFormat: false }),
  'connect-web, binary': overFetch({ baseUrl, interceptors, useBinaryFormat: true }),
  'connect-node, JSON': overNode({ baseUrl, httpVersion: '1.1', interceptors, useBinaryFormat: false }),
  'connect-node, binary': overNode({ baseUrl, httpVersion: '1.1', interceptors, useBinaryFormat: true }),
};
const operator = overNode({ baseUrl, httpVersion: '1.1', interceptors: [as('staff-mel-1/mel_officer')] });

const scope = { period: '2021-Q1', asKnownAt: '2021-04-22' };

for (const [name, transport] of Object.entries(transports)) {
  test(`${name}: a report is what the command line says`, async () => {
    const report = await createClient(ReportService, transport).getReport({ scope });
    const told = facts.reports['2021-04-22'];
    assert.equal(report.rows.length, told.rows.length);
    assert.deepEqual(report.rows.map((row) => row.value), told.rows.map((row) => row.value ?? ''));
  });

  test(`${name}: a refusal has its code, reason and field`, async () => {
    const asked = createClient(ReportService, transport).getReport({ scope: { period: 'soon' } });
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(error.code, Code.InvalidArgument);
      const [info] = error.findDetails(ErrorInfoSchema);
      assert.deepEqual([info.reason, info.field], ['PERIOD_INVALID', 'scope.period']);
      return true;
    });
  });

  test(`${name}: who is not signed in cannot be named`, async () => {
    const asked = createClient(ReportService, transport).listIndicators({ reader: { actorId: 'auditor-1', role: 'auditor', organisationId: 'mro' } });
    await assert.rejects(asked, (error) => error.code === Code.PermissionDenied && error.findDetails(ErrorInfoSchema)[0].reason === 'ACTOR_NOT_YOURS');
  });

  test(`${name}: a call with many answers`, async () => {
    let size = 0;
    for await (const { data } of createClient(AuditService, transport).exportBundle({ id: facts.child, purpose: 'audit' })) size += data.length;
    assert.ok(size > 1000, String(size));
    const missing = createClient(AuditService, transport).exportBundle({ id: 'x', purpose: 'audit' });
    await assert.rejects(async () => {
      for await (const _ of missing) assert.fail('an answer');
    }, (error) => error.code === Code.InvalidArgument);
  });
}

test('a time is kept', async () => {
  const asked = createClient(ReportService, transports['connect-node, JSON']).getReport({ scope }, { timeoutMs: 1 });
  await assert.rejects(asked, (error) => error.code === Code.DeadlineExceeded);
});

test('a reading over Connect is recorded as any other', async () => {
  const history = await createClient(AuditService, transports['connect-web, JSON']).getCaseHistory({ id: facts.child, purpose: 'case_review' });
  const { accesses } = await createClient(AuditService, transports['connect-web, JSON']).listAccesses({ personId: facts.child, pageSize: 1 });
  assert.equal(accesses[0].position, history.accessPosition);
  assert.equal(accesses[0].readerId, 'staff-dir-1');
});

test('what names nobody is for roles that are granted it', async () => {
  const denied = createClient(EventStore, transports['connect-node, JSON']).readAll({});
  await assert.rejects(denied, (error) => error.code === Code.PermissionDenied);
  const page = await createClient(EventStore, operator).readAll({ limit: 3 });
  assert.equal(page.records.length, 3);
  const { subscribers } = await createClient(SharingService, operator).listSubscribers({});
  assert.ok(subscribers.length > 0);
  const append = createClient(EventStore, operator).append({});
  await assert.rejects(append, (error) => error.code === Code.PermissionDenied);
});

test('the operator acts on a relay, and others do not', async () => {
  await assert.rejects(createClient(RelayService, operator).ping({ subscriberId: 'nobody' }), (error) => error.code === Code.NotFound);
  const director = createClient(RelayService, transports['connect-node, JSON']);
  await assert.rejects(director.ping({ subscriberId: 'nobody' }), (error) => error.code === Code.PermissionDenied);
});

function curl(...arguments_) {
  return execFileSync('curl', ['-s', '-w', '\n%{http_code}', '-b', `mlup_session=${facts.sessions['staff-dir-1/director']}`, ...arguments_],
    { encoding: 'utf8' }).split('\n');
}

test('curl', () => {
  const url = `${baseUrl}/mlup.reports.v1.ReportService/ListPeriods`;
  const [body, code] = curl(url, '--json', '{}');
  assert.equal(code, '200');
  assert.ok(JSON.parse(body).periods.some(({ period }) => period === '2021-Q1'));
  // As a form of another page would send it.
  assert.equal(curl(url, '-d', '{}').at(-1), '415');
  assert.equal(curl(url, '--json', '{}', '-H', 'Origin: http://elsewhere.example').at(-1), '403');
  assert.equal(curl(url, '--json', '{}', '-H', 'Host: elsewhere.example').at(-1), '403');
  assert.equal(curl(url).at(-1), '405');
  const nobody = execFileSync('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', url, '--json', '{}'], { encoding: 'utf8' });
  assert.equal(nobody, '401');
});
