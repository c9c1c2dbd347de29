// What waits for whom, how many cases each worker has, and figures and balances beside each other.
import type { CaseloadJson, WorklistSummaryJson } from '../../generated/mlup/dashboards/v1/dashboard_service_pb';
import type { LabelJson } from '../../generated/mlup/dashboards/v1/definitions_pb';
import { useCall } from '../call';
import { Help, Shown, Tag, Title } from '../components';
import { digits, t, words } from '../language';
import { Link, urlOf } from '../router';
import { freshWords, listCaseloads, listPanels, listWorklists, named, PAGE } from '../dashboards/calls';
import { BalancePage } from '../dashboards/balance';
import { Paged } from '../dashboards/pages';
import { PanelPage } from '../dashboards/panel';
import { WorklistPage } from '../dashboards/worklist';

function Count({ count = 0, overdue = 0 }: { count: number | undefined; overdue: number | undefined }) {
  return <>{digits(String(count))} {overdue > 0 && <Tag tone="bad">{t('dashboards.of_overdue', { count: overdue })}</Tag>}</>;
}

function Worklists({ lists }: { lists: WorklistSummaryJson[] }) {
  return (
    <ul class="cards">
      {lists.map(({ definition, count, overdue }) => (
        <li key={definition?.code}>
          <Link href={urlOf(['dashboards', 'lists', definition?.code ?? ''])} class="card" data-worklist={definition?.code}>
            <strong>{named(definition?.name)}</strong>
            <span><Count count={count} overdue={overdue} /></span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Caseload({ of, lists }: { of: CaseloadJson; lists: WorklistSummaryJson[] }) {
  const { workerId = '', label: name = '', cases, waiting = [] } = of;
  return (
    <tr data-worker={workerId}>
      <th scope="row"><Link href={urlOf(['dashboards', 'lists', 'active_cases'], { worker: workerId })}>{words(name)}</Link></th>
      <td class="number">{digits(String(cases ?? 0))}</td>
      {lists.map(({ definition }) => {
        const one = waiting.find(({ worklist }) => worklist === definition?.code);
        return <td key={definition?.code} class="number"><Count count={one?.count} overdue={one?.overdue} /></td>;
      })}
    </tr>
  );
}

function Links({ path, all }: { path: string; all: { code?: string; name?: LabelJson }[] }) {
  return <ul class="lines">{all.map(({ code = '', name }) => <li key={code}><Link href={urlOf(['dashboards', path, code])}>{named(name)}</Link></li>)}</ul>;
}

function Overview() {
  const lists = useCall('worklists', (signal) => listWorklists({}, signal));
  const panels = useCall('panels', (signal) => listPanels({}, signal));
  return (
    <>
      <Title>{t('page.dashboards')}</Title>
      <Shown of={lists}>{({ worklists = [], freshness }) => {
        const others = worklists.filter(({ definition }) => !definition?.isCaseload);
        return (
          <>
            <section>
              <h2>{t('dashboards.lists')}</h2>
              <p role="status">{freshWords(freshness)}</p>
              <Worklists lists={worklists} />
            </section>
            <section>
              <h2>{t('dashboards.caseloads')}</h2>
              <Paged question="caseloads" name={t('dashboards.caseloads')} head={[t('dashboards.worker'), t('dashboards.cases'), ...others.map(({ definition }) => named(definition?.name))]}
                ask={(pageToken, signal) => listCaseloads({ pageSize: PAGE, pageToken }, signal)} rowsOf={({ caseloads = [] }) => caseloads}
                line={(one) => <Caseload key={one.workerId} of={one} lists={others} />} />
            </section>
          </>
        );
      }}</Shown>
      <Shown of={panels}>{({ panels: all = [], balances = [] }) => (
        <>
          <section>
            <h2>{t('dashboards.panels')}</h2>
            <Links path="panels" all={all} />
          </section>
          <section>
            <h2>{t('dashboards.balances')}</h2>
            <Links path="balances" all={balances} />
          </section>
        </>
      )}</Shown>
    </>
  );
}

export function DashboardsPage({ path, query }: { path: string[]; query: URLSearchParams }) {
  const [kind, code = ''] = path;
  return (
    <>
      {kind === 'lists' && <WorklistPage code={code} query={query} />}
      {kind === 'panels' && <PanelPage code={code} query={query} />}
      {kind === 'balances' && <BalancePage code={code} query={query} />}
      {kind === undefined && <Overview />}
      <Help page="dashboards" />
    </>
  );
}
