// A person's history: asked for with a purpose, told by month, checked and downloaded.
import { useEffect, useState } from 'preact/hooks';
import type { GetCaseHistoryResponseJson, HistoryEntryJson } from '../../generated/mlup/audit/v1/audit_pb';
import { BeginEmergency, type EmergencyAccess, EmergencyBanner, useEmergencyAccess } from '../accounts/emergency_access';
import { AskFirst } from '../actions';
import { type Asked, toRpcError, useCall } from '../call';
import { Button, Choose, type Choice, Facts, Failure, Field, Help, Notice, save, Shown, Tag, Title } from '../components';
import { asIs, day, digits, moment, occurred, t, word, words } from '../language';
import { type Cut, Ask, purposeChoices, type Wanted } from '../history/ask';
import { Steps } from '../history/steps';
import { Link, urlOf, usePlace } from '../router';
import { exportBundle, rpc, RpcError } from '../rpc';
import { Accesses } from '../accesses';
import { PeopleSearch } from '../search';
import { shortId } from '../ids';

const PAGE = 500;
const requestOf = ({ id, purpose, known, happened, steps }: Wanted) =>
  ({ id, purpose, pageSize: PAGE, asKnownAt: known, asOccurredAt: happened, withStates: steps });

async function readHistory(wanted: Wanted, signal: AbortSignal): Promise<GetCaseHistoryResponseJson> {
  const request = requestOf(wanted);
  const whole = await rpc.getCaseHistory(request, signal);
  const entries = whole.entries ?? [];
  for (let token = whole.nextPageToken; token;) {
    const page = await rpc.getCaseHistory({ ...request, pageToken: token }, signal);
    entries.push(...page.entries ?? []);
    token = page.nextPageToken;
  }
  return { ...whole, entries };
}

// What the fields say that are masked in one entry, and where it is recorded that they were asked for.
interface Revealed {
  entry: HistoryEntryJson;
  accessPosition: string;
}

// A reading of its own, with a purpose of its own, of which one entry is shown.
async function revealOne(wanted: Wanted, purpose: string, position: string): Promise<Revealed> {
  const ask = (pageToken: string) => rpc.getCaseHistory({ ...requestOf({ ...wanted, purpose, steps: false }), revealSpecial: true, pageToken });
  for (let page = await ask(''); ; page = await ask(page.nextPageToken)) {
    const entry = (page.entries ?? []).find((one) => one.position === position);
    if (entry) return { entry, accessPosition: page.accessPosition ?? '0' };
    if (!page.nextPageToken) throw new RpcError('not_found', 'ENTRY_GONE', '', '');
  }
}

function Reveal({ wanted, position, onRevealed }: { wanted: Wanted; position: string; onRevealed: (revealed: Revealed) => void }) {
  const [purpose, setPurpose] = useState('');
  return (
    <div class="no-print" data-reveal={position}>
      <AskFirst label={t('history.reveal')} title={t('history.reveal_title')} why={t('history.reveal_why')} ready={purpose !== ''} ask={async () => {
        onRevealed(await revealOne(wanted, purpose, position));
        return '';
      }}>
        <Field label={t('history.purpose')}>{(field) => <Choose id={field} value={purpose} onChoose={setPurpose} choices={purposeChoices()} />}</Field>
      </AskFirst>
    </div>
  );
}

// Of a correction: what it was, and what it is now.
function Change({ before, after }: { before: string; after: string }) {
  return (
    <span class="change">
      <span><span class="hint">{t('history.before')}</span> <del>{words(before)}</del></span>
      <span><span class="hint">{t('history.after')}</span> <ins>{words(after)}</ins></span>
    </span>
  );
}

function Details({ entry }: { entry: HistoryEntryJson }) {
  return <Facts rows={(entry.details ?? []).map(({ label = '', value = '', before }) =>
    [word(label), before === undefined ? words(value) : <Change before={before} after={value} />])} />;
}

function Entry({ wanted, entry, under }: { wanted: Wanted; entry: HistoryEntryJson; under: boolean }) {
  const [revealed, setRevealed] = useState<Revealed | null>(null);
  const about = (key: string, positions: (string | undefined)[]) => t(key, { positions: digits(positions.join(', ')) });
  const ends = entry.voidedBy && entry.voidedBy !== '0';
  return (
    <li class={`entry${under ? ' entry-under' : ''}${ends ? ' entry-void' : ''}`} id={`entry-${entry.position}`}>
      <h4>{word(entry.label ?? '')}</h4>
      <p class="when">{occurred(entry.occurred)}</p>
      <p class="tags">
        {entry.late && <Tag tone="warn">{t('history.late')}</Tag>}
        {ends && <Tag tone="bad">{about('history.voided', [entry.voidedBy])}</Tag>}
        {(entry.correctedBy ?? []).length > 0 && <Tag tone="warn">{about('history.corrected', entry.correctedBy ?? [])}</Tag>}
        {entry.concerns && entry.concerns !== '0' && <Tag tone="quiet">{about('history.concerns', [entry.concerns])}</Tag>}
        {entry.masked && !revealed && <Tag tone="quiet">{t('history.masked')}</Tag>}
        {revealed && <Tag tone="warn">{about('history.revealed', [revealed.accessPosition])}</Tag>}
        {entry.sealed && <Tag tone="quiet">{t('history.sealed')}</Tag>}
        {entry.clockBehind && <Tag tone="warn">{t('history.clock', { time: moment(entry.clockBehind) })}</Tag>}
      </p>
      <Details entry={revealed?.entry ?? entry} />
      {entry.masked && !revealed && <Reveal wanted={wanted} position={entry.position ?? ''} onRevealed={setRevealed} />}
      <p class="trail">
        {t('event.trail', {
          position: digits(entry.position ?? '0'), known: moment(entry.knownAt), recorded: moment(entry.recordedAt),
          actor: words(entry.actor ?? ''), role: word(entry.role ?? ''),
        })}
        {entry.reason && <> · {t('event.reason', { reason: words(entry.reason) })}</>}
        {entry.place && <> · {words(entry.place)}</>}
      </p>
    </li>
  );
}

interface Month {
  name: string;
  entries: HistoryEntryJson[];
}

// A void or correction stays with what it concerns, whatever its own day is.
function monthsOf(entries: HistoryEntryJson[]): Month[] {
  const months: Month[] = [];
  for (const entry of entries) {
    const under = entry.concerns && entry.concerns !== '0';
    const name = (entry.occurred?.from ?? '').slice(0, 7);
    const last = months.at(-1);
    if (last && (under || last.name === name)) last.entries.push(entry);
    else months.push({ name, entries: [entry] });
  }
  return months;
}

function choicesOf(entries: HistoryEntryJson[], of: (entry: HistoryEntryJson) => string, say: (value: string) => string): Choice[] {
  const values = [...new Set(entries.map(of))].filter(Boolean).sort();
  return [{ value: '', label: t('all') }, ...values.map((value) => ({ value, label: say(value) }))];
}

// `Case`, and which one of several.
function recordsOf(entries: HistoryEntryJson[]): Choice[] {
  const categoryOf = (stream: string) => stream.split('/')[0] ?? '';
  const streams = [...new Set(entries.map(({ stream = '' }) => stream))];
  return choicesOf(entries, (entry) => entry.stream ?? '', (stream) => {
    const category = categoryOf(stream);
    const one = streams.filter((other) => categoryOf(other) === category).length === 1;
    return one ? t(`category.${category}`) : `${t(`category.${category}`)} ${shortId(stream.slice(category.length + 1))}`;
  });
}

function Timeline({ wanted, history }: { wanted: Wanted; history: GetCaseHistoryResponseJson }) {
  const [kind, setKind] = useState('');
  const [actor, setActor] = useState('');
  const [record, setRecord] = useState('');
  const all = history.entries ?? [];
  const shown = all.filter((entry) => (kind === '' || entry.label === kind) && (actor === '' || entry.actor === actor) &&
    (record === '' || entry.stream === record));
  return (
    <section>
      <h2>{t('history.timeline')}</h2>
      <div class="controls no-print">
        <Field label={t('history.kind')}>{(field) => <Choose id={field} value={kind} choices={choicesOf(all, (entry) => entry.label ?? '', word)} onChoose={setKind} />}</Field>
        <Field label={t('history.actor')}>{(field) => <Choose id={field} value={actor} choices={choicesOf(all, (entry) => entry.actor ?? '', words)} onChoose={setActor} />}</Field>
        <Field label={t('history.record')}>{(field) => <Choose id={field} value={record} choices={recordsOf(all)} onChoose={setRecord} />}</Field>
      </div>
      <p role="status">{t('history.shown', { shown: shown.length, all: all.length })}</p>
      {monthsOf(shown).map(({ name, entries }) => (
        <section key={name + (entries[0]?.position ?? '')} class="month">
          <h3>{name ? day(name) : t('time.unknown')}</h3>
          <ol class="timeline">
            {entries.map((entry) => <Entry key={entry.position} wanted={wanted} entry={entry} under={Boolean(entry.concerns && entry.concerns !== '0')} />)}
          </ol>
        </section>
      ))}
      {(history.unreadable ?? []).length > 0 && (
        <Notice tone="warn">{t('history.unreadable', { positions: digits((history.unreadable ?? []).join(', ')) })}</Notice>
      )}
    </section>
  );
}

function Readers({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="readers" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('history.readers')}</summary>
      {open && <Accesses personId={id} readerId="" />}
    </details>
  );
}

function Bundle({ id, purpose, mayDownload }: { id: string; purpose: string; mayDownload: boolean }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RpcError | null>(null);
  const download = async () => {
    setBusy(true);
    setError(null);
    try {
      save(`mlup-${id}.bundle`, 'application/octet-stream', (await exportBundle(id, purpose)) as Uint8Array<ArrayBuffer>);
    } catch (thrown) {
      setError(toRpcError(thrown));
    }
    setBusy(false);
  };
  return (
    <div class="no-print">
      <p class="actions">
        {mayDownload && <Button kind="second" disabled={busy} onClick={() => void download()}>{t('history.bundle')}</Button>}
        <Button kind="second" onClick={() => window.print()}>{t('print')}</Button>
        <Link href="/audit">{t('history.check')}</Link>
      </p>
      {error && <Failure error={error} />}
    </div>
  );
}

// Whether this is what the emergency access is for: the case itself, or the child whose case it is.
function isReadBy(access: EmergencyAccess | null, id: string, { entries = [] }: GetCaseHistoryResponseJson): access is EmergencyAccess {
  return access !== null && (id === access.caseId || entries.some(({ stream }) => stream === `case/${access.caseId}`));
}

interface OpenedProps {
  wanted: Wanted;
  history: Asked<GetCaseHistoryResponseJson>;
  onBegun: (caseId: string) => void;
  onEnded: () => void;
}

// Of a history that is not all that is known, which one it is.
function CutNotice({ known, happened }: Cut) {
  if (!known && !happened) return null;
  return (
    <Notice tone="warn" title={t('history.cut_shown')}>
      {known && <p>{t('cut.day', { day: day(known) })}</p>}
      {happened && <p>{t('history.happened_by', { day: day(happened) })}</p>}
    </Notice>
  );
}

function Opened({ wanted, history, onBegun, onEnded }: OpenedProps) {
  const { id, purpose, steps } = wanted;
  const access = useEmergencyAccess();
  const [inEmergency, setInEmergency] = useState(false);
  const reads = history.answer !== undefined && isReadBy(access, id, history.answer);
  useEffect(() => {
    if (reads) setInEmergency(true);
    else if (inEmergency && !access) onEnded();
  }, [reads, inEmergency, access]);
  if (history.error?.reason === 'OUT_OF_SCOPE') {
    return (
      <>
        <Failure error={history.error} />
        <BeginEmergency id={id} onBegun={onBegun} />
      </>
    );
  }
  return (
    <Shown of={history}>{(answer) => (
      <>
        {reads && <EmergencyBanner access={access!} />}
        <p class="lead">{answer.subject ? t('history.of', { subject: asIs(answer.subject) }) : t('history.of_nobody')}</p>
        <Notice title={t('history.recorded', { position: digits(answer.accessPosition ?? '0') })}>
          <p>{t('history.complete', { total: answer.total ?? 0, position: digits(answer.position ?? '0') })}</p>
        </Notice>
        <CutNotice {...wanted} />
        <Bundle id={id} purpose={purpose} mayDownload={!reads} />
        {steps && <Steps entries={answer.entries ?? []} />}
        <Timeline wanted={wanted} history={answer} />
        <Readers id={id} />
      </>
    )}</Shown>
  );
}

export function HistoryPage({ id }: { id: string }) {
  const { query } = usePlace();
  const [cut, setCut] = useState<Cut>({ known: query.get('known') ?? '', happened: query.get('happened') ?? '' });
  const [asked, setAsked] = useState<Wanted | null>(null);
  const [ended, setEnded] = useState(false);
  const history = useCall(asked ? `history ${JSON.stringify(asked)}` : null, (signal) => readHistory(asked!, signal));
  const open = (wanted: Wanted) => {
    const { known, happened } = wanted;
    setAsked(wanted);
    setCut({ known, happened });
    setEnded(false);
    // The same page: the purpose is not part of the link, so that whoever follows it is asked again.
    window.history.replaceState(null, '', urlOf(['people', wanted.id], { known, happened }));
  };
  return (
    <>
      <Title>{t('page.people')}</Title>
      {asked ? (
        <>
          <Opened key={asked.id} wanted={asked} history={history} onBegun={(caseId) => {
            open({ ...asked, id: caseId });
            if (caseId === asked.id) history.again();
          }} onEnded={() => {
            setAsked(null);
            setEnded(true);
          }} />
          <p class="no-print"><Button kind="link" onClick={() => setAsked(null)}>{t('history.another')}</Button></p>
        </>
      ) : (
        <>
          {ended && <Notice tone="warn" title={t('emergency.over')}><p>{t('emergency.over_why')}</p></Notice>}
          <Ask id={id} cut={cut} onAsk={open} />
          {id === '' && <PeopleSearch />}
        </>
      )}
      <Help page="people" />
    </>
  );
}
