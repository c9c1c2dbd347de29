// A line over points in order, drawn by Observable Plot; what has no value is a gap.
import { dot, lineY, plot, ruleY } from '@observablehq/plot';
import { digits } from './language';

export interface Point {
  at: string;
  value: number | null;
}

const HEIGHT = 240;

const whole = (value: number) => (Number.isInteger(value) ? digits(String(value)) : '');

// `tick` says what stands under a point.
export function draw(points: Point[], width: number, label: string, tick: (at: string) => string): Element {
  const channels = { x: 'at', y: 'value' };
  const values = points.map(({ value }) => value ?? 0);
  const chart = plot({
    width, height: HEIGHT, marginLeft: 48, marginRight: 24, ariaLabel: label,
    x: { type: 'point', domain: points.map(({ at }) => at), label: null, tickFormat: tick },
    y: { grid: true, zero: true, nice: true, label: null, ticks: Math.min(5, Math.max(1, ...values)), tickFormat: whole },
    marks: [
      ruleY([0]),
      lineY(points, { ...channels, stroke: 'var(--brand)', strokeWidth: 2 }),
      dot(points.filter(({ value }) => value !== null), { ...channels, fill: 'var(--brand)', r: 4 }),
    ],
  });
  // Its own styles stand inline, which the policy forbids: ours are in style.css.
  chart.querySelector('style')?.remove();
  // A picture has no parts of its own for who hears it.
  for (const part of chart.querySelectorAll('[aria-label]')) {
    part.setAttribute('data-part', part.getAttribute('aria-label') ?? '');
    part.removeAttribute('aria-label');
  }
  chart.setAttribute('role', 'img');
  return chart;
}
