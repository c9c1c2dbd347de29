// Who may act on behalf of an account's holder, and on which devices the holder signs in.
import { useState } from 'preact/hooks';
import type { DelegationGivenJson } from '../../generated/mlup/identity/v1/account_events_pb';
import { Act, AskFirst, Reason } from '../actions';
import { Field } from '../components';
import { t } from '../language';
import { CODE, DAY, record, timeWords } from './record';

const DELEGATION_REASONS = ['on_leave', 'ill', 'changed_post'];
const DEVICE_REASONS = ['lost', 'stolen', 'replaced', 'no_longer_needed'];

interface Props {
  actorId: string;
  isOpen: boolean;
  onDone: () => void;
}

function CodeField({ label, hint, value, onValue }: { label: string; hint: string; value: string; onValue: (value: string) => void }) {
  return (
    <Field label={label} hint={hint}>{(id) => (
      <input id={id} type="text" spellcheck={false} autocomplete="off" value={value} onInput={(event) => onValue(event.currentTarget.value.trim())} />
    )}</Field>
  );
}

function Give({ actorId, onDone }: { actorId: string; onDone: () => void }) {
  const [to, setTo] = useState('');
  const [until, setUntil] = useState('');
  const [reason, setReason] = useState('');
  return (
    <AskFirst label={t('delegation.give')} title={t('delegation.title')} why={t('delegation.why')} done={onDone}
      ready={CODE.test(to) && DAY.test(until) && reason !== ''} ask={async () => {
        await record(actorId, [{ delegationGiven: { delegationId: crypto.randomUUID(), toActorId: to, until, reason } }]);
        return t('delegation.given');
      }}>
      <CodeField label={t('delegation.to')} hint={t('account.actor_hint')} value={to} onValue={setTo} />
      <CodeField label={t('grant.until')} hint={t('delegation.until_hint')} value={until} onValue={setUntil} />
      <Reason reasons={DELEGATION_REASONS} value={reason} onChoose={setReason} />
    </AskFirst>
  );
}

export function Delegations({ actorId, isOpen, delegations, onDone }: Props & { delegations: DelegationGivenJson[] }) {
  return (
    <section>
      <h2>{t('delegation.all')}</h2>
      {delegations.length === 0 && <p>{t('delegation.none')}</p>}
      <ul class="lines">
        {delegations.map((one) => (
          <li key={one.delegationId}>
            <p><strong class="as-recorded">{one.toActorId}</strong> · {timeWords(one)}</p>
            <Act label={t('delegation.end')} done={onDone} ask={async () => {
              await record(actorId, [{ delegationEnded: { delegationId: one.delegationId ?? '' } }]);
              return t('delegation.ended');
            }} />
          </li>
        ))}
      </ul>
      {isOpen && <Give actorId={actorId} onDone={onDone} />}
    </section>
  );
}

function Enrol({ actorId, onDone }: { actorId: string; onDone: () => void }) {
  const [device, setDevice] = useState('');
  return (
    <AskFirst label={t('device.enrol')} title={t('device.enrol_title')} why={t('device.enrol_why')} ready={CODE.test(device)} done={onDone} ask={async () => {
      await record(actorId, [{ deviceEnrolled: { device } }]);
      return t('device.enrolled');
    }}>
      <CodeField label={t('device.name')} hint={t('device.hint')} value={device} onValue={setDevice} />
    </AskFirst>
  );
}

function RevokeDevice({ actorId, device, onDone }: { actorId: string; device: string; onDone: () => void }) {
  const [reason, setReason] = useState('');
  return (
    <AskFirst label={t('device.revoke')} title={t('device.revoke_title')} why={t('device.revoke_why')} ready={reason !== ''} done={onDone} ask={async () => {
      await record(actorId, [{ deviceRevoked: { device, reason } }]);
      return t('device.revoked');
    }}>
      <Reason reasons={DEVICE_REASONS} value={reason} onChoose={setReason} />
    </AskFirst>
  );
}

export function Devices({ actorId, isOpen, devices, onDone }: Props & { devices: string[] }) {
  return (
    <section>
      <h2>{t('device.all')}</h2>
      {devices.length === 0 && <p>{t('device.none')}</p>}
      <ul class="lines">
        {devices.map((device) => (
          <li key={device}>
            <p><strong class="as-recorded">{device}</strong></p>
            <RevokeDevice actorId={actorId} device={device} onDone={onDone} />
          </li>
        ))}
      </ul>
      {isOpen && <Enrol actorId={actorId} onDone={onDone} />}
    </section>
  );
}
