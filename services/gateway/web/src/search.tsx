// Who may be on record already: asked for with what is known, on record, by sound in both scripts.
import { useState } from 'preact/hooks';
import type { CandidateJson, SearchPersonsRequestJson } from '../generated/mlup/search/v1/search_service_pb';
import { useCall } from './call';
import { Choose, type Choice, Field, Notice, Shown, Tag } from './components';
import { asIs, day, digits, t } from './language';
import { Link, urlOf } from './router';
import { rpc } from './rpc';

const SEXES = ['SEX_FEMALE', 'SEX_MALE', 'SEX_OTHER'] as const;
type Sex = (typeof SEXES)[number];
const sexChoices = (): Choice[] => [{ value: '', label: t('choose') }, ...SEXES.map((value) => ({ value, label: t(`search.${value}`) }))];

function Found({ candidate }: { candidate: CandidateJson }) {
  const names = (candidate.names ?? []).join(' / ');
  const others = (ids: string[]) => asIs(ids.map((id) => `${id.slice(0, 8)}…`).join(', '));
  return (
    <li class="entry">
      <p><strong>
        {candidate.mayRead
          ? <Link href={urlOf(['people', candidate.personId ?? ''])}>{names || <code>{candidate.personId?.slice(0, 8)}…</code>}</Link>
          : t('search.ask', { organisation: asIs(candidate.askOrganisationId ?? '') })}
      </strong></p>
      <p class="tags">
        <Tag tone={(candidate.score ?? 0) >= 85 ? 'good' : 'quiet'}>{t('search.score', { score: candidate.score ?? 0 })}</Tag>
        {candidate.mergedInto && <Tag tone="warn">{t('search.merged', { ids: others([candidate.mergedInto]) })}</Tag>}
        {(candidate.possibleDuplicates ?? []).length > 0 && <Tag tone="warn">{t('search.possible', { ids: others(candidate.possibleDuplicates ?? []) })}</Tag>}
        {(candidate.dismissedDuplicates ?? []).length > 0 && <Tag tone="quiet">{t('search.dismissed', { ids: others(candidate.dismissedDuplicates ?? []) })}</Tag>}
      </p>
      <p>{(candidate.agreements ?? []).map((agreement) => t(`search.${agreement}`)).join(' · ')}</p>
      {candidate.mayRead && candidate.birthMonth && <p class="trail">{t('search.born', { day: day(candidate.birthMonth) })}</p>}
    </li>
  );
}

export function PeopleSearch() {
  const [name, setName] = useState('');
  const [phone, setPhone] = useState('');
  const [birth, setBirth] = useState('');
  const [sex, setSex] = useState('');
  // Each submission is a search of its own.
  const [asked, setAsked] = useState<{ turn: number; request: SearchPersonsRequestJson } | null>(null);
  const found = useCall(asked ? `search ${asked.turn}` : null, (signal) => rpc.searchPersons(asked!.request, signal));
  const text = (label: string, value: string, set: (value: string) => void, hint?: string) => (
    <Field label={t(label)} hint={hint ? t(hint) : undefined}>{(field) => (
      <input id={field} type="text" autocomplete="off" spellcheck={false} value={value} onInput={(event) => set(event.currentTarget.value)} />
    )}</Field>
  );
  return (
    <details class="help" data-search>
      <summary>{t('search.title')}</summary>
      <form class="ask" onSubmit={(event) => {
        event.preventDefault();
        setAsked({
          turn: (asked?.turn ?? 0) + 1,
          request: {
            purpose: 'before_registering', names: name.trim() ? [name] : [], phone, birth: birth.trim(), ...(sex ? { sex: sex as Sex } : {}),
          },
        });
      }}>
        <p class="hint">{t('search.recorded_first')}</p>
        {text('search.name', name, setName, 'search.name_hint')}
        {text('search.phone', phone, setPhone)}
        {text('search.birth', birth, setBirth, 'search.birth_hint')}
        <Field label={t('search.sex')}>{(field) => <Choose id={field} value={sex} onChoose={setSex} choices={sexChoices()} />}</Field>
        <button type="submit" class="button button-main">{t('search.go')}</button>
      </form>
      <Shown of={found}>{({ candidates = [], leftOut = 0, accessPosition = '0' }) => (
        <>
          <p role="status">{t('search.found', { shown: candidates.length, all: candidates.length + leftOut, position: digits(accessPosition) })}</p>
          {candidates.length === 0 ? <Notice>{t('search.nobody')}</Notice>
            : <ol class="timeline">{candidates.map((candidate) => <Found key={candidate.personId} candidate={candidate} />)}</ol>}
        </>
      )}</Shown>
    </details>
  );
}
