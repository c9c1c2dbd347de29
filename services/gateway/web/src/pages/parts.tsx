// Every component with its states, for whoever changes one.
import { useState } from 'preact/hooks';
import { Act, AskFirst } from '../actions';
import { Button, Choose, Copy, Dialog, Facts, Failure, Field, Notice, Shown, Tag, Title, Waiting } from '../components';
import { EventCard } from './figure';
import { t } from '../language';
import { RpcError } from '../rpc';

const none = () => undefined;

export function PartsPage() {
  const [open, setOpen] = useState(false);
  const refused = new RpcError('permission_denied', 'CALL_NOT_GRANTED', '', '');
  const unknown = new RpcError('internal', 'SOMETHING_NEW', 'facts[0].child', 'what the daemon said');
  return (
    <div class="samples">
      <Title above="mlup">{t('page.parts')}</Title>
      <section><h2>Button</h2>
        <p class="actions">
          <Button>{t('again')}</Button> <Button disabled>{t('again')}</Button> <Button kind="second">{t('print')}</Button>{' '}
          <Button kind="second" disabled>{t('print')}</Button> <Button kind="link">{t('cancel')}</Button> <Copy text={() => 'mlup'}>{t('report.copy')}</Copy>
        </p>
      </section>
      <section><h2>Tag</h2><p class="actions"><Tag>plain</Tag> <Tag tone="good">good</Tag> <Tag tone="warn">warn</Tag> <Tag tone="bad">bad</Tag> <Tag tone="quiet">quiet</Tag></p></section>
      <section><h2>Notice</h2>
        <Notice>{t('report.nothing_found')}</Notice>
        <Notice tone="good" title={t('audit.genuine')} />
        <Notice tone="warn" title={t('history.recorded_first')}><p>{t('history.recorded_why')}</p></Notice>
        <Failure error={refused} again={none} />
        <Failure error={unknown} />
      </section>
      <section><h2>Shown</h2>
        <Waiting />
        <Shown of={{ waiting: true, answer: 'old', again: none }}>{(answer) => <p>{answer}</p>}</Shown>
        <Shown of={{ waiting: false, error: refused, again: none }}>{() => null}</Shown>
      </section>
      <section><h2>Field, Choose</h2>
        <Field label={t('report.search')} hint={t('history.id_hint')}>{(id) => <input id={id} type="search" />}</Field>
        <Field label={t('history.id')}>{(id) => <input id={id} type="text" aria-invalid value="x" />}</Field>
        <Field label={t('report.period')}>{(id) => <Choose id={id} value="b" choices={[{ value: 'a', label: 'a' }, { value: 'b', label: 'b' }]} onChoose={none} />}</Field>
      </section>
      <section><h2>Facts</h2><Facts rows={[[t('audit.size'), '1'], [t('audit.key'), <code>mlup+00000000+AAAA</code>]]} /></section>
      <section><h2>Event</h2>
        <EventCard event={{ position: '7', type: 'mlup.cases.v1.CaseClosed', stream: 'case/1', actor: 'Social worker 1', role: 'Social worker', occurred: { from: '2021-02-17', to: '2021-02-17' }, contributes: '1', details: [{ label: 'Reason', value: 'Died' }] }} />
        <EventCard event={{ position: '8', type: 'mlup.training.v1.ActivityHeld', stream: 'activity/1', occurred: {} }} />
      </section>
      <section><h2>Act, AskFirst</h2>
        <p class="actions">
          <Act label={t('bus.ping')} ask={async () => t('bus.skipped')} /> <Act label={t('bus.resume')} disabled ask={async () => ''} />{' '}
          <AskFirst label={t('bus.skip')} title={t('bus.skip_title')} why={t('bus.skip_why')} ask={async () => t('bus.skipped')} />
        </p>
      </section>
      <section><h2>Dialog</h2>
        <Button kind="second" onClick={() => setOpen(true)}>{t('bus.skip')}</Button>
        <Dialog title={t('bus.skip_title')} open={open} onClose={() => setOpen(false)}>
          <p>{t('bus.skip_why')}</p><Button onClick={() => setOpen(false)}>{t('cancel')}</Button>
        </Dialog>
      </section>
    </div>
  );
}
