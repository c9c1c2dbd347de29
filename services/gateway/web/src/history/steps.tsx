// A history walked in the order in which it was recorded: each entry, and what held of the record after it.
import { useState } from 'preact/hooks';
import type { HistoryEntryJson, HistoryStateJson } from '../../generated/mlup/audit/v1/audit_pb';
import { Facts, Field, Notice, Slider, Tag } from '../components';
import { shortId } from '../ids';
import { digits, moment, occurred, t, word, words } from '../language';

const number = (entry: HistoryEntryJson) => Number(entry.position ?? '0');
const nameOf = ({ stream, label }: HistoryStateJson) => `${stream} ${label}`;

// Of recording, where the answer has the order in which things happened.
function inOrder(entries: HistoryEntryJson[]): HistoryEntryJson[] {
  return [...entries].sort((a, b) => number(a) - number(b));
}

// What holds now, and after it what held before and does no more.
function statesOf(now: HistoryStateJson[], before: HistoryStateJson[]) {
  const earlier = new Map(before.map((state) => [nameOf(state), state.value ?? '']));
  const held = now.map((state) => ({ state, was: earlier.get(nameOf(state)), gone: false }));
  const names = new Set(now.map(nameOf));
  return [...held, ...before.filter((state) => !names.has(nameOf(state))).map((state) => ({ state, was: state.value, gone: true }))];
}

function Value({ value, was, gone, first }: { value: string; was: string | undefined; gone: boolean; first: boolean }) {
  if (gone) return <span class="change"><del>{words(value)}</del></span>;
  if (first || was === value) return <>{words(value)}</>;
  return <span class="change">{was !== undefined && <del>{words(was)}</del>} <ins>{words(value)}</ins></span>;
}

export function Steps({ entries }: { entries: HistoryEntryJson[] }) {
  const all = inOrder(entries);
  const [step, setStep] = useState(all.length - 1);
  const entry = all[step];
  if (!entry) return null;
  const shown = statesOf(entry.state ?? [], all[step - 1]?.state ?? []);
  const several = new Set(shown.map(({ state }) => state.stream)).size > 1;
  const say = (at: number) => t('history.step_of', { step: at + 1, all: all.length });
  return (
    <section data-step={entry.position}>
      <h2>{t('history.steps')}</h2>
      <div class="no-print">
        <Field label={say(step)} hint={t('history.steps_hint')}>{(id) => (
          <Slider id={id} step={step} end={all.length - 1} say={say} earlier={t('history.step_back')} later={t('history.step_on')} onMove={setStep} onChoose={setStep} />
        )}</Field>
      </div>
      <h3>{word(entry.label ?? '')}</h3>
      <p class="when">{occurred(entry.occurred)} {entry.late && <Tag tone="warn">{t('history.late')}</Tag>}</p>
      <p class="trail">{t('event.trail', {
        position: digits(entry.position ?? '0'), known: moment(entry.knownAt), recorded: moment(entry.recordedAt), actor: words(entry.actor ?? ''), role: word(entry.role ?? ''),
      })}</p>
      <h4>{t('history.held')}</h4>
      {shown.length === 0 ? <Notice>{t('history.held_nothing')}</Notice> : (
        <Facts rows={shown.map(({ state: { stream = '', label = '', value = '' }, was, gone }) => [
          <>{word(label)}{several && <span class="hint"> {t(`category.${stream.split('/')[0]}`)} {shortId(stream.split('/')[1] ?? '')}</span>}</>,
          <Value value={value} was={was} gone={gone} first={step === 0} />,
        ])} />
      )}
    </section>
  );
}
