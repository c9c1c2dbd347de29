// One figure over the quarters, each as known at the same cut: drawn, and as a table that says the same.
import { useEffect, useRef } from 'preact/hooks';
import type { CellJson, RowJson } from '../generated/mlup/reports/v1/report_service_pb';
import { useCall } from './call';
import { draw } from './chart';
import { Notice, Shown } from './components';
import { keyOf, unitWords, valueWords } from './figures';
import { day, digits, period as periodWords, t } from './language';
import { Link, urlOf } from './router';
import { rpc } from './rpc';

// Three years.
const QUARTERS = 12;
const WIDTH_MAX = 760;
const QUARTER = /^(\d{4})-Q([1-4])$/;

interface Quarter {
  period: string;
  // Nothing where the report has no such row.
  row: RowJson | undefined;
}

interface SeriesProps {
  cell: CellJson;
  known: string;
  position: string;
}

// The last quarter of which something is known and those before it, the oldest first.
function quartersTo(last: string): string[] {
  const [, year = '0', quarter = '1'] = QUARTER.exec(last) ?? [];
  const end = Number(year) * 4 + Number(quarter) - 1;
  return Array.from({ length: QUARTERS }, (_, i) => end - QUARTERS + 1 + i).map((n) => `${Math.floor(n / 4)}-Q${(n % 4) + 1}`);
}

async function read({ cell, known, position }: SeriesProps, signal: AbortSignal): Promise<Quarter[]> {
  const { periods = [] } = await rpc.listPeriods({}, signal);
  const named = periods.map(({ period = '' }) => period).filter((period) => QUARTER.test(period)).sort();
  const wanted = named.length === 0 ? [] : quartersTo(named.at(-1)!).filter((period) => period >= named[0]!);
  return Promise.all(wanted.map(async (period) => {
    const { rows = [] } = await rpc.getReport({ scope: { period, asKnownAt: known, position: position || '0' }, codes: [cell.code ?? ''] }, signal);
    return { period, row: rows.find((one) => keyOf(one.cell) === keyOf(cell)) };
  }));
}

// Years under their first quarters: a phone has no room for more, and the table names all.
const tick = (period: string) => (period.endsWith('Q1') ? digits(period.slice(0, 4)) : '');

function Chart({ quarters }: { quarters: Quarter[] }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const points = quarters.map(({ period, row }) => ({ at: period, value: row?.value ? Number(row.value) : null }));
    box.current?.replaceChildren(draw(points, Math.min(WIDTH_MAX, box.current.clientWidth), t('series.chart'), tick));
  }, [quarters]);
  return <div class="chart" ref={box} />;
}

export function Series(props: SeriesProps) {
  const { cell, known, position } = props;
  const series = useCall(`series ${keyOf(cell)} ${known} ${position}`, (signal) => read(props, signal));
  const cut = { dimension: cell.dimension, member: cell.member, known, pos: position };
  return (
    <Shown of={series}>{(quarters) => {
      const unit = quarters.map(({ row }) => row && unitWords(row)).find(Boolean) ?? '';
      return (
        <div data-series={keyOf(cell)}>
          <p class="scope">{[unit, known ? t('cut.day', { day: day(known) }) : t('cut.all')].filter(Boolean).join(' · ')}</p>
          {quarters.some(({ row }) => row?.value) ? <Chart quarters={quarters} /> : <Notice>{t('series.none')}</Notice>}
          <table>
            <thead><tr><th scope="col">{t('series.quarter')}</th><th scope="col">{t('series.value')}</th></tr></thead>
            <tbody>
              {quarters.map(({ period, row }) => (
                <tr key={period} data-quarter={period} data-value={row?.value ?? ''}>
                  <th scope="row"><Link href={urlOf(['reports', period, cell.code ?? ''], cut)}>{periodWords(period)}</Link></th>
                  <td>{row ? valueWords(row) || t('report.by_part') : t('report.no_row')}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p class="hint">{t('series.gaps')}</p>
        </div>
      );
    }}</Shown>
  );
}
