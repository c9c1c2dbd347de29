// Readings in an emergency that nobody has looked at yet, and what somebody else finds of them.
import { useState } from 'preact/hooks';
import type { EmergencyAccessJson } from '../../generated/mlup/identity/v1/sign_in_service_pb';
import { AskFirst, Reason } from '../actions';
import { useCall } from '../call';
import { Choose, Facts, Field, Notice, Shown, Tag } from '../components';
import { moment, t, word } from '../language';
import { Link, urlOf } from '../router';
import { rpc } from '../rpc';
import { reasonWords, record } from './record';

const REASONS = ['child_was_in_danger', 'was_on_call', 'no_emergency_seen'];

function Review({ access, onDone }: { access: EmergencyAccessJson; onDone: () => void }) {
  const [outcome, setOutcome] = useState('');
  const [reason, setReason] = useState('');
  return (
    <AskFirst label={t('emergency.review')} title={t('emergency.review_title')} why={t('emergency.review_why')} ready={outcome !== '' && reason !== ''} done={onDone}
      ask={async () => {
        await record(access.of ?? '', [{
          emergencyAccessReviewed: {
            accessId: access.begun?.accessId ?? '', outcome: outcome === 'yes' ? 'EMERGENCY_REVIEW_JUSTIFIED' : 'EMERGENCY_REVIEW_NOT_JUSTIFIED', reason,
          },
        }]);
        return t('emergency.reviewed');
      }}>
      <Field label={t('emergency.outcome')}>{(id) => (
        <Choose id={id} value={outcome} onChoose={setOutcome} choices={[
          { value: '', label: t('choose') }, { value: 'yes', label: word('Justified') }, { value: 'no', label: word('Not justified') },
        ]} />
      )}</Field>
      <Reason reasons={REASONS} value={reason} onChoose={setReason} />
    </AskFirst>
  );
}

export function Emergencies() {
  const accesses = useCall('emergencies', (signal) => rpc.listEmergencyAccesses({}, signal));
  // Whoever does not supervise has no such queue.
  if (accesses.error?.code === 'permission_denied') return null;
  return (
    <section>
      <h2>{t('emergency.title')}</h2>
      <p>{t('emergency.lead')}</p>
      <Shown of={accesses}>{({ accesses: all = [] }) => (
        <>
          {all.length === 0 && <Notice>{t('emergency.none')}</Notice>}
          {all.map((access) => {
            const overdue = Date.parse(access.reviewDueAt ?? '') < Date.now();
            return (
              <article key={access.begun?.accessId} class="panel" data-emergency={access.begun?.accessId}>
                <h3><span class="as-recorded">{access.of}</span> {overdue && <Tag tone="bad">{t('emergency.overdue')}</Tag>}</h3>
                <Facts rows={[
                  [t('emergency.case'), <Link href={urlOf(['people', access.begun?.caseId ?? ''])}><code>{access.begun?.caseId}</code></Link>],
                  [t('emergency.reason'), reasonWords(access.begun?.reason ?? '')],
                  [t('emergency.begun'), moment(access.begunAt)],
                  [t('emergency.ends'), moment(access.endsAt)],
                  [t('emergency.due'), moment(access.reviewDueAt)],
                ]} />
                <Review access={access} onDone={accesses.again} />
              </article>
            );
          })}
        </>
      )}</Shown>
    </section>
  );
}
