// Emergency access: one case that no role reaches, read for an hour at most; begun where a history was refused.
import { useContext, useEffect, useState } from 'preact/hooks';
import { Reason } from '../actions';
import { toRpcError } from '../call';
import { Button, Choose, Failure, Field, Notice } from '../components';
import { clock, t } from '../language';
import type { RpcError } from '../rpc';
import { SessionContext } from '../session';
import { record } from './record';

const REASONS = ['child_in_danger', 'child_missing', 'child_needs_treatment', 'worker_not_reached'];
const MINUTES = ['15', '30', '60'];
const MINUTE_MS = 60_000;

export interface EmergencyAccess {
  actorId: string;
  caseId: string;
  // By this machine's clock, which began when it was asked for: never later than the daemon's end.
  until: number;
}

// The one that goes on, as long as the page is open: who leaves the history and comes back is told again until when.
let current: EmergencyAccess | null = null;

// The access that goes on for who is signed in; nothing again when it has ended.
export function useEmergencyAccess(): EmergencyAccess | null {
  const actorId = useContext(SessionContext)?.actor.actor_id;
  const [, setTurn] = useState(0);
  const access = current?.actorId === actorId && current && current.until > Date.now() ? current : null;
  useEffect(() => {
    if (!access) return undefined;
    const timer = setTimeout(() => setTurn((before) => before + 1), access.until - Date.now());
    return () => clearTimeout(timer);
  }, [access]);
  return access;
}

async function begin(actorId: string, caseId: string, minutes: string, reason: string): Promise<void> {
  const until = Date.now() + Number(minutes) * MINUTE_MS;
  await record(actorId, [{ emergencyAccessBegun: { accessId: crypto.randomUUID(), caseId, minutes: Number(minutes), reason } }]);
  current = { actorId, caseId, until };
}

export function BeginEmergency({ id, onBegun }: { id: string; onBegun: (caseId: string) => void }) {
  const actorId = useContext(SessionContext)?.actor.actor_id ?? '';
  const [caseId, setCaseId] = useState(id);
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState('60');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RpcError | null>(null);
  const ask = async () => {
    const clean = caseId.trim().toLowerCase().replace(/^case\//, '');
    setBusy(true);
    setError(null);
    try {
      await begin(actorId, clean, minutes, reason);
      onBegun(clean);
    } catch (thrown) {
      setError(toRpcError(thrown));
      setBusy(false);
    }
  };
  return (
    <details class="panel no-print" data-begin-emergency>
      <summary>{t('emergency.begin')}</summary>
      <Notice tone="warn" title={t('emergency.begin_lead')}><p>{t('emergency.begin_why')}</p></Notice>
      {error && <Failure error={error} />}
      <Field label={t('emergency.begin_case')} hint={t('emergency.begin_case_hint')}>{(field) => (
        <input id={field} type="text" autocomplete="off" spellcheck={false} size={38} value={caseId} aria-invalid={error?.reason === 'RECORD_UNKNOWN'}
          onInput={(event) => setCaseId(event.currentTarget.value)} />
      )}</Field>
      <Reason reasons={REASONS} value={reason} onChoose={setReason} />
      <Field label={t('emergency.for_long')}>{(field) => (
        <Choose id={field} value={minutes} onChoose={setMinutes} choices={MINUTES.map((value) => ({ value, label: t('emergency.minutes', { minutes: value }) }))} />
      )}</Field>
      <Button disabled={busy || reason === '' || caseId.trim() === ''} onClick={() => void ask()}>{t('emergency.begin_now')}</Button>
    </details>
  );
}

export function EmergencyBanner({ access }: { access: EmergencyAccess }) {
  return (
    <div data-emergency-until={access.until} role="status">
      <Notice tone="warn" title={t('emergency.until', { time: clock(new Date(access.until)) })}><p>{t('emergency.until_why')}</p></Notice>
    </div>
  );
}
