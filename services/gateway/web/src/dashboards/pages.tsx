// A table that is longer than one page of answers, and how fresh it is.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FreshnessJson } from '../../generated/mlup/dashboards/v1/dashboard_service_pb';
import { useCall } from '../call';
import { Button, Notice, Shown } from '../components';
import { t } from '../language';
import { freshWords } from './calls';

interface Answer {
  nextPageToken?: string;
  total?: number;
  freshness?: FreshnessJson;
}

interface PagedProps<Row, Page extends Answer> {
  // What is asked; another question begins anew.
  question: string;
  ask: (pageToken: string, signal: AbortSignal) => Promise<Page>;
  rowsOf: (page: Page) => Row[];
  head: ComponentChildren[];
  line: (row: Row, at: number) => ComponentChildren;
  name: string;
}

export function Paged<Row, Page extends Answer>({ question, ask, rowsOf, head, line, name }: PagedProps<Row, Page>) {
  const [at, setAt] = useState({ question, token: '', earlier: [] as Row[] });
  useEffect(() => setAt({ question, token: '', earlier: [] }), [question]);
  const here = at.question === question ? at : { question, token: '', earlier: [] };
  const page = useCall(`${question} ${here.token}`, (signal) => ask(here.token, signal));
  return (
    <Shown of={page}>{(answer) => {
      const rows = [...here.earlier, ...rowsOf(answer)];
      return (
        <>
          <p role="status" data-total={answer.total ?? 0}>{t('dashboards.shown', { shown: rows.length, all: answer.total ?? 0 })} · {freshWords(answer.freshness)}</p>
          {rows.length === 0 ? <Notice>{t('dashboards.nothing')}</Notice> : (
            <div class="scroll" tabIndex={0} role="group" aria-label={name}>
              <table>
                <thead><tr>{head.map((title, i) => <th key={i} scope="col">{title}</th>)}</tr></thead>
                <tbody>{rows.map(line)}</tbody>
              </table>
            </div>
          )}
          {answer.nextPageToken && (
            <Button kind="second" onClick={() => setAt({ question, token: answer.nextPageToken!, earlier: rows })}>{t('more')}</Button>
          )}
        </>
      );
    }}</Shown>
  );
}
