// Who follows events and how far they are, what does not move and why, and the events themselves.
import { useEffect, useState } from 'preact/hooks';
import type { GroupStatusJson } from '../../generated/mlup/bus/v1/group_service_pb';
import type { EventJson, RecordJson } from '../../generated/mlup/log/v1/envelope_pb';
import type { FilterJson, ReadAllRequestJson } from '../../generated/mlup/log/v1/event_store_pb';
import type { LetterJson } from '../../generated/mlup/relay/v1/relay_service_pb';
import type { ProjectionStatusJson } from '../../generated/mlup/reports/v1/report_service_pb';
import type { PathReportJson, SubscriberReportJson } from '../../generated/mlup/sharing/v1/sharing_service_pb';
import { toRpcError, useCall } from '../call';
import { Button, Copy, Dialog, Facts, Failure, Field, Help, Notice, Shown, Tag, Title } from '../components';
import { label } from '../figures';
import { ago, day, digits, knows, moment, occurred, t, typeWords } from '../language';
import { go, urlOf } from '../router';
import { rpc, RpcError } from '../rpc';

const AGAIN_MS = 5_000;
const PAGE = 50;

// Ways on which events are sent, and not fetched.
const SENT = new Set(['webhook', 'nats']);
const TONES: Record<string, 'good' | 'warn' | 'bad' | 'quiet'> = { live: 'good', behind: 'warn', waiting: 'quiet', retrying: 'warn', stopped: 'bad' };

function useTicks(): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((before) => before + 1), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return tick;
}

const because = (text: string | undefined) => (text && knows(`because.${text}`) ? t(`because.${text}`) : text ?? '');

interface Projection extends ProjectionStatusJson {
  // Events a second since the last look; nothing before there were two.
  rate?: number;
}

// Looks again and again, so that a rate can be told.
function useProjections() {
  const tick = useTicks();
  const [seen, setSeen] = useState<{ at: number; of: Map<string, number> } | null>(null);
  const asked = useCall(`projections ${tick}`, async (signal): Promise<Projection[]> => {
    const { projections = [] } = await rpc.getProjectionStatus({}, signal);
    const at = Date.now();
    const of = new Map(projections.map(({ name = '', position = '0' }) => [name, Number(position)]));
    const told = projections.map((one) => {
      const before = seen?.of.get(one.name ?? '');
      const seconds = seen ? (at - seen.at) / 1000 : 0;
      return { ...one, rate: before === undefined || seconds === 0 ? undefined : (Number(one.position ?? 0) - before) / seconds };
    });
    setSeen({ at, of });
    return told as Projection[];
  });
  return asked;
}

function Projections() {
  const projections = useProjections();
  return (
    <section>
      <h2>{t('bus.projections')}</h2>
      <Shown of={projections} quiet>{(all) => (
        <div class="scroll" tabIndex={0} role="group" aria-label={t('bus.projections')}>
          <table>
            <thead><tr>{['name', 'state', 'position', 'lag', 'rate', 'left', 'passed'].map((name) => <th key={name} scope="col">{t(`bus.of_${name}`)}</th>)}</tr></thead>
            <tbody>
              {all.map(({ name = '', position = '0', head = '0', stoppedBecause = '', passedOver = '0', rate }) => {
                const lag = Math.max(0, Number(head) - Number(position));
                return (
                  <tr key={name}>
                    <th scope="row">{knows(`projection.${name}`) ? t(`projection.${name}`) : name}</th>
                    <td>{stoppedBecause ? <><Tag tone="bad">{t('state.stopped')}</Tag> <span lang="en">{stoppedBecause}</span></>
                      : <Tag tone={lag === 0 ? 'good' : 'warn'}>{t(lag === 0 ? 'state.live' : 'state.behind')}</Tag>}</td>
                    <td>{digits(position)}</td>
                    <td>{digits(String(lag))}</td>
                    <td>{rate === undefined ? '–' : t('bus.rate', { rate: rate.toFixed(1) })}</td>
                    <td>{lag === 0 ? t('bus.left_none') : rate ? t('bus.left', { seconds: Math.ceil(lag / rate) }) : '–'}</td>
                    <td>{digits(passedOver)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}</Shown>
    </section>
  );
}

function Act({ label, ask, done }: { label: string; ask: () => Promise<string>; done?: () => void }) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  const [error, setError] = useState<RpcError | null>(null);
  const act = async () => {
    setBusy(true);
    setError(null);
    try {
      setSaid(await ask());
      done?.();
    } catch (thrown) {
      setError(toRpcError(thrown));
    }
    setBusy(false);
  };
  return (
    <>
      <Button kind="second" disabled={busy} onClick={() => void act()}>{label}</Button>
      {said && <span role="status"> {said}</span>}
      {error && <Failure error={error} />}
    </>
  );
}

function Skip({ subscriberId, letter, onDone }: { subscriberId: string; letter: LetterJson; onDone: () => void }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  return (
    <>
      <Button kind="second" onClick={() => setOpen(true)}>{t('bus.skip')}</Button>
      <Dialog title={t('bus.skip_title')} open={open} onClose={() => setOpen(false)}>
        <p>{t('bus.skip_why')}</p>
        <Field label={t('bus.skip_reason')}>{(id) => <input id={id} type="text" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}</Field>
        <Act label={t('bus.skip')} ask={async () => {
          await rpc.skipDeadLetter({ subscriberId, eventId: letter.eventId ?? '', reason });
          return t('bus.skipped');
        }} done={() => {
          setOpen(false);
          onDone();
        }} />
        <Button kind="link" onClick={() => setOpen(false)}>{t('cancel')}</Button>
      </Dialog>
    </>
  );
}

function DeadLetters({ subscriberId }: { subscriberId: string }) {
  const letters = useCall(`letters ${subscriberId}`, (signal) => rpc.listDeadLetters({ subscriberId, pageSize: 100 }, signal));
  return (
    <Shown of={letters}>{({ letters: all = [], waiting = '0' }) => (
      <>
        <p>{t('bus.waiting_behind', { count: Number(waiting) })}</p>
        {all.length > 0 && <Act label={t('bus.replay_all')} done={letters.again} ask={async () => {
          const { replayed = 0 } = await rpc.replayDeadLetters({ subscriberId });
          return t('bus.replayed', { count: replayed });
        }} />}
        <ul class="letters">
          {all.map((letter) => (
            <li key={letter.eventId}>
              <strong>{typeWords(letter.type ?? '')}</strong> <code>{letter.stream}</code>
              <p>{t('bus.letter', { position: digits(letter.position ?? '0'), tries: letter.tries ?? 0, since: ago(letter.firstFailure) })}: <span lang="en">{letter.because}</span></p>
              <Act label={t('bus.replay')} done={letters.again} ask={async () => {
                const { replayed = 0 } = await rpc.replayDeadLetters({ subscriberId, eventIds: [letter.eventId ?? ''] });
                return t('bus.replayed', { count: replayed });
              }} />
              <Skip subscriberId={subscriberId} letter={letter} onDone={letters.again} />
            </li>
          ))}
        </ul>
      </>
    )}</Shown>
  );
}

function Way({ subscriberId, way }: { subscriberId: string; way: PathReportJson }) {
  const [open, setOpen] = useState(false);
  const sent = SENT.has(way.path ?? '');
  const dead = Number(way.deadLetters ?? 0);
  return (
    <div class="way">
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
      {sent && (
        <div class="actions">
          <Act label={t('bus.ping')} ask={async () => {
            const answer = await rpc.ping({ subscriberId });
            return t(answer.delivered ? 'bus.pinged' : 'bus.not_pinged', { words: answer.words ?? '', ms: answer.milliseconds ?? 0 });
          }} />
          {dead > 0 && <Button kind="second" aria-expanded={open} onClick={() => setOpen(!open)}>{t('bus.show_letters', { count: dead })}</Button>}
        </div>
      )}
      {open && <DeadLetters subscriberId={subscriberId} />}
    </div>
  );
}

function Subscriber({ one }: { one: SubscriberReportJson }) {
  const id = one.subscriberId ?? '';
  return (
    <article class="panel">
      <h3>{one.label || id} <code>{id}</code></h3>
      <Facts rows={[
        [t('bus.organisation'), one.organisationId ?? ''],
        [t('bus.purpose'), label(one.purpose ?? '')],
        [t('bus.agreement'), one.expired ? <Tag tone="bad">{t('bus.expired', { day: day(one.expiresOn ?? '') })}</Tag>
          : one.expiresOn ? t('bus.until', { day: day(one.expiresOn) }) : t('bus.no_end')],
        [t('bus.received'), digits(one.received ?? '0')],
        [t('bus.withheld'), (one.withheld ?? []).length === 0 ? t('bus.left_none')
          : (one.withheld ?? []).map(({ reason = '', count = '0' }) => `${because(reason)} ${digits(count)}`).join('; ')],
      ]} />
      {(one.paths ?? []).map((way) => <Way key={way.path} subscriberId={id} way={way} />)}
    </article>
  );
}

function Subscribers() {
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
    </section>
  );
}

const CONDITIONS: Record<string, [string, 'good' | 'warn' | 'bad']> = {
  GROUP_CONDITION_LIVE: ['live', 'good'], GROUP_CONDITION_CATCHING_UP: ['behind', 'warn'], GROUP_CONDITION_STALLED: ['stopped', 'bad'],
};

function Group({ group, again }: { group: GroupStatusJson; again: () => void }) {
  const name = group.definition?.name ?? '';
  const [state, tone] = CONDITIONS[group.condition ?? ''] ?? ['waiting', 'warn'];
  return (
    <article class="panel">
      <h3>{name} <Tag tone={tone}>{t(`state.${state}`)}</Tag></h3>
      {group.reason && <p class="because" lang="en">{group.reason}</p>}
      <Facts rows={[
        [t('bus.of_position'), digits(group.checkpoint ?? '0')],
        [t('bus.of_lag'), digits(group.lag ?? '0')],
        [t('bus.last_progress'), ago(group.lastProgress)],
        [t('bus.in_flight'), digits(String(group.inFlight ?? 0))],
        [t('bus.retry'), digits(String(group.waitingForRetry ?? 0))],
        [t('bus.dead_letters'), digits(String(group.parked ?? 0))],
        [t('bus.consumers'), digits(String((group.consumers ?? []).length))],
      ]} />
      <div class="actions">
        {group.condition === 'GROUP_CONDITION_STALLED' && <Act label={t('bus.resume')} done={again} ask={async () => {
          await rpc.resumeGroup({ name });
          return t('bus.resumed');
        }} />}
        {(group.parked ?? 0) > 0 && <Act label={t('bus.replay_all')} done={again} ask={async () => {
          const { replayed = 0 } = await rpc.replayParked({ group: name });
          return t('bus.replayed', { count: replayed });
        }} />}
      </div>
    </article>
  );
}

function Groups() {
  const tick = useTicks();
  const groups = useCall(`groups ${tick}`, (signal) => rpc.listGroups({}, signal));
  return (
    <section>
      <h2>{t('bus.groups')}</h2>
      <Shown of={groups} quiet>{({ groups: all = [] }) => (
        all.length === 0 ? <Notice>{t('bus.no_groups')}</Notice> : <>{all.map((group) => <Group key={group.definition?.name} group={group} again={groups.again} />)}</>
      )}</Shown>
    </section>
  );
}

// The bytes of a part; in base64 four letters are three bytes.
function sizeOf(base64: string | undefined): number {
  const text = base64 ?? '';
  return Math.floor(text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
}

function partsOf(event: EventJson | undefined): string {
  const sum = (of: (subject: NonNullable<EventJson['subjects']>[number]) => string | undefined) =>
    (event?.subjects ?? []).reduce((bytes, subject) => bytes + sizeOf(of(subject)), 0);
  return t('events.sizes', {
    common: sizeOf(event?.common), clear: sum(({ clear }) => clear), sealed: sum(({ sealed }) => sealed), persons: (event?.subjects ?? []).length,
  });
}

function EventRow({ record }: { record: RecordJson }) {
  const { event } = record;
  return (
    <tr>
      <td>{digits(record.position ?? '0')}</td>
      <td>{occurred(event?.occurred)}</td>
      <td><strong>{typeWords(event?.type ?? '')}</strong><br /><code>{record.stream}</code></td>
      <td>{event?.actor?.actorId} <span class="hint">{event?.actor?.role}</span></td>
      <td>{moment(record.recordedAt)}</td>
      <td>{partsOf(event)}</td>
    </tr>
  );
}

interface Wanted {
  from: string;
  category: string;
  type: string;
  stream: string;
}

function requestOf({ from, category, type, stream }: Wanted): ReadAllRequestJson {
  const filter: FilterJson = {};
  if (category) filter.categories = [category];
  if (type) filter.typePrefixes = [type];
  if (stream) filter.streamPrefixes = [stream];
  const forward = from !== '';
  return { fromPosition: from || '0', direction: forward ? 'DIRECTION_FORWARD' : 'DIRECTION_BACKWARD', filter, limit: PAGE };
}

// What does the same from a shell. Anything may stand in a filter: the shell takes it for a text.
function curlOf(request: ReadAllRequestJson): string {
  const body = JSON.stringify(request).replaceAll("'", `'\\''`);
  return `curl -s '${location.origin}/mlup.log.v1.EventStore/ReadAll' -H 'Content-Type: application/json' -d '${body}'`;
}

function Events({ query }: { query: URLSearchParams }) {
  const wanted: Wanted = {
    from: /^[0-9]*$/.test(query.get('from') ?? '') ? query.get('from') ?? '' : '', category: query.get('category') ?? '', type: query.get('type') ?? '', stream: query.get('stream') ?? '',
  };
  const [draft, setDraft] = useState(wanted);
  const request = requestOf(wanted);
  const key = JSON.stringify(request);
  const page = useCall(`events ${key}`, (signal) => rpc.readAll(request, signal));
  const look = (to: Wanted) => go(urlOf(['bus'], { ...to }), true);
  const field = (name: keyof Wanted) => (
    <Field label={t(`events.${name}`)}>{(id) => (
      <input id={id} type="text" inputMode={name === 'from' ? 'numeric' : 'text'} spellcheck={false} value={draft[name]}
        onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value.trim() })} />
    )}</Field>
  );
  return (
    <section>
      <h2>{t('events.title')}</h2>
      <p>{t('events.lead')}</p>
      <form class="controls" onSubmit={(event) => {
        event.preventDefault();
        look(draft);
      }}>
        {field('from')}{field('category')}{field('type')}{field('stream')}
        <button type="submit" class="button button-second">{t('access.look')}</button>
      </form>
      <Shown of={page}>{({ records = [], nextPosition = '0' }) => (
        <>
          {records.length === 0 ? <Notice>{t('events.none')}</Notice> : (
            <div class="scroll" tabIndex={0} role="group" aria-label={t('events.title')}>
              <table class="events">
                <thead><tr>{['position', 'occurred', 'what', 'who', 'recorded', 'parts'].map((name) => <th key={name} scope="col">{t(`events.of_${name}`)}</th>)}</tr></thead>
                <tbody>{records.map((record) => <EventRow key={record.position} record={record} />)}</tbody>
              </table>
            </div>
          )}
          <div class="actions">
            {wanted.from !== '' && nextPosition !== '0' && <Button kind="second" onClick={() => look({ ...wanted, from: nextPosition })}>{t('events.later')}</Button>}
            <Copy text={() => curlOf(request)}>{t('events.curl')}</Copy>
          </div>
          <pre class="curl">{curlOf(request)}</pre>
        </>
      )}</Shown>
    </section>
  );
}

export function BusPage({ query }: { query: URLSearchParams }) {
  return (
    <>
      <Title>{t('page.bus')}</Title>
      <Subscribers />
      <Projections />
      <Groups />
      <Events query={query} />
      <Help page="bus" />
    </>
  );
}
