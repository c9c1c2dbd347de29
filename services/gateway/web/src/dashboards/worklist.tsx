// One worklist: what is to be done, on which record, by when.
import type { WorklistItemJson, WorklistSummaryJson } from '../../generated/mlup/dashboards/v1/dashboard_service_pb';
import { useCall } from '../call';
import { Choose, Field, Notice, Shown, Tag, Title } from '../components';
import { label } from '../figures';
import { shortId } from '../ids';
import { day, t, words } from '../language';
import { go, Link, urlOf } from '../router';
import { codeWords, listCaseloads, listWorklistItems, listWorklists, named, PAGE } from './calls';
import { Paged } from './pages';

// What is told of a person is behind the record's history, whose reading is on record.
function Record({ stream }: { stream: string }) {
  const [category = '', id = ''] = stream.split('/');
  const name = <>{t(`category.${category}`)} <code>{shortId(id)}</code></>;
  return category === 'case' || category === 'person' ? <Link href={urlOf(['people', id])}>{name}</Link> : name;
}

function Item({ item }: { item: WorklistItemJson }) {
  const { stream = '', dueOn = '', overdue, workers = [], values = [], action = '', mayAct, province = '' } = item;
  return (
    <tr data-item={item.eventId}>
      <td>{dueOn ? day(dueOn) : t('dashboards.no_day')} {overdue && <Tag tone="bad">{t('dashboards.overdue')}</Tag>}</td>
      <th scope="row"><Record stream={stream} /></th>
      <td><span class="as-recorded">{workers.join(', ')}</span></td>
      <td>{province && words(t(`place.${province}`))}</td>
      {values.map((value, i) => <td key={i}>{codeWords(value)}</td>)}
      <td>{mayAct && <Tag tone="good">{label(action)}</Tag>}</td>
    </tr>
  );
}

function Items({ of, worker }: { of: WorklistSummaryJson; worker: string }) {
  const { code = '', name, columns = [] } = of.definition ?? {};
  const head = [t('dashboards.due'), t('dashboards.record'), t('dashboards.workers'), t('dashboards.province'), ...columns.map((column) => named(column.label)), t('dashboards.may')];
  return (
    <Paged question={`items ${code} ${worker}`} name={named(name)} head={head}
      ask={(pageToken, signal) => listWorklistItems({ worklist: code, workerId: worker, pageSize: PAGE, pageToken }, signal)}
      rowsOf={({ items = [] }) => items} line={(item) => <Item key={item.eventId} item={item} />} />
  );
}

export function WorklistPage({ code, query }: { code: string; query: URLSearchParams }) {
  const worker = query.get('worker') ?? '';
  const lists = useCall('worklists', (signal) => listWorklists({}, signal));
  const workers = useCall('workers', (signal) => listCaseloads({ pageSize: 500 }, signal));
  const found = lists.answer?.worklists?.find(({ definition }) => definition?.code === code);
  return (
    <>
      <Title above={<Link href="/dashboards">{t('page.dashboards')}</Link>}>{named(found?.definition?.name) || label(code)}</Title>
      <Shown of={lists}>{() => (
        found ? (
          <>
            <div class="controls no-print">
              <Field label={t('dashboards.worker')}>{(id) => (
                <Choose id={id} value={worker} onChoose={(chosen) => go(urlOf(['dashboards', 'lists', code], { worker: chosen }), true)}
                  choices={[{ value: '', label: t('all') }, ...(workers.answer?.caseloads ?? []).map((one) => ({ value: one.workerId ?? '', label: words(one.label ?? '') }))]} />
              )}</Field>
            </div>
            <Items of={found} worker={worker} />
          </>
        ) : <Notice tone="bad" title={t('dashboards.unknown')} />
      )}</Shown>
    </>
  );
}
