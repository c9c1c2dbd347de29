// The read models: how far they are, how fast, and when they will be there.
import { useState } from 'preact/hooks';
import type { ProjectionStatusJson } from '../../generated/mlup/reports/v1/report_service_pb';
import { FromShell } from '../actions';
import { useCall } from '../call';
import { Shown, Tag } from '../components';
import { digits, knows, t } from '../language';
import { rpc } from '../rpc';
import { useTicks } from './ticks';

interface Projection extends ProjectionStatusJson {
  // Events a second since the last look; nothing before there were two.
  rate?: number;
}

// Looks again and again, so that a rate can be told.
function useProjections() {
  const tick = useTicks();
  const [seen, setSeen] = useState<{ at: number; of: Map<string, number> } | null>(null);
  return useCall(`projections ${tick}`, async (signal): Promise<Projection[]> => {
    const { projections = [] } = await rpc.getProjectionStatus({}, signal);
    const at = Date.now();
    const of = new Map(projections.map(({ name = '', position = '0' }) => [name, Number(position)]));
    const told = projections.map((one) => {
      const before = seen?.of.get(one.name ?? '');
      const seconds = seen ? (at - seen.at) / 1000 : 0;
      return { ...one, rate: before === undefined || seconds === 0 ? undefined : (Number(one.position ?? 0) - before) / seconds };
    });
    setSeen({ at, of });
    return told as Projection[];
  });
}

function Line({ of }: { of: Projection }) {
  const { name = '', position = '0', head = '0', stoppedBecause = '', passedOver = '0', rate } = of;
  const lag = Math.max(0, Number(head) - Number(position));
  return (
    <tr>
      <th scope="row">{knows(`projection.${name}`) ? t(`projection.${name}`) : name}</th>
      <td>{stoppedBecause ? <><Tag tone="bad">{t('state.stopped')}</Tag> <span lang="en">{stoppedBecause}</span></>
        : <Tag tone={lag === 0 ? 'good' : 'warn'}>{t(lag === 0 ? 'state.live' : 'state.behind')}</Tag>}</td>
      <td>{digits(position)}</td>
      <td>{digits(String(lag))}</td>
      <td>{rate === undefined ? '–' : t('bus.rate', { rate: rate.toFixed(1) })}</td>
      <td>{lag === 0 ? t('bus.left_none') : rate ? t('bus.left', { seconds: Math.ceil(lag / rate) }) : '–'}</td>
      <td>{digits(passedOver)}</td>
    </tr>
  );
}

export function ReadModels() {
  const projections = useProjections();
  return (
    <section>
      <h2>{t('bus.projections')}</h2>
      <Shown of={projections} quiet>{(all) => (
        <div class="scroll" tabIndex={0} role="group" aria-label={t('bus.projections')}>
          <table>
            <thead><tr>{['name', 'state', 'position', 'lag', 'rate', 'left', 'passed'].map((name) => <th key={name} scope="col">{t(`bus.of_${name}`)}</th>)}</tr></thead>
            <tbody>{all.map((one) => <Line key={one.name} of={one} />)}</tbody>
          </table>
        </div>
      )}</Shown>
      <FromShell call={rpc.getProjectionStatus} request={{}} />
    </section>
  );
}
