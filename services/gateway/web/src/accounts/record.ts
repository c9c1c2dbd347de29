// What is recorded of accounts, and words for what was granted.
import { blake2b } from '@noble/hashes/blake2.js';
import type { RoleGrantedJson } from '../../generated/mlup/identity/v1/account_events_pb';
import type { IdentityFactJson } from '../../generated/mlup/identity/v1/identity_service_pb';
import { label, sectionWords } from '../figures';
import { day, dayOf, digits, knows, t } from '../language';
import { rpc } from '../rpc';

export const SCOPES = ['own_caseload', 'team', 'organisation', 'province', 'sector', 'all'];
// Those that are delivered; the roles file of an installation may have others.
export const ROLES = ['social_worker', 'case_manager', 'supervisor', 'trainer', 'youth_worker', 'logistics', 'fundraiser', 'network_officer',
  'mel_officer', 'director', 'auditor', 'administrator', 'operator', 'importer'];
// FORMAT_CODE and FORMAT_DAY of mlup/command/v1/command.proto.
export const CODE = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
export const DAY = /^\d{4}-\d\d-\d\d$/;

const ID_BYTES = 16;

// `account/<uuid>`: the id follows from the actor id, as AccountStream in services/domain/account.cc says.
export function accountStream(actorId: string): string {
  const bytes = blake2b(new TextEncoder().encode(`mlup account 1\n${actorId}`), { dkLen: ID_BYTES });
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `account/${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')}`;
}

// Records all of them, or none. The moment is the server's: of this machine's clock only the day is taken.
export async function record(actorId: string, facts: IdentityFactJson[]): Promise<void> {
  const today = dayOf(new Date().toISOString());
  await rpc.recordIdentity({
    context: { requestId: `web-${crypto.randomUUID()}`, channel: 'CHANNEL_WEB', occurred: { precision: 'PRECISION_DAY', from: today, to: today } },
    facts: facts.map((fact) => ({ ...fact, stream: accountStream(actorId) })),
  });
}

export function roleWords(role: string): string {
  return knows(`role.${role}`) ? t(`role.${role}`) : label(role);
}

// Of reasons that are given elsewhere too.
export function reasonWords(reason: string): string {
  return knows(`reason.${reason}`) ? t(`reason.${reason}`) : label(reason);
}

// Which records it is for.
export function scopeWords(grant: RoleGrantedJson): string {
  const scope = (grant.scope ?? '').replace('GRANT_SCOPE_', '').toLowerCase();
  const name = grant.team ?? (grant.province ? t(`place.${grant.province}`) : grant.sector ? sectionWords(grant.sector.replace('SECTOR_', '')) : '');
  return [knows(`scope.${scope}`) ? t(`scope.${scope}`) : scope, digits(name)].filter(Boolean).join(': ');
}

export function timeWords({ from = '', until = '' }: { from?: string; until?: string }): string {
  if (!from && !until) return t('grant.always');
  if (!until) return t('grant.from_day', { day: day(from) });
  return from ? t('days.range', { from: day(from), to: day(until) }) : t('bus.until', { day: day(until) });
}
