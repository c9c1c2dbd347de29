// Who outside follows events, on which ways, and how each of them fares.
import { useState } from 'preact/hooks';
import type { PathReportJson, SubscriberReportJson } from '../../generated/mlup/sharing/v1/sharing_service_pb';
import { Act, FromShell } from '../actions';
import { useCall } from '../call';
import { Button, Facts, Notice, Shown, Tag } from '../components';
import { label } from '../figures';
import { ago, asIs, day, digits, t } from '../language';
import { rpc } from '../rpc';
import { DeadLetters, ReplayFrom } from './letters';
import { because, useTicks } from './ticks';

// Ways on which events are sent, and not fetched.
const SENT = new Set(['webhook', 'nats']);
const TONES: Record<string, 'good' | 'warn' | 'bad' | 'quiet'> = { live: 'good', behind: 'warn', waiting: 'quiet', retrying: 'warn', stopped: 'bad' };

// What a person can do with a way on which events are sent.
function Sending({ subscriberId, way }: { subscriberId: string; way: PathReportJson }) {
  const [open, setOpen] = useState<'' | 'dead' | 'skipped'>('');
  const shows = (which: 'dead' | 'skipped', text: string) => (
    <Button kind="second" aria-expanded={open === which} onClick={() => setOpen(open === which ? '' : which)}>{text}</Button>
  );
  return (
    <>
      <div class="actions">
        <Act label={t(way.state === 'stopped' ? 'bus.ping_resume' : 'bus.ping')} ask={async () => {
          const answer = await rpc.ping({ subscriberId });
          return t(answer.delivered ? 'bus.pinged' : 'bus.not_pinged', { words: asIs(answer.words ?? ''), ms: answer.milliseconds ?? 0 });
        }} />
        <ReplayFrom subscriberId={subscriberId} />
        {shows('dead', t('bus.show_letters', { count: Number(way.deadLetters ?? 0) }))}
        {shows('skipped', t('bus.show_skipped'))}
      </div>
      {way.state === 'stopped' && <p class="hint">{t('bus.ping_resumes')}</p>}
      {open !== '' && <DeadLetters subscriberId={subscriberId} skipped={open === 'skipped'} />}
    </>
  );
}

function Way({ subscriberId, way }: { subscriberId: string; way: PathReportJson }) {
  return (
    <div class="way" data-way={way.path} data-state={way.state}>
      <h4>{t(`way.${way.path}`)} <Tag tone={TONES[way.state ?? ''] ?? 'plain'}>{t(`state.${way.state}`)}</Tag></h4>
      {way.because && <p class="because">{because(way.because)}</p>}
      <Facts rows={[
        [t('bus.of_position'), digits(way.position ?? '0')],
        [t('bus.of_lag'), digits(way.lag ?? '0')],
        [t('bus.last_progress'), ago(way.lastProgress)],
        [t('bus.oldest_unacked'), way.oldestUnacked ? ago(way.oldestUnacked) : t('bus.left_none')],
        [t('bus.in_flight'), digits(way.inFlight ?? '0')],
        [t('bus.retry'), digits(way.waitingForRetry ?? '0')],
        [t('bus.dead_letters'), digits(way.deadLetters ?? '0')],
        [t('bus.delivered'), digits(way.delivered ?? '0')],
        [t('bus.failures'), digits(way.failures ?? '0')],
      ]} />
      {SENT.has(way.path ?? '') && <Sending subscriberId={subscriberId} way={way} />}
    </div>
  );
}

function Subscriber({ one }: { one: SubscriberReportJson }) {
  const id = one.subscriberId ?? '';
  const withheld = one.withheld ?? [];
  return (
    <article class="panel" data-subscriber={id}>
      <h3>{one.label || id} <code>{id}</code></h3>
      <Facts rows={[
        [t('bus.organisation'), one.organisationId ?? ''],
        [t('bus.purpose'), label(one.purpose ?? '')],
        [t('bus.agreement'), one.expired ? <Tag tone="bad">{t('bus.expired', { day: day(one.expiresOn ?? '') })}</Tag>
          : one.expiresOn ? t('bus.until', { day: day(one.expiresOn) }) : t('bus.no_end')],
        [t('bus.decided'), digits(one.decidedPosition ?? '0')],
        [t('bus.received'), digits(one.received ?? '0')],
        [t('bus.withheld'), withheld.length === 0 ? t('bus.left_none') : (
          <ul class="plain">{withheld.map(({ reason = '', count = '0' }) => <li key={reason}>{because(reason)}: {digits(count)}</li>)}</ul>
        )],
      ]} />
      {(one.paths ?? []).length === 0 && <p class="hint">{t('bus.no_way')}</p>}
      {(one.paths ?? []).map((way) => <Way key={way.path} subscriberId={id} way={way} />)}
    </article>
  );
}

export function Subscribers() {
  const tick = useTicks();
  const subscribers = useCall(`subscribers ${tick}`, (signal) => rpc.listSubscribers({}, signal));
  if (subscribers.error?.code === 'unimplemented') {
    return <section><h2>{t('bus.subscribers')}</h2><Notice>{t('bus.no_outside')}</Notice></section>;
  }
  return (
    <section>
      <h2>{t('bus.subscribers')}</h2>
      <Shown of={subscribers} quiet>{({ subscribers: all = [], head = '0', consentsPosition = '0', consentsStoppedBecause = '' }) => (
        <>
          {consentsStoppedBecause ? <Notice tone="bad" title={t('bus.consents_stopped')}><p lang="en">{consentsStoppedBecause}</p></Notice>
            : consentsPosition !== head && <Notice tone="warn">{t('bus.consents_behind', { position: digits(consentsPosition), head: digits(head) })}</Notice>}
          {all.length === 0 && <Notice>{t('bus.nobody')}</Notice>}
          {all.map((one) => <Subscriber key={one.subscriberId} one={one} />)}
        </>
      )}</Shown>
      <FromShell call={rpc.listSubscribers} request={{}} />
    </section>
  );
}
