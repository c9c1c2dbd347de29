// The report of a period as known on a day, beside another day where one asks, every figure a link to its events.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { GetReportResponseJson, KnowledgeDayJson, RowJson } from '../../generated/mlup/reports/v1/report_service_pb';
import { useCall } from '../call';
import { Button, Choose, Copy, Field, Help, Notice, save, Shown, Slider, Tag, Title } from '../components';
import { csvOf, jsonOf, type Seen } from '../exports';
import {
  byKey, differing, differs, dimensionWords, type Group, keyOf, marks, memberWords, type Section, sectionsOf, sectionWords, unitWords, type ShownRow,
  valueWords, withAbsent,
} from '../figures';
import { day, days, digits, period as periodWords, t, word, words } from '../language';
import { lazy } from '../lazy';
import { go, Link, urlOf } from '../router';
import { rpc } from '../rpc';

const Published = lazy(async () => (await import('../published')).Published);

export function ReportsPage() {
  const periods = useCall('periods', (signal) => rpc.listPeriods({}, signal));
  return (
    <>
      <Title>{t('page.reports')}</Title>
      <p class="lead">{t('reports.lead')}</p>
      <Shown of={periods}>{({ periods: all = [] }) => (
        all.length === 0 ? <Notice>{t('reports.none')}</Notice> : (
          <ul class="cards">
            {all.map(({ period = '', events = 0 }) => (
              <li key={period}>
                <Link href={urlOf(['reports', period])} class="card">
                  <strong>{periodWords(period)}</strong>
                  <span>{t('reports.events', { count: events })}</span>
                </Link>
              </li>
            ))}
          </ul>
        )
      )}</Shown>
      <Help page="reports" />
    </>
  );
}

interface Cut {
  // Last day of knowledge; all that is known where it is empty.
  known: string;
}

// Over the days on which something moved, and one step further: all that is known.
function KnowledgeDays({ name, days: all, cut, onCut }: { name: string; days: KnowledgeDayJson[]; cut: Cut; onCut: (cut: Cut) => void }) {
  const end = all.length;
  // A day between two steps is as the one before it.
  const stepOf = (known: string) => (known === '' ? end : Math.max(0, all.filter(({ day: moved = '' }) => moved <= known).length - 1));
  const [step, setStep] = useState(stepOf(cut.known));
  useEffect(() => setStep(stepOf(cut.known)), [cut.known, end]);
  const shown = step >= end ? '' : (step === stepOf(cut.known) && cut.known ? cut.known : all[step]?.day ?? '');
  const say = (at: number) => (at >= end ? t('cut.all') : t('cut.day', { day: day(all[at]?.day ?? '') }));
  const choose = (to: number) => {
    setStep(to);
    onCut({ known: to >= end ? '' : all[to]?.day ?? '' });
  };
  return (
    <Field label={name} hint={shown === '' ? t('cut.all') : t('cut.day_events', { day: day(shown), count: all[step]?.events ?? 0 })}>{(id) => (
      <Slider id={id} step={step} end={end} say={say} earlier={t('cut.earlier')} later={t('cut.later')} onMove={setStep} onChoose={choose} />
    )}</Field>
  );
}

interface View {
  period: string;
  known: string;
  against: string | null;
  position: string;
}

function figureUrl(view: View, row: RowJson, known: string): string {
  const { code = '', dimension, member } = row.cell ?? {};
  return urlOf(['reports', view.period, code], { dimension, member, known, pos: view.position });
}

function Value({ view, row, known }: { view: View; row: ShownRow | undefined; known: string }) {
  if (!row || row.absent) return <span class="none">{t('report.no_row')}</span>;
  const text = valueWords(row);
  return (
    <>
      <Link href={figureUrl(view, row, known)} class={row.value ? 'value' : 'value value-none'} data-cell={keyOf(row.cell)}
        data-value={row.value ?? ''} data-events={String(row.evidenceCount ?? 0)}>
        {text || t('report.by_part')}
        <span class="hidden"> {t('report.open', { count: row.evidenceCount ?? 0 })}</span>
      </Link>
      {marks(row).map(({ text: mark, tone }) => <Tag key={mark} tone={tone}>{mark}</Tag>)}
    </>
  );
}

interface RowsProps {
  view: View;
  group: Group;
  other: Map<string, RowJson> | null;
  open: boolean;
  onToggle: () => void;
}

// From what one day knew to what the other one did.
function Why({ view, row }: { view: View; row: RowJson }) {
  const days = [view.known, view.against ?? ''];
  const later = days.includes('') ? '' : days[0]! > days[1]! ? days[0]! : days[1]!;
  const since = days[0] === later ? days[1]! : days[0]!;
  const { code = '', dimension, member } = row.cell ?? {};
  return <Link class="why-link no-print" href={urlOf(['reports', view.period, code], { dimension, member, known: later, pos: view.position, since })}>{t('figure.why')}</Link>;
}

function Rows({ view, group, other, open, onToggle }: RowsProps) {
  const { total, parts } = group;
  const isOther = (row: RowJson) => other !== null && differs(row, other);
  const cells = (row: RowJson) => (
    <>
      <td class="number"><Value view={view} row={row} known={view.known} /></td>
      {other && (
        <td class="number">
          <Value view={view} row={other.get(keyOf(row.cell))} known={view.against ?? ''} />
          {isOther(row) && <Why view={view} row={row} />}
        </td>
      )}
    </>
  );
  return (
    <>
      <tr class={isOther(total) ? 'differs' : undefined}>
        <th scope="row">
          <span class="name">{word(total.name ?? '')}</span>
          <span class="unit">{unitWords(total)}</span>
          {parts.length > 0 && (
            <button type="button" class="parts no-print" aria-expanded={open} onClick={onToggle}>
              {t(open ? 'report.hide_parts' : 'report.show_parts', { count: parts.length })}
            </button>
          )}
        </th>
        {cells(total)}
      </tr>
      {open && parts.map((row) => (
        <tr key={keyOf(row.cell)} class={`part${isOther(row) ? ' differs' : ''}`}>
          <th scope="row"><span class="unit">{dimensionWords(row.cell)}</span> {words(memberWords(row.cell))}</th>
          {cells(row)}
        </tr>
      ))}
    </>
  );
}

interface TableProps {
  view: View;
  section: Section;
  other: Map<string, RowJson> | null;
  opened: Set<string>;
  allOpen: boolean;
  onToggle: (code: string) => void;
}

function SectionTable({ view, section, other, opened, allOpen, onToggle }: TableProps) {
  const heading = (known: string) => (known ? t('cut.short', { day: day(known) }) : t('cut.all_short'));
  return (
    <section>
      <table class="report">
        <caption><h2>{sectionWords(section.code)}</h2></caption>
        <thead>
          <tr>
            <th scope="col">{t('report.figure')}</th>
            <th scope="col" class="number">{heading(view.known)}</th>
            {other && <th scope="col" class="number">{heading(view.against ?? '')}</th>}
          </tr>
        </thead>
        <tbody>
          {section.groups.map((group) => {
            const code = group.total.cell?.code ?? '';
            // Quantities of different goods have no total: their parts are the figure.
            const open = allOpen || opened.has(code) !== (valueWords(group.total) === '');
            return <Rows key={code} view={view} group={group} other={other} open={open} onToggle={() => onToggle(code)} />;
          })}
        </tbody>
      </table>
    </section>
  );
}

function matches(row: RowJson, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  return wanted === '' || [row.name, word(row.name ?? ''), row.cell?.code].some((text) => (text ?? '').toLowerCase().includes(wanted));
}

function Notes({ report }: { report: GetReportResponseJson }) {
  const notes = report.notes ?? [];
  if (notes.length === 0) return null;
  return (
    <section>
      <h2>{t('report.notes')}</h2>
      <ul class="notes">
        {notes.map((note) => (
          <li key={`${note.position}${note.text}`}>
            <span lang="en">{note.text}</span> <span class="hint">{words(note.occurred ?? '')} · {t('position', { position: note.position ?? '0' })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function ReportPage({ period, query }: { period: string; query: URLSearchParams }) {
  const [opened, setOpened] = useState(new Set<string>());
  const known = query.get('known') ?? '';
  const against = query.get('against');
  const position = query.get('pos') ?? '';
  const search = query.get('search') ?? '';
  const allOpen = query.get('parts') === 'all';
  const only = against !== null && query.get('only') === 'changed';
  const view: View = { period, known, against, position };
  const show = (changed: Record<string, string | null>) => {
    const next = { known, against, pos: position, search, parts: allOpen ? 'all' : '', only: only ? 'changed' : '', ...changed };
    // All that is known is a cut too, which an empty parameter would not say.
    const { against: beside, ...plain } = next;
    const url = urlOf(['reports', period], Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, value ?? ''])));
    go(beside === null ? url : `${url}${url.includes('?') ? '&' : '?'}against=${beside ?? ''}`, true);
  };
  const at = (asKnownAt: string) => ({ scope: { period, asKnownAt, position: position || '0' } });
  const moved = useCall(`days ${period}`, (signal) => rpc.listKnowledgeDays({ period }, signal));
  const report = useCall(`report ${period} ${known} ${position}`, (signal) => rpc.getReport(at(known), signal));
  const beside = useCall(against === null ? null : `report ${period} ${against} ${position}`, (signal) => rpc.getReport(at(against ?? ''), signal));
  const other = useMemo(() => (against === null ? null : beside.answer ? byKey(beside.answer.rows ?? []) : null), [against, beside.answer]);
  const periods = useCall('periods', (signal) => rpc.listPeriods({}, signal));
  const choices = (periods.answer?.periods ?? []).map((one) => one.period ?? '');
  if (!choices.includes(period)) choices.unshift(period);
  const toggle = (code: string) => setOpened((before) => {
    const after = new Set(before);
    if (!after.delete(code)) after.add(code);
    return after;
  });
  const link = () => location.origin + urlOf(['reports', period], { known, pos: report.answer?.position ?? position });
  return (
    <>
      <Title above={<Link href="/reports">{t('page.reports')}</Link>}>{t('report.title', { period: periodWords(period) })}</Title>
      <form class="controls no-print" onSubmit={(event) => event.preventDefault()}>
        <Field label={t('report.period')}>{(id) => (
          <Choose id={id} value={period} choices={choices.map((value) => ({ value, label: periodWords(value) }))}
            onChoose={(value) => go(urlOf(['reports', value]))} />
        )}</Field>
        <Field label={t('report.search')}>{(id) => (
          <input id={id} type="search" value={search} onInput={(event) => show({ search: event.currentTarget.value })} />
        )}</Field>
        <div class="cuts"><Shown of={moved}>{({ days: all = [] }) => (
          <>
            <KnowledgeDays name={t('cut.label')} days={all} cut={{ known }} onCut={(cut) => show({ known: cut.known })} />
            {against !== null && (
              <KnowledgeDays name={t('cut.against')} days={all} cut={{ known: against }} onCut={(cut) => show({ against: cut.known })} />
            )}
          </>
        )}</Shown></div>
        <div class="actions">
          <Button kind="second" aria-pressed={against !== null} onClick={() => show({ against: against === null ? '' : null })}>
            {t(against === null ? 'report.compare' : 'report.compare_end')}
          </Button>
          {against !== null && (
            <Button kind="second" aria-pressed={only} onClick={() => show({ only: only ? '' : 'changed' })}>{t(only ? 'report.only_changed_end' : 'report.only_changed')}</Button>
          )}
          <Button kind="second" aria-pressed={allOpen} onClick={() => show({ parts: allOpen ? '' : 'all' })}>
            {t(allOpen ? 'report.all_parts_end' : 'report.all_parts')}
          </Button>
        </div>
      </form>
      <Shown of={report}>{(answer) => {
        const found = (answer.rows ?? []).filter((row) => matches(row, search));
        const both = other ? withAbsent(found, other).filter((row) => matches(row, search)) : found;
        const rows = only && other ? differing(both, other) : both;
        const sections = sectionsOf(rows);
        const seen: Seen = { period, report: answer, rows, ...(other ? { beside: { day: against ?? '', rows: other } } : {}) };
        const name = `mlup-${period}${known ? `-known-${known}` : ''}`;
        return (
          <>
            <p class="scope" data-position={answer.position}>
              {t('report.scope', {
                days: days(answer.firstDay ?? '', answer.lastDay ?? ''),
                known: known ? t('cut.day', { day: day(known) }) : t('cut.all'),
                position: digits(answer.position ?? '0'),
              })}
            </p>
            <div class="actions no-print">
              <Copy text={link}>{t('report.copy')}</Copy>
              <Button kind="second" onClick={() => save(`${name}.csv`, 'text/csv', csvOf(seen))}>CSV</Button>
              <Button kind="second" onClick={() => save(`${name}.json`, 'application/json', jsonOf(seen))}>JSON</Button>
              <Button kind="second" onClick={() => window.print()}>{t('print')}</Button>
            </div>
            {sections.length === 0 && <Notice>{t(only ? 'report.nothing_changed' : 'report.nothing_found')}</Notice>}
            {sections.map((section) => (
              <SectionTable key={section.code} view={view} section={section} other={other} opened={opened} allOpen={allOpen} onToggle={toggle} />
            ))}
            {search === '' && !only && <Notes report={answer} />}
          </>
        );
      }}</Shown>
      <Published period={period} />
      <Help page="report" />
    </>
  );
}
