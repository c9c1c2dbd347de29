// What came in, what went out and what is left.
import type { BalanceRowJson } from '../../generated/mlup/dashboards/v1/dashboard_service_pb';
import type { BalanceJson } from '../../generated/mlup/dashboards/v1/definitions_pb';
import { useCall } from '../call';
import { Notice, Shown, Tag, Title } from '../components';
import { day, digits, t } from '../language';
import { go, Link, urlOf } from '../router';
import { codeWords, listBalance, listPanels, named, PAGE } from './calls';
import { Paged } from './pages';

function Line({ row }: { row: BalanceRowJson }) {
  return (
    <tr>
      {(row.keys ?? []).map((key, i) => <td key={i}>{codeWords(key)}</td>)}
      <td class="number">{digits(row.cameIn ?? '')}</td>
      <td class="number">{digits(row.wentOut ?? '')}</td>
      <td class="number"><strong>{digits(row.left ?? '')}</strong></td>
      <td>{row.countedOn ? day(row.countedOn) : '–'}</td>
      <td>{(row.alerts ?? []).map((alert) => <Tag key={alert} tone="bad">{t(`dashboards.${alert}`)}</Tag>)}</td>
    </tr>
  );
}

function Balance({ of, alertsOnly }: { of: BalanceJson; alertsOnly: boolean }) {
  const { code = '', name, keys = [] } = of;
  const head = [...keys.map((key) => named(key.label)), ...['came_in', 'went_out', 'left', 'counted', 'alerts'].map((one) => t(`dashboards.${one}`))];
  return (
    <Paged question={`balance ${code} ${alertsOnly}`} name={named(name)} head={head}
      ask={(pageToken, signal) => listBalance({ balance: code, alertsOnly, pageSize: PAGE, pageToken }, signal)}
      rowsOf={({ rows = [] }) => rows} line={(row, at) => <Line key={at} row={row} />} />
  );
}

export function BalancePage({ code, query }: { code: string; query: URLSearchParams }) {
  const alertsOnly = query.get('alerts') === 'only';
  const defined = useCall('panels', (signal) => listPanels({}, signal));
  const found = defined.answer?.balances?.find((one) => one.code === code);
  return (
    <>
      <Title above={<Link href="/dashboards">{t('page.dashboards')}</Link>}>{named(found?.name) || codeWords(code)}</Title>
      <Shown of={defined}>{() => (
        found ? (
          <>
            <div class="controls no-print"><label class="check"><input type="checkbox" checked={alertsOnly}
              onChange={(event) => go(urlOf(['dashboards', 'balances', code], { alerts: event.currentTarget.checked ? 'only' : '' }), true)} /> {t('dashboards.alerts_only')}</label></div>
            <Balance of={found} alertsOnly={alertsOnly} />
          </>
        ) : <Notice tone="bad" title={t('dashboards.unknown')} />
      )}</Shown>
    </>
  );
}
