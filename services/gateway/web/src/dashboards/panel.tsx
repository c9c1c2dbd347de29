// Figures of a quarter beside those of the same quarter a year before.
import type { GetPanelResponseJson, PanelRowJson } from '../../generated/mlup/dashboards/v1/dashboard_service_pb';
import type { WhyNoneJson } from '../../generated/mlup/reports/v1/report_service_pb';
import { useCall } from '../call';
import { Choose, Field, Notice, Shown, Tag, Title } from '../components';
import { dimensionWords, keyOf, label, memberWords, unitWords, valueWords } from '../figures';
import { period, t } from '../language';
import { go, Link, urlOf } from '../router';
import { rpc } from '../rpc';
import { freshWords, getPanel, named } from './calls';

function Value({ value = '', why, rounded }: { value: string | undefined; why: WhyNoneJson | undefined; rounded: boolean }) {
  return <>{valueWords({ value, ...(why && { whyNone: why }) })} {rounded && value !== '' && <Tag tone="quiet">{t('dashboards.rounded')}</Tag>}</>;
}

function Row({ row, panel }: { row: PanelRowJson; panel: GetPanelResponseJson }) {
  const { cell, unit, value, whyNone, lastYear, lastYearWhyNone, rounded = false } = row;
  const name = panel.figures?.find(({ code }) => code === cell?.code)?.name;
  return (
    <tr class={cell?.dimension ? 'part' : undefined} data-cell={keyOf(cell)}>
      <th scope="row">
        {cell?.dimension ? <><span class="unit">{dimensionWords(cell)}</span> {memberWords(cell)}</>
          : <><span class="name">{named(name) || label(cell?.code ?? '')}</span><span class="unit">{unit && unitWords({ unit })}</span></>}
      </th>
      <td class="number"><Value value={value} why={whyNone} rounded={rounded} /></td>
      <td class="number"><Value value={lastYear} why={lastYearWhyNone} rounded={rounded} /></td>
    </tr>
  );
}

function Panel({ code, quarter }: { code: string; quarter: string }) {
  const panel = useCall(`panel ${code} ${quarter}`, (signal) => getPanel({ panel: code, quarter }, signal));
  return (
    <Shown of={panel}>{(answer) => (
      <>
        <p role="status">{freshWords(answer.freshness)}</p>
        {(answer.quarters ?? []).map((one) => (
          <table key={one.quarter} class="report">
            <caption><h2>{named(answer.name)}</h2></caption>
            <thead><tr><th scope="col">{t('dashboards.figure')}</th><th scope="col" class="number">{period(one.quarter ?? '')}</th><th scope="col" class="number">{period(one.lastYear ?? '')}</th></tr></thead>
            <tbody>{(one.rows ?? []).map((row) => <Row key={keyOf(row.cell)} row={row} panel={answer} />)}</tbody>
          </table>
        ))}
      </>
    )}</Shown>
  );
}

export function PanelPage({ code, query }: { code: string; query: URLSearchParams }) {
  const periods = useCall('periods', (signal) => rpc.listPeriods({}, signal));
  return (
    <>
      <Title above={<Link href="/dashboards">{t('page.dashboards')}</Link>}>{t('dashboards.panels')}</Title>
      <Shown of={periods}>{({ periods: all = [] }) => {
        const quarters = all.map(({ period: one = '' }) => one).filter((one) => /^\d{4}-Q[1-4]$/.test(one)).sort();
        const quarter = query.get('quarter') ?? quarters.at(-1);
        if (!quarter) return <Notice>{t('dashboards.nothing')}</Notice>;
        return (
          <>
            <div class="controls no-print">
              <Field label={t('dashboards.quarter')}>{(id) => (
                <Choose id={id} value={quarter} onChoose={(chosen) => go(urlOf(['dashboards', 'panels', code], { quarter: chosen }), true)}
                  choices={[...new Set([...quarters, quarter])].map((one) => ({ value: one, label: period(one) }))} />
              )}</Field>
            </div>
            <Panel code={code} quarter={quarter} />
          </>
        );
      }}</Shown>
    </>
  );
}
