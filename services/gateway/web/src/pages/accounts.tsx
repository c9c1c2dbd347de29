// One's own account, and, for whoever may, those of others: roles, delegations, devices and sessions.
import { useContext, useState } from 'preact/hooks';
import type { AccountInfoJson, ResetCredentialsResponseJson } from '../../generated/mlup/identity/v1/sign_in_service_pb';
import { Delegations, Devices } from '../accounts/delegations';
import { emptyDraft, GrantFields, grantOf, Grants, isComplete } from '../accounts/grants';
import { OwnAccount } from '../accounts/own';
import { accountStream, CODE, record, roleWords } from '../accounts/record';
import { Sessions } from '../accounts/sessions';
import { AskFirst, FromShell, Reason } from '../actions';
import { useCall } from '../call';
import { Copy, Facts, Field, Help, Notice, Shown, Tag, Title } from '../components';
import { asIs, digits, moment, t } from '../language';
import { Link, urlOf } from '../router';
import { rpc } from '../rpc';
import { SessionContext } from '../session';

const CLOSE_REASONS = ['left_the_organisation', 'no_longer_needed', 'misused'];

// Told once, to be handed to the holder.
function Initial({ of, told }: { of: string; told: ResetCredentialsResponseJson }) {
  const password = told.initialPassword ?? '';
  return (
    <Notice tone="good" title={t('account.initial', { actor: asIs(of) })}>
      <p><code data-password>{password}</code> <Copy text={() => password}>{t('account.copy')}</Copy></p>
      <p>{t('account.initial_why', { until: moment(told.goodUntil) })}</p>
    </Notice>
  );
}

function OpenAccount({ organisation, onOpened }: { organisation: string; onOpened: (of: string, told: ResetCredentialsResponseJson) => void }) {
  const [actorId, setActorId] = useState('');
  const [name, setName] = useState('');
  const [draft, setDraft] = useState(emptyDraft(organisation));
  const ready = CODE.test(actorId) && name.trim() !== '' && isComplete(draft);
  return (
    <AskFirst label={t('account.open')} title={t('account.open_title')} ready={ready} ask={async () => {
      const accountId = accountStream(actorId).slice('account/'.length);
      await record(actorId, [{ accountOpened: { actorId, holder: { accountId, displayName: name.trim() } } }, { roleGranted: grantOf(draft) }]);
      onOpened(actorId, await rpc.resetCredentials({ of: actorId }));
      return t('account.opened');
    }}>
      <Field label={t('account.actor')} hint={t('account.actor_hint')}>{(id) => (
        <input id={id} type="text" spellcheck={false} autocomplete="off" value={actorId} onInput={(event) => setActorId(event.currentTarget.value.trim())} />
      )}</Field>
      <Field label={t('account.name')} hint={t('account.name_hint')}>{(id) => (
        <input id={id} type="text" autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
      )}</Field>
      <GrantFields draft={draft} onDraft={setDraft} />
    </AskFirst>
  );
}

const signsInWith = (account: AccountInfoJson) => t(account.hasAuthenticator ? 'account.with_both' : account.hasPassword ? 'account.with_password' : 'account.with_nothing');

function State({ account }: { account: AccountInfoJson }) {
  return account.open ? <Tag tone="good">{t('account.is_open')}</Tag> : <Tag tone="quiet">{t('account.is_closed')}</Tag>;
}

function AllAccounts() {
  const session = useContext(SessionContext);
  const [opened, setOpened] = useState<{ of: string; told: ResetCredentialsResponseJson } | null>(null);
  const accounts = useCall('accounts', (signal) => rpc.listAccounts({}, signal));
  if (accounts.error?.code === 'permission_denied') {
    return <section><h2>{t('account.all')}</h2><Notice>{t('account.not_yours')}</Notice></section>;
  }
  return (
    <section>
      <h2>{t('account.all')}</h2>
      {opened && <Initial of={opened.of} told={opened.told} />}
      <Shown of={accounts}>{({ accounts: all = [] }) => (
        <>
          <div class="scroll" tabIndex={0} role="group" aria-label={t('account.all')}>
            <table class="accounts">
              <thead><tr>{['actor', 'state', 'roles', 'with', 'sessions'].map((name) => <th key={name} scope="col">{t(`account.${name}`)}</th>)}</tr></thead>
              <tbody>
                {all.map((account) => (
                  <tr key={account.of} data-account={account.of}>
                    <th scope="row"><Link href={urlOf(['accounts', account.of ?? ''])}>{account.of}</Link></th>
                    <td><State account={account} /></td>
                    <td>{(account.roles ?? []).map(({ role = '' }) => roleWords(role)).join(', ') || '–'}</td>
                    <td>{signsInWith(account)}</td>
                    <td>{digits(String(account.sessions ?? 0))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p><OpenAccount organisation={session?.actor.organisation_id ?? ''} onOpened={(of, told) => {
            setOpened({ of, told });
            accounts.again();
          }} /></p>
          <FromShell call={rpc.listAccounts} request={{}} />
        </>
      )}</Shown>
    </section>
  );
}

function Close({ actorId, onDone }: { actorId: string; onDone: () => void }) {
  const [reason, setReason] = useState('');
  return (
    <AskFirst label={t('account.close')} title={t('account.close_title', { actor: asIs(actorId) })} why={t('account.close_why')} ready={reason !== ''} done={onDone}
      ask={async () => {
        await record(actorId, [{ accountClosed: { reason } }]);
        return t('account.is_closed');
      }}>
      <Reason reasons={CLOSE_REASONS} value={reason} onChoose={setReason} />
    </AskFirst>
  );
}

function Account({ account, onDone }: { account: AccountInfoJson; onDone: () => void }) {
  const session = useContext(SessionContext);
  const actorId = account.of ?? '';
  const more = { actorId, isOpen: account.open ?? false, onDone };
  return (
    <>
      <Facts rows={[
        [t('account.state'), <State account={account} />],
        [t('account.with'), signsInWith(account)],
        [t('account.stream'), <code>account/{account.accountId}</code>],
      ]} />
      <Grants {...more} grants={account.roles ?? []} organisation={session?.actor.organisation_id ?? ''} />
      <section>
        <h2>{t('session.title')}</h2>
        <Sessions of={actorId} />
      </section>
      <Devices {...more} devices={account.devices ?? []} />
      <Delegations {...more} delegations={account.delegations ?? []} />
    </>
  );
}

// What can be done with an account as a whole, also where it never had anything to sign in with.
function Whole({ actorId, isOpen, onDone }: { actorId: string; isOpen: boolean; onDone: () => void }) {
  const [told, setTold] = useState<ResetCredentialsResponseJson | null>(null);
  return (
    <section>
      <h2>{t('account.whole')}</h2>
      {told && <Initial of={actorId} told={told} />}
      <div class="actions">
        <AskFirst label={t('account.reset')} title={t('account.reset_title', { actor: asIs(actorId) })} why={t('account.reset_why')} done={onDone} ask={async () => {
          setTold(await rpc.resetCredentials({ of: actorId }));
          return t('account.was_reset');
        }} />
        {isOpen && <Close actorId={actorId} onDone={onDone} />}
      </div>
    </section>
  );
}

function AccountPage({ actorId }: { actorId: string }) {
  const accounts = useCall('accounts', (signal) => rpc.listAccounts({}, signal));
  return (
    <>
      <Title above={<Link href="/accounts">{t('page.accounts')}</Link>}><span class="as-recorded">{actorId}</span></Title>
      <Shown of={accounts}>{({ accounts: all = [] }) => {
        const account = all.find(({ of }) => of === actorId);
        return (
          <>
            {account ? <Account account={account} onDone={accounts.again} /> : <Notice tone="warn">{t('account.unlisted')}</Notice>}
            <Whole actorId={actorId} isOpen={account?.open ?? false} onDone={accounts.again} />
          </>
        );
      }}</Shown>
      <Help page="accounts" />
    </>
  );
}

export function AccountsPage({ actorId }: { actorId: string }) {
  if (actorId !== '') return <AccountPage actorId={actorId} />;
  return (
    <>
      <Title>{t('page.accounts')}</Title>
      <OwnAccount />
      <AllAccounts />
      <Help page="accounts" />
    </>
  );
}
