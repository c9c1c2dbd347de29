// What was published of a period, whether its figures are still those, and publishing.
import { useContext, useState } from 'preact/hooks';
import type { PublishReportRequestJson, PublishReportResponseJson } from '../generated/mlup/reports/v1/publication_service_pb';
import type {
  ListIndicatorsResponseJson, ListPublishedReportsRequestJson, ListPublishedReportsResponseJson, PublishedReportJson,
} from '../generated/mlup/reports/v1/report_service_pb';
import { AskFirst, Reason } from './actions';
import { useCall } from './call';
import { Choose, Field, Shown, Tag } from './components';
import { label } from './figures';
import { moment, language, t } from './language';
import { Link, urlOf } from './router';
import { rpc, unary } from './rpc';
import { SessionContext } from './session';

const listPublished = unary<ListPublishedReportsRequestJson, ListPublishedReportsResponseJson>('mlup.reports.v1.ReportService/ListPublishedReports');
const publish = unary<PublishReportRequestJson, PublishReportResponseJson>('mlup.reports.v1.PublicationService/PublishReport');

// Those of the roles file that is delivered; whoever else may is let by the daemon, from the command line.
const ROLES = ['mel_officer', 'director'];
const REASONS = ['late_entries', 'corrected_entries', 'wrong_definition'];
const QUARTER = /^\d{4}-Q[1-4]$/;
const YEAR = /^\d{4}$/;

function kindOf(period: string): string {
  return QUARTER.test(period) ? 'PERIOD_KIND_QUARTER' : YEAR.test(period) ? 'PERIOD_KIND_YEAR' : '';
}

const TONES = { DIGEST_CHECK_MATCHES: 'good', DIGEST_CHECK_DIFFERS: 'bad' } as const;

function Check({ check }: { check: string }) {
  return <Tag tone={check in TONES ? TONES[check as keyof typeof TONES] : 'plain'}>{t(`published.${check}`)}</Tag>;
}

function nameOf(reports: ListIndicatorsResponseJson, code = ''): string {
  const found = reports.reports?.find((report) => report.code === code);
  return (language() === 'km' ? found?.nameKm : found?.name) || (code === '' ? t('published.figures') : label(code));
}

function Line({ one, defined }: { one: PublishedReportJson; defined: ListIndicatorsResponseJson }) {
  const { knowledge, check = 'DIGEST_CHECK_UNSPECIFIED' } = one;
  return (
    <li data-published={check}>
      <strong>{nameOf(defined, one.report)}</strong> <Check check={check} />
      {one.restated && <Tag>{t('published.restated')}</Tag>}
      <p class="hint">{moment(one.recordedAt ?? '')} · <span class="as-recorded">{one.actorId}</span> · {t('position', { position: one.position ?? '0' })}</p>
      <Link href={urlOf(['reports', one.period ?? ''], { known: knowledge?.asKnownAt ?? '', pos: knowledge?.position ?? '' })}>{t('published.show')}</Link>
    </li>
  );
}

function Publish({ period, defined, standing, onDone }: {
  period: string; defined: ListIndicatorsResponseJson; standing: PublishedReportJson[]; onDone: () => void;
}) {
  const kind = kindOf(period);
  const fitting = (defined.reports ?? []).filter(({ periods = [] }) => periods.length === 0 || periods.some((one) => one === kind));
  const [report, setReport] = useState('');
  const [because, setBecause] = useState('');
  const [closes, setCloses] = useState(false);
  const stands = standing.some((one) => one.report === report && !one.restated);
  return (
    <AskFirst label={t('published.publish')} title={t('published.publish_title')} why={t('published.publish_why')} done={onDone}
      ready={report !== '' && (!stands || because !== '')} ask={async () => {
        await publish({ reportId: crypto.randomUUID(), report, period, closePeriod: closes, restatesBecause: stands ? because : '' });
        return t('published.done');
      }}>
      <Field label={t('published.report')}>{(id) => (
        <Choose id={id} value={report} onChoose={setReport}
          choices={[{ value: '', label: t('choose') }, ...fitting.map(({ code = '' }) => ({ value: code, label: nameOf(defined, code) }))]} />
      )}</Field>
      {stands && <Reason reasons={REASONS} value={because} onChoose={setBecause} />}
      <label class="check"><input type="checkbox" checked={closes} onChange={(event) => setCloses(event.currentTarget.checked)} /> {t('published.closes')}</label>
    </AskFirst>
  );
}

export function Published({ period }: { period: string }) {
  const role = useContext(SessionContext)?.actor.role ?? '';
  const known = kindOf(period) !== '';
  const published = useCall(known ? `published ${period}` : null, (signal) => listPublished({ period }, signal));
  const defined = useCall('indicators', (signal) => rpc.listIndicators({}, signal));
  if (!known) return null;
  return (
    <section class="no-print">
      <h2>{t('published.title')}</h2>
      <Shown of={published}>{({ reports = [] }) => (
        <Shown of={defined}>{(definitions) => (
          <>
            {reports.length === 0 && <p>{t('published.none')}</p>}
            <ul class="lines">{reports.map((one) => <Line key={one.position} one={one} defined={definitions} />)}</ul>
            {ROLES.includes(role) && <Publish period={period} defined={definitions} standing={reports} onDone={published.again} />}
          </>
        )}</Shown>
      )}</Shown>
    </section>
  );
}
