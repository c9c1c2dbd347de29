// Asks for a history: whose, why, and as of when.
import { useState } from 'preact/hooks';
import { Choose, type Choice, Field, Notice } from '../components';
import { UUID } from '../ids';
import { t } from '../language';

// Why a record is read; more in the field beside it.
const PURPOSES = ['case_review', 'supervision', 'audit', 'court_request', 'data_correction'];

export const purposeChoices = (): Choice[] =>
  [{ value: '', label: t('choose') }, ...PURPOSES.map((value) => ({ value, label: t(`purpose.${value}`) }))];

// Days, each empty for all.
export interface Cut {
  // As known at its end.
  known: string;
  // Of what had happened by its end.
  happened: string;
}

export interface Wanted extends Cut {
  id: string;
  purpose: string;
  // With what held after each entry.
  steps: boolean;
}

function Day({ label, hint, value, onDay }: { label: string; hint: string; value: string; onDay: (value: string) => void }) {
  return (
    <Field label={label} hint={hint}>{(field) => (
      <input id={field} type="date" value={value} onChange={(event) => onDay(event.currentTarget.value)} />
    )}</Field>
  );
}

export function Ask({ id, cut, onAsk }: { id: string; cut: Cut; onAsk: (wanted: Wanted) => void }) {
  const [wanted, setWanted] = useState<Wanted>({ id, purpose: '', steps: false, ...cut });
  const [wrong, setWrong] = useState<'id' | 'purpose' | null>(null);
  const set = (change: Partial<Wanted>) => setWanted({ ...wanted, ...change });
  const submit = () => {
    const clean = wanted.id.trim().toLowerCase().replace(/^(person|case)\//, '');
    if (!UUID.test(clean)) return setWrong('id');
    if (wanted.purpose === '') return setWrong('purpose');
    return onAsk({ ...wanted, id: clean });
  };
  return (
    <form class="ask" onSubmit={(event) => {
      event.preventDefault();
      submit();
    }}>
      <Notice tone="warn" title={t('history.recorded_first')}><p>{t('history.recorded_why')}</p></Notice>
      {wrong && <Notice tone="bad" title={t(`history.wrong_${wrong}`)} />}
      <Field label={t('history.id')} hint={t('history.id_hint')}>{(field) => (
        <input id={field} type="text" inputMode="text" autocomplete="off" spellcheck={false} size={38} value={wanted.id} aria-invalid={wrong === 'id'}
          onInput={(event) => set({ id: event.currentTarget.value })} />
      )}</Field>
      <Field label={t('history.purpose')}>{(field) => (
        <Choose id={field} value={wanted.purpose} onChoose={(purpose) => set({ purpose })} choices={purposeChoices()} />
      )}</Field>
      <details open={cut.known !== '' || cut.happened !== ''} data-cut>
        <summary>{t('history.cut')}</summary>
        <Day label={t('history.known')} hint={t('history.known_hint')} value={wanted.known} onDay={(known) => set({ known })} />
        <Day label={t('history.happened')} hint={t('history.happened_hint')} value={wanted.happened} onDay={(happened) => set({ happened })} />
        <p><label><input type="checkbox" checked={wanted.steps} onChange={(event) => set({ steps: event.currentTarget.checked })} /> {t('history.with_steps')}</label></p>
      </details>
      <button type="submit" class="button button-main">{t('history.open')}</button>
    </form>
  );
}
