// The events themselves, narrowed as one likes; of what they say about people, sizes only.
import { useState } from 'preact/hooks';
import type { EventJson, RecordJson } from '../../generated/mlup/log/v1/envelope_pb';
import type { FilterJson, ReadAllRequestJson } from '../../generated/mlup/log/v1/event_store_pb';
import { FromShell } from '../actions';
import { useCall } from '../call';
import { Button, Choose, type Choice, Facts, Field, Notice, Shown } from '../components';
import { sectionWords } from '../figures';
import { digits, moment, occurred, t, typeWords } from '../language';
import { go, urlOf } from '../router';
import { rpc } from '../rpc';

const PAGE = 50;
const CATEGORIES = ['person', 'household', 'case', 'case_group', 'incident', 'activity', 'course', 'mentorship', 'donor', 'donation', 'store',
  'distribution', 'organisation', 'club', 'community_group', 'indicator', 'report', 'import', 'ext', 'access', 'erasure', 'account', 'system'];
const SECTORS = ['CWN', 'CASE_MGMT', 'FBAC_EFC', 'RCI', 'YOUTH_CLUB', 'CARELEAVER', 'COMMUNITY', 'FUNDRAISING', 'MEL'];
const PLACES = [...Array.from({ length: 25 }, (_, i) => String(i + 1).padStart(2, '0')), 'unknown', 'remote'];

// What the page is asked for; `order` is `back` for the latest first.
const NAMES = ['from', 'order', 'category', 'type', 'stream', 'sector', 'place'] as const;
type Wanted = Record<(typeof NAMES)[number], string>;

function wantedOf(query: URLSearchParams): Wanted {
  const wanted = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ''])) as Wanted;
  return /^[0-9]{0,19}$/.test(wanted.from) ? wanted : { ...wanted, from: '' };
}

// Without a position, the latest stand first.
const isBackward = ({ from, order }: Wanted) => order === 'back' || from === '';

function requestOf(wanted: Wanted): ReadAllRequestJson {
  const filter: FilterJson = {};
  if (wanted.category) filter.categories = [wanted.category];
  if (wanted.type) filter.typePrefixes = [wanted.type];
  if (wanted.stream) filter.streamPrefixes = [wanted.stream];
  if (SECTORS.includes(wanted.sector)) filter.sectors = [`SECTOR_${wanted.sector}` as NonNullable<FilterJson['sectors']>[number]];
  if (wanted.place) filter.places = [wanted.place];
  return { fromPosition: wanted.from || '0', direction: isBackward(wanted) ? 'DIRECTION_BACKWARD' : 'DIRECTION_FORWARD', filter, limit: PAGE };
}

// The bytes of a part; in base64 four letters are three bytes.
function sizeOf(base64: string | undefined): number {
  const text = base64 ?? '';
  return Math.floor(text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
}

function partsOf(event: EventJson): string {
  const sum = (of: (subject: NonNullable<EventJson['subjects']>[number]) => string | undefined) =>
    (event.subjects ?? []).reduce((bytes, subject) => bytes + sizeOf(of(subject)), 0);
  return t('events.sizes', {
    common: sizeOf(event.common), clear: sum(({ clear }) => clear), sealed: sum(({ sealed }) => sealed), persons: (event.subjects ?? []).length,
  });
}

// The envelope, and the size of each person's part.
function Envelope({ record, event }: { record: RecordJson; event: EventJson }) {
  const rows: [string, string | undefined][] = [
    ['event_id', event.eventId], ['revision', record.revision], ['full_type', `${event.type ?? ''} ${event.schemaVersion ?? ''}`],
    ['organisation', event.actor?.organisationId], ['on_behalf', event.actor?.onBehalfOf], ['recorded_by', event.recordedBy],
    ['channel', event.channel?.replace('CHANNEL_', '').toLowerCase()], ['device', event.device], ['reason', event.reason],
    ['sensitivity', event.sensitivity?.replace('SENSITIVITY_', '').toLowerCase()], ['sector', event.sector?.replace('SECTOR_', '')],
    ['place', event.place], ['source', [event.sourceSystem, event.sourceId].filter(Boolean).join(' ')], ['source_at', event.sourceRecordedAt && moment(event.sourceRecordedAt)],
    ['request', event.requestId], ['correlation', event.correlationId], ['causation', event.causationId],
    ['together', t('events.together_value', { first: record.appendFirstPosition ?? '0', count: record.appendEventCount ?? 0 })],
  ];
  return (
    <details>
      <summary>{t('events.envelope')}</summary>
      <Facts rows={rows.filter(([, value]) => value?.trim()).map(([name, value]) => [t(`envelope.${name}`), <code>{value}</code>])} />
      <ul class="plain">
        {(event.subjects ?? []).map(({ subjectId, clear, sealed }) => (
          <li key={subjectId}><code>{subjectId}</code>: {t('events.part', { clear: sizeOf(clear), sealed: sizeOf(sealed) })}</li>
        ))}
      </ul>
    </details>
  );
}

function EventRow({ record }: { record: RecordJson }) {
  const event = record.event ?? {};
  return (
    <tr data-position={record.position}>
      <td>{digits(record.position ?? '0')}</td>
      <td>{occurred(event.occurred)}</td>
      <td><strong>{typeWords(event.type ?? '')}</strong><br /><code>{record.stream}</code><Envelope record={record} event={event} /></td>
      <td>{event.actor?.actorId} <span class="hint">{event.actor?.role}</span></td>
      <td>{moment(record.recordedAt)}</td>
      <td>{partsOf(event)}</td>
    </tr>
  );
}

function Filters({ wanted, onLook }: { wanted: Wanted; onLook: (wanted: Wanted) => void }) {
  const [draft, setDraft] = useState(wanted);
  const text = (name: keyof Wanted, hint?: string) => (
    <Field label={t(`events.${name}`)} hint={hint}>{(id) => (
      <input id={id} type="text" inputMode={name === 'from' ? 'numeric' : 'text'} spellcheck={false} value={draft[name]}
        onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value.trim() })} />
    )}</Field>
  );
  const choice = (name: keyof Wanted, choices: Choice[]) => (
    <Field label={t(`events.${name}`)}>{(id) => <Choose id={id} value={draft[name]} choices={choices} onChoose={(value) => setDraft({ ...draft, [name]: value })} />}</Field>
  );
  const all = { value: '', label: t('all') };
  return (
    <form class="controls" onSubmit={(event) => {
      event.preventDefault();
      onLook(draft);
    }}>
      {text('from', t('events.from_hint'))}
      {choice('order', [{ value: '', label: t('events.forward') }, { value: 'back', label: t('events.backward') }])}
      {choice('category', [all, ...CATEGORIES.map((value) => ({ value, label: t(`category.${value}`) }))])}
      {text('type', t('events.type_hint'))}
      {text('stream', t('events.stream_hint'))}
      {choice('sector', [all, ...SECTORS.map((value) => ({ value, label: sectionWords(value) }))])}
      {choice('place', [all, ...PLACES.map((value) => ({ value, label: t(`place.${value}`) }))])}
      <button type="submit" class="button button-second">{t('access.look')}</button>
    </form>
  );
}

export function Events({ query }: { query: URLSearchParams }) {
  const wanted = wantedOf(query);
  const request = requestOf(wanted);
  const page = useCall(`events ${JSON.stringify(request)}`, (signal) => rpc.readAll(request, signal));
  const look = (to: Wanted) => go(urlOf(['bus'], to), true);
  return (
    <section>
      <h2>{t('events.title')}</h2>
      <p>{t('events.lead')}</p>
      <Filters key={JSON.stringify(wanted)} wanted={wanted} onLook={look} />
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
          {nextPosition !== '0' && (
            <Button kind="second" onClick={() => look({ ...wanted, from: nextPosition, order: isBackward(wanted) ? 'back' : '' })}>
              {t(isBackward(wanted) ? 'events.earlier' : 'events.later')}
            </Button>
          )}
        </>
      )}</Shown>
      <FromShell call={rpc.readAll} request={request} />
    </section>
  );
}
