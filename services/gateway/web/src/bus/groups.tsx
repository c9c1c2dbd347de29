// Consumer groups: how they fare, who takes part, and the events that they put aside.
import { useState } from 'preact/hooks';
import type { ConsumerStatusJson, GroupStatusJson, ParkedEventJson } from '../../generated/mlup/bus/v1/group_service_pb';
import { Act, AskFirst, FromShell } from '../actions';
import { useCall } from '../call';
import { Button, Facts, Notice, Shown, Tag } from '../components';
import { ago, digits, moment, t } from '../language';
import { rpc } from '../rpc';
import { useTicks } from './ticks';

const PAGE = 100;
const CONDITIONS: Record<string, [string, 'good' | 'warn' | 'bad']> = {
  GROUP_CONDITION_LIVE: ['live', 'good'], GROUP_CONDITION_CATCHING_UP: ['behind', 'warn'], GROUP_CONDITION_STALLED: ['stopped', 'bad'],
};

function Parked({ group, one, again }: { group: string; one: ParkedEventJson; again: () => void }) {
  const position = one.position ?? '0';
  return (
    <li>
      <p><strong>{t('position', { position: digits(position) })}</strong> {t('bus.parked', { tries: one.tries ?? 0, since: ago(one.parkedAt) })}:{' '}
        <span class="as-recorded">{one.reason}</span></p>
      <div class="actions">
        <Act label={t('bus.replay')} done={again} ask={async () => {
          const { replayed = 0 } = await rpc.replayParked({ group, positions: [position] });
          return t('bus.replayed', { count: replayed });
        }} />
        <AskFirst label={t('bus.skip')} title={t('bus.skip_title')} why={t('bus.skip_parked_why')} done={again} ask={async () => {
          await rpc.skipParked({ group, positions: [position] });
          return t('bus.skipped');
        }} />
      </div>
    </li>
  );
}

function ParkedList({ group }: { group: string }) {
  const request = { group, limit: PAGE };
  const parked = useCall(`parked ${group}`, (signal) => rpc.listParked(request, signal));
  return (
    <Shown of={parked}>{({ parked: all = [] }) => (
      <>
        {all.length === 0 && <Notice>{t('bus.no_letters')}</Notice>}
        <ul class="letters">{all.map((one) => <Parked key={one.position} group={group} one={one} again={parked.again} />)}</ul>
        <FromShell call={rpc.listParked} request={request} />
      </>
    )}</Shown>
  );
}

function Consumers({ all }: { all: ConsumerStatusJson[] }) {
  if (all.length === 0) return null;
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t('bus.consumers')}>
      <table>
        <thead><tr>{['name', 'since', 'in_flight', 'delivered', 'answered'].map((name) => <th key={name} scope="col">{t(`consumer.${name}`)}</th>)}</tr></thead>
        <tbody>
          {all.map((one, i) => (
            <tr key={i}>
              <th scope="row"><span class="as-recorded">{one.name}</span></th>
              <td>{moment(one.connectedAt)}</td>
              <td>{t('consumer.of', { held: one.inFlight ?? 0, credits: one.credits ?? 0 })}</td>
              <td>{digits(one.delivered ?? '0')}</td>
              <td>{digits(one.answered ?? '0')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Group({ group, again }: { group: GroupStatusJson; again: () => void }) {
  const [open, setOpen] = useState(false);
  const { name = '', owner = '', target } = group.definition ?? {};
  const [state, tone] = CONDITIONS[group.condition ?? ''] ?? ['waiting', 'warn'];
  const parked = group.parked ?? 0;
  return (
    <article class="panel" data-group={name}>
      <h3>{name} <Tag tone={tone}>{t(`state.${state}`)}</Tag></h3>
      {group.reason && <p class="because" lang="en">{group.reason}</p>}
      <Facts rows={[
        [t('bus.group_of'), owner || t('bus.operator')],
        [t('bus.group_target'), target?.stream ? <code>{target.stream}</code> : target?.filter ? <code>{JSON.stringify(target.filter)}</code> : t('bus.whole_log')],
        [t('bus.of_position'), digits(group.checkpoint ?? '0')],
        [t('bus.of_lag'), digits(group.lag ?? '0')],
        [t('bus.last_progress'), ago(group.lastProgress)],
        [t('bus.oldest_unacked'), group.oldestUnackedSince ? ago(group.oldestUnackedSince) : t('bus.left_none')],
        [t('bus.in_flight'), digits(String(group.inFlight ?? 0))],
        [t('bus.retry'), digits(String(group.waitingForRetry ?? 0))],
        [t('bus.dead_letters'), digits(String(parked))],
        [t('bus.delivered'), digits(group.delivered ?? '0')],
        [t('bus.consumers'), digits(String((group.consumers ?? []).length))],
      ]} />
      <Consumers all={group.consumers ?? []} />
      <div class="actions">
        {group.condition === 'GROUP_CONDITION_STALLED' && <Act label={t('bus.resume')} done={again} ask={async () => {
          await rpc.resumeGroup({ name });
          return t('bus.resumed');
        }} />}
        {parked > 0 && <Act label={t('bus.replay_all')} done={again} ask={async () => {
          const { replayed = 0 } = await rpc.replayParked({ group: name });
          return t('bus.replayed', { count: replayed });
        }} />}
        {parked > 0 && <Button kind="second" aria-expanded={open} onClick={() => setOpen(!open)}>{t('bus.show_letters', { count: parked })}</Button>}
      </div>
      {open && parked > 0 && <ParkedList group={name} />}
    </article>
  );
}

export function Groups() {
  const tick = useTicks();
  const groups = useCall(`groups ${tick}`, (signal) => rpc.listGroups({}, signal));
  return (
    <section>
      <h2>{t('bus.groups')}</h2>
      <Shown of={groups} quiet>{({ groups: all = [] }) => (
        all.length === 0 ? <Notice>{t('bus.no_groups')}</Notice> : <>{all.map((group) => <Group key={group.definition?.name} group={group} again={groups.again} />)}</>
      )}</Shown>
      <FromShell call={rpc.listGroups} request={{}} />
    </section>
  );
}
