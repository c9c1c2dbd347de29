// The roles of an account, with where and how long they hold; a role is granted and revoked here.
import { useState } from 'preact/hooks';
import type { RoleGrantedJson } from '../../generated/mlup/identity/v1/account_events_pb';
import { AskFirst, Reason } from '../actions';
import { Choose, Field } from '../components';
import { sectionWords } from '../figures';
import { t } from '../language';
import { CODE, DAY, record, ROLES, roleWords, scopeWords, SCOPES, timeWords } from './record';

const REVOKE_REASONS = ['changed_post', 'no_longer_needed', 'granted_by_mistake'];
const SECTORS = ['CWN', 'CASE_MGMT', 'FBAC_EFC', 'RCI', 'YOUTH_CLUB', 'CARELEAVER', 'COMMUNITY', 'FUNDRAISING', 'MEL'];
const PROVINCES = Array.from({ length: 25 }, (_, i) => String(i + 1).padStart(2, '0'));
const OTHER = 'other';

export interface Draft {
  role: string;
  // Of the roles file of this installation, where it is none of ROLES.
  other: string;
  organisation: string;
  scope: string;
  team: string;
  province: string;
  sector: string;
  from: string;
  until: string;
}

export const emptyDraft = (organisation: string): Draft => (
  { role: '', other: '', organisation, scope: 'organisation', team: '', province: '', sector: '', from: '', until: '' });

const roleOf = ({ role, other }: Draft) => (role === OTHER ? other : role);

export function isComplete(draft: Draft): boolean {
  const named = { team: CODE.test(draft.team), province: draft.province !== '', sector: draft.sector !== '' }[draft.scope];
  return CODE.test(roleOf(draft)) && CODE.test(draft.organisation) && named !== false && [draft.from, draft.until].every((day) => day === '' || DAY.test(day));
}

export function grantOf(draft: Draft): RoleGrantedJson {
  const only = (scope: 'team' | 'province' | 'sector') => (draft.scope === scope ? draft[scope] : '');
  return {
    grantId: crypto.randomUUID(), role: roleOf(draft), organisationId: draft.organisation,
    scope: `GRANT_SCOPE_${draft.scope.toUpperCase()}` as NonNullable<RoleGrantedJson['scope']>,
    team: only('team'), province: only('province'), from: draft.from, until: draft.until,
    ...(draft.scope === 'sector' ? { sector: `SECTOR_${draft.sector}` as NonNullable<RoleGrantedJson['sector']> } : {}),
  };
}

// What a grant says; the fields of a scope come with the scope.
export function GrantFields({ draft, onDraft }: { draft: Draft; onDraft: (draft: Draft) => void }) {
  const set = (name: keyof Draft) => (value: string) => onDraft({ ...draft, [name]: value });
  const text = (name: keyof Draft, hint?: string) => (
    <Field label={t(`grant.${name}`)} hint={hint}>{(id) => (
      <input id={id} type="text" spellcheck={false} autocomplete="off" value={draft[name]} onInput={(event) => set(name)(event.currentTarget.value.trim())} />
    )}</Field>
  );
  const choice = (name: keyof Draft, values: string[], say: (value: string) => string, first = t('choose')) => (
    <Field label={t(`grant.${name}`)}>{(id) => (
      <Choose id={id} value={draft[name]} onChoose={set(name)} choices={[...(first ? [{ value: '', label: first }] : []), ...values.map((value) => ({ value, label: say(value) }))]} />
    )}</Field>
  );
  return (
    <>
      {choice('role', [...ROLES, OTHER], (value) => (value === OTHER ? t('grant.other_role') : roleWords(value)))}
      {draft.role === OTHER && text('other', t('grant.other_hint'))}
      {choice('scope', SCOPES, (value) => t(`scope.${value}`), '')}
      {draft.scope === 'team' && text('team', t('grant.code_hint'))}
      {draft.scope === 'province' && choice('province', PROVINCES, (value) => t(`place.${value}`))}
      {draft.scope === 'sector' && choice('sector', SECTORS, sectionWords)}
      {text('organisation')}
      {text('from', t('grant.from_hint'))}
      {text('until', t('grant.until_hint'))}
    </>
  );
}

function Revoke({ actorId, grantId, onDone }: { actorId: string; grantId: string; onDone: () => void }) {
  const [reason, setReason] = useState('');
  return (
    <AskFirst label={t('grant.revoke')} title={t('grant.revoke_title')} why={t('grant.revoke_why')} ready={reason !== ''} done={onDone} ask={async () => {
      await record(actorId, [{ roleRevoked: { grantId, reason } }]);
      return t('grant.revoked');
    }}>
      <Reason reasons={REVOKE_REASONS} value={reason} onChoose={setReason} />
    </AskFirst>
  );
}

function Grant({ actorId, organisation, onDone }: { actorId: string; organisation: string; onDone: () => void }) {
  const [draft, setDraft] = useState(emptyDraft(organisation));
  return (
    <AskFirst label={t('grant.grant')} title={t('grant.title')} ready={isComplete(draft)} done={onDone} ask={async () => {
      await record(actorId, [{ roleGranted: grantOf(draft) }]);
      return t('grant.granted');
    }}>
      <GrantFields draft={draft} onDraft={setDraft} />
    </AskFirst>
  );
}

export function Grants({ actorId, grants, organisation, isOpen, onDone }: {
  actorId: string; grants: RoleGrantedJson[]; organisation: string; isOpen: boolean; onDone: () => void;
}) {
  return (
    <section>
      <h2>{t('account.roles')}</h2>
      {grants.length === 0 && <p>{t('account.no_roles')}</p>}
      <ul class="lines">
        {grants.map((grant) => (
          <li key={grant.grantId} data-role={grant.role}>
            <p><strong>{roleWords(grant.role ?? '')}</strong><br />
              {scopeWords(grant)} · <span class="as-recorded">{grant.organisationId}</span> · {timeWords(grant)}</p>
            <Revoke actorId={actorId} grantId={grant.grantId ?? ''} onDone={onDone} />
          </li>
        ))}
      </ul>
      {isOpen && <Grant actorId={actorId} organisation={organisation} onDone={onDone} />}
    </section>
  );
}
