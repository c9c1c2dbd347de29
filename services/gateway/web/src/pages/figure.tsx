// One figure: what it means, what it is, and every event behind it.
import { useState } from 'preact/hooks';
import type { CellJson, EvidenceJson, ListEvidenceResponseJson, RowJson } from '../../generated/mlup/reports/v1/report_service_pb';
import type { IndicatorJson } from '../../generated/mlup/reports/v1/indicators_pb';
import { useCall } from '../call';
import { Button, Choose, Copy, Facts, Field, Help, Notice, Shown, Tag, Title } from '../components';
import { dimensionWords, keyOf, marks, memberWords, sectionWords, unitWords, valueWords } from '../figures';
import { day, digits, moment, occurred, period as periodWords, t, typeWords, word, words } from '../language';
import { lazy } from '../lazy';
import { go, Link, urlOf } from '../router';
import { rpc, RpcError } from '../rpc';

// With what draws it.
const Series = lazy(async () => (await import('../series')).Series);

const PAGE = 100;
const PAGE_MAX = 500;
// Of whom a history can be opened.
const SUBJECTS = new Set(['person', 'case']);

interface Scope {
  period: string;
  known: string;
  position: string;
  cell: CellJson;
}

function ask(scope: Scope, pageSize: number, pageToken: string, signal?: AbortSignal): Promise<ListEvidenceResponseJson> {
  const request = {
    scope: { period: scope.period, asKnownAt: scope.known, position: scope.position || '0' }, cell: scope.cell, pageSize, pageToken,
  };
  return rpc.listEvidence(request, signal);
}

async function askAll(scope: Scope, signal: AbortSignal): Promise<EvidenceJson[]> {
  const all: EvidenceJson[] = [];
  for (let token = ''; ;) {
    const page = await ask(scope, PAGE_MAX, token, signal);
    all.push(...page.evidence ?? []);
    token = page.nextPageToken ?? '';
    if (token === '') return all;
  }
}

function Definition({ indicator, row }: { indicator: IndicatorJson; row: RowJson }) {
  const rule = (indicator.periodRule ?? 'PERIOD_RULE_OCCURRED_WITHIN').slice('PERIOD_RULE_'.length).toLowerCase();
  const nature = (indicator.nature ?? 'NATURE_COUNTED').slice('NATURE_'.length).toLowerCase();
  const events = [...new Set((indicator.select ?? []).map((select) => select.event ?? ''))];
  const rows: [preact.ComponentChildren, preact.ComponentChildren][] = [
    [t('figure.counts'), unitWords(row)],
    [t('figure.population'), words(indicator.population ?? '')],
    [t('figure.events'), events.map(typeWords).join(', ')],
    [t('figure.rule'), t(`rule.${rule}`)],
    [t('figure.nature'), t(`nature.${nature}`)],
    [t('figure.version'), `${indicator.code} · ${digits(String(indicator.version ?? 1))}`],
  ];
  if (indicator.overlaps?.length) rows.push([t('figure.overlaps'), indicator.overlaps.join(', ')]);
  return <Facts rows={rows} />;
}

function subjectOf(stream: string): string | null {
  const slash = stream.indexOf('/');
  return SUBJECTS.has(stream.slice(0, slash)) ? stream.slice(slash + 1) : null;
}

export function EventCard({ event }: { event: EvidenceJson }) {
  const subject = subjectOf(event.stream ?? '');
  if (event.forFew) {
    return <article class="event" data-position={event.position}><p>{t('figure.for_few')} <span class="hint">{t('position', { position: digits(event.position ?? '0') })}</span></p></article>;
  }
  return (
    <article class="event" data-position={event.position}>
      <header>
        <h3>{typeWords(event.type ?? '')}</h3>
        <p class="when">{occurred(event.occurred)}</p>
        {event.contributes ? <Tag tone="good">{t('figure.contributes', { value: digits(event.contributes) })}</Tag>
          : <Tag tone="quiet">{t('figure.contributes_nothing')}</Tag>}
      </header>
      <Facts rows={(event.details ?? []).map(({ label = '', value = '' }) => [word(label), words(value)])} />
      <p class="trail">
        {t('event.trail', {
          position: digits(event.position ?? '0'), known: moment(event.knownAt), recorded: moment(event.recordedAt),
          actor: words(event.actor ?? ''), role: word(event.role ?? ''),
        })}
        {' '}<code>{event.stream}</code>
      </p>
      {subject && <p><Link href={urlOf(['people', subject])}>{t('figure.open_child')}</Link> <span class="hint">{t('figure.open_child_hint')}</span></p>}
    </article>
  );
}

function Events({ scope }: { scope: Scope }) {
  const [more, setMore] = useState<EvidenceJson[]>([]);
  const [token, setToken] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const first = useCall(JSON.stringify(scope), (signal) => ask(scope, PAGE, '', signal));
  const load = async (from: string) => {
    setBusy(true);
    const page = await ask(scope, PAGE, from).finally(() => setBusy(false));
    setMore((before) => [...before, ...page.evidence ?? []]);
    setToken(page.nextPageToken ?? '');
  };
  return (
    <Shown of={first}>{(answer) => {
      const events = [...answer.evidence ?? [], ...more];
      const next = token ?? answer.nextPageToken ?? '';
      return (
        <section>
          <h2>{t('figure.events_behind', { count: answer.total ?? 0 })}</h2>
          {events.length === 0 && <Notice>{t('figure.no_events')}</Notice>}
          {events.map((event) => <EventCard key={event.position} event={event} />)}
          {next && <Button kind="second" disabled={busy} onClick={() => void load(next)}>{t('more')}</Button>}
        </section>
      );
    }}</Shown>
  );
}

interface Change {
  was: EvidenceJson[];
  is: EvidenceJson[];
  value: string;
  // Positions of the events that make the difference, voids, corrections and merges among them.
  because: string[];
}

// Where a cut has no such row, nothing is behind it.
function noneThere(thrown: unknown): ListEvidenceResponseJson {
  if (thrown instanceof RpcError && thrown.reason === 'CELL_UNKNOWN') return {};
  throw thrown;
}

async function readChange(scope: Scope, since: string, signal: AbortSignal): Promise<Change> {
  const then = { ...scope, known: since };
  const [first, is, report] = await Promise.all([
    ask(then, 1, '', signal).catch(noneThere), askAll(scope, signal),
    rpc.getReport({
      scope: { period: scope.period, asKnownAt: scope.known, position: scope.position || '0' }, codes: [scope.cell.code ?? ''],
      comparedWith: { asKnownAt: since, position: scope.position || '0' },
    }, signal),
  ]);
  const was = first.total ? await askAll(then, signal) : [];
  const row = (report.rows ?? []).find((one) => keyOf(one.cell) === keyOf(scope.cell));
  return { was, is, value: first.row ? valueWords(first.row) : t('report.no_row'), because: row?.restatedBy ?? [] };
}

function ChangeList({ title, events }: { title: string; events: EvidenceJson[] }) {
  if (events.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      {events.map((event) => <EventCard key={event.position} event={event} />)}
    </>
  );
}

// What an event adds, and what it says: another of these is a change of the event itself.
const told = (event: EvidenceJson) => JSON.stringify([event.contributes, event.details, event.occurred]);

function Changed({ since, row, change }: { since: string; row: RowJson; change: Change }) {
  const { was, is, value, because } = change;
  const old = new Map(was.map((event) => [event.position, told(event)]));
  const now = new Set(is.map((event) => event.position));
  const added = is.filter((event) => !old.has(event.position));
  const gone = was.filter((event) => !now.has(event.position));
  const changed = is.filter((event) => old.has(event.position) && old.get(event.position) !== told(event));
  const same = added.length + gone.length + changed.length + because.length === 0;
  return (
    <div data-since={since}>
      <p>{t('figure.was', { day: day(since), was: value, is: valueWords(row) })}</p>
      {same && <p>{t('figure.same')}</p>}
      {because.length > 0 && <><p>{t('figure.because')}</p><Positions of={because} /></>}
      <ChangeList title={t('figure.added', { count: added.length })} events={added} />
      <ChangeList title={t('figure.gone', { count: gone.length })} events={gone} />
      <ChangeList title={t('figure.changed', { count: changed.length })} events={changed} />
    </div>
  );
}

function WhyChanged({ scope, row, since, onSince }: { scope: Scope; row: RowJson; since: string; onSince: (since: string) => void }) {
  const moved = useCall(`days ${scope.period}`, (signal) => rpc.listKnowledgeDays({ period: scope.period }, signal));
  const change = useCall<Change>(since ? `${JSON.stringify(scope)} since ${since}` : null, (signal) => readChange(scope, since, signal));
  const before = (moved.answer?.days ?? []).map((one) => one.day ?? '').filter((one) => scope.known === '' || one < scope.known).reverse();
  if (since && !before.includes(since)) before.unshift(since);
  if (before.length === 0) return null;
  return (
    <details class="why no-print" open={since !== ''}>
      <summary>{t('figure.why')}</summary>
      <Field label={t('figure.since')}>{(id) => (
        <Choose id={id} value={since} onChoose={onSince} choices={[{ value: '', label: t('choose') }, ...before.map((value) => ({ value, label: day(value) }))]} />
      )}</Field>
      {since && <Shown of={change}>{(answer) => <Changed since={since} row={row} change={answer} />}</Shown>}
    </details>
  );
}

// Each a link to the event itself, for whoever may see the log.
function Positions({ of }: { of: string[] }) {
  return <ul>{of.map((position) => <li key={position}><Link href={urlOf(['bus'], { from: position })}>{t('position', { position: digits(position) })}</Link></li>)}</ul>;
}

function Restated({ row }: { row: RowJson }) {
  if (!row.restated) return null;
  return (
    <Notice tone="warn" title={t('mark.restated', { published: row.publishedValue ? digits(row.publishedValue) : t('mark.no_value') })}>
      <p>{t('figure.restated_by', { positions: digits((row.restatedBy ?? []).join(', ')) })}</p>
      <Positions of={row.restatedBy ?? []} />
    </Notice>
  );
}

function OverQuarters({ cell, known, position }: Omit<Scope, 'period'>) {
  const [open, setOpen] = useState(false);
  return (
    <details class="definition no-print" data-over-quarters onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('figure.series')}</summary>
      {open && <Series cell={cell} known={known} position={position} />}
    </details>
  );
}

export function FigurePage({ period, code, query }: { period: string; code: string; query: URLSearchParams }) {
  const known = query.get('known') ?? '';
  const position = query.get('pos') ?? '';
  const since = query.get('since') ?? '';
  const cell: CellJson = { code, dimension: query.get('dimension') ?? '', member: query.get('member') ?? '' };
  const scope: Scope = { period, known, position, cell };
  const key = JSON.stringify(scope);
  const row = useCall(`row ${key}`, async (signal) => (await ask(scope, 1, '', signal)).row ?? {});
  const indicators = useCall('indicators', (signal) => rpc.listIndicators({}, signal));
  const indicator = indicators.answer?.indicators?.find((one) => one.code === code);
  const here = (from: string) => urlOf(['reports', period, code], { dimension: cell.dimension, member: cell.member, known, pos: position, since: from });
  const back = urlOf(['reports', period], { known, pos: position });
  const above = <Link href={back}>{t('report.title', { period: periodWords(period) })}</Link>;
  const name = indicator ? word(indicator.name ?? '') : code;
  const link = () => location.href;
  return (
    <>
      <Title above={above}>{name}</Title>
      {cell.dimension && <p class="lead">{dimensionWords(cell)}: {memberWords(cell)} · <Link href={urlOf(['reports', period, code], { known, pos: position })}>{t('figure.total')}</Link></p>}
      <Shown of={row}>{(shown) => (
        <>
          <p class="figure" data-value={shown.value ?? ''}>
            <strong>{valueWords(shown) || t('report.by_part')}</strong>
            <span>{unitWords(shown)}</span>
            {marks(shown).map(({ text, tone }) => <Tag key={text} tone={tone}>{text}</Tag>)}
          </p>
          <p class="scope">{t('figure.scope', { period: periodWords(period), known: known ? t('cut.day', { day: day(known) }) : t('cut.all') })}
            {shown.section && <> · {sectionWords(shown.section)}</>}</p>
          <div class="actions no-print">
            <Copy text={link}>{t('report.copy')}</Copy>
            {known && <Button kind="second" onClick={() => go(urlOf(['reports', period, code], { dimension: cell.dimension, member: cell.member }))}>{t('figure.today')}</Button>}
          </div>
          <Restated row={shown} />
          {indicator && (
            <details class="definition" open>
              <summary>{t('figure.definition')}</summary>
              <Definition indicator={indicator} row={shown} />
            </details>
          )}
          <WhyChanged scope={scope} row={shown} since={since} onSince={(chosen) => go(here(chosen), true)} />
        </>
      )}</Shown>
      <OverQuarters key={keyOf(cell)} cell={cell} known={known} position={position} />
      <Events key={key} scope={scope} />
      <Help page="figure" />
    </>
  );
}

