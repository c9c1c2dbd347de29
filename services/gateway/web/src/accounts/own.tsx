// One's own account: what one may be, where one is signed in, and what one signs in with.
import { useState } from 'preact/hooks';
import { toRpcError, useCall } from '../call';
import type { PasskeyInfoJson } from '../../generated/mlup/identity/v1/sign_in_service_pb';
import { Button, Copy, Facts, Notice, Shown } from '../components';
import { digits, moment, t } from '../language';
import { addPasskey, passkeyError, passkeysWork } from '../passkeys';
import { rpc, type RpcError } from '../rpc';
import { ChangePassword, Form, Secret, Text } from '../pages/sign_in';
import { roleWords, scopeWords, timeWords } from './record';
import { Sessions } from './sessions';

// `secret=` of an `otpauth:` address, in groups that one can copy by hand.
function secretOf(address: string): string {
  const secret = /[?&]secret=([A-Z2-7]+)/.exec(address)?.[1] ?? '';
  return secret.replace(/.{4}(?=.)/g, '$& ');
}

function Authenticator({ onChanged }: { onChanged: () => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [address, setAddress] = useState('');
  const [codes, setCodes] = useState<string[]>([]);
  const [wrong, setWrong] = useState<RpcError | null>(null);
  const fail = (thrown: unknown) => setWrong(toRpcError(thrown));
  const offer = () => rpc.offerAuthenticator({ password }).then((answer) => {
    setWrong(null);
    setPassword('');
    setAddress(answer.address ?? '');
  }, fail);
  const confirm = () => rpc.confirmAuthenticator({ code: code.trim() }).then((answer) => {
    setWrong(null);
    setCode('');
    setAddress('');
    setCodes(answer.recoveryCodes ?? []);
    onChanged();
  }, fail);
  if (codes.length > 0) {
    return (
      <Notice tone="good" title={t('own.recovery')}>
        <p>{t('own.recovery_why')}</p>
        <pre>{codes.join('\n')}</pre>
        <Copy text={() => codes.join('\n')}>{t('own.copy_codes')}</Copy>
      </Notice>
    );
  }
  if (address === '') {
    return (
      <Form button={t('own.offer')} wrong={wrong} send={offer}>
        <Secret label={t('sign_in.password')} value={password} onText={setPassword} autocomplete="current-password" />
      </Form>
    );
  }
  return (
    <Form button={t('own.confirm')} wrong={wrong} send={confirm}>
      <p>{t('own.secret_how')}</p>
      <p><code>{secretOf(address)}</code></p>
      <p><a href={address}>{t('own.secret_link')}</a></p>
      <Text label={t('sign_in.code')} hint={t('own.code_hint')} value={code} onText={setCode} autocomplete="one-time-code" />
    </Form>
  );
}

function Passkeys({ passkeys, onChanged }: { passkeys: PasskeyInfoJson[]; onChanged: () => void }) {
  const [password, setPassword] = useState('');
  const [label, setLabel] = useState('');
  const [wrong, setWrong] = useState<RpcError | null>(null);
  const done = () => {
    setWrong(null);
    setPassword('');
    setLabel('');
    onChanged();
  };
  const fail = (thrown: unknown) => setWrong(passkeyError(thrown));
  const remove = (id: string) => rpc.removePasskey({ password, credentialId: id }).then(done, fail);
  return (
    <>
      {!passkeysWork() && <Notice tone="warn" title={t('own.no_passkeys_here')} />}
      <Form button={t('own.add_passkey')} wrong={wrong} send={() => addPasskey(password, label.trim()).then(done, fail)}>
        <Secret label={t('sign_in.password')} value={password} onText={setPassword} autocomplete="current-password" />
        <Text label={t('own.passkey_label')} hint={t('own.passkey_label_hint')} value={label} onText={setLabel} autocomplete="off" />
      </Form>
      <ul class="plain">{passkeys.map((passkey) => (
        <li key={passkey.credentialId}>
          <span class="as-recorded">{passkey.label}</span>, {moment(passkey.addedAt)}{' '}
          <Button kind="second" disabled={password === ''} onClick={() => void remove(passkey.credentialId ?? '')}>{t('own.remove_passkey')}</Button>
        </li>
      ))}</ul>
      {passkeys.length > 0 && <p class="hint">{t('own.remove_passkey_how')}</p>}
    </>
  );
}

export function OwnAccount() {
  const who = useCall('who am i', (signal) => rpc.whoAmI({}, signal));
  const [changed, setChanged] = useState(0);
  return (
    <section>
      <h2>{t('own.title')}</h2>
      <Shown of={who}>{(answer) => (
        <Facts rows={[
          [t('account.actor'), <code>{answer.signedInAs}</code>],
          [t('own.until'), moment(answer.endsAt)],
          [t('account.roles'), (answer.roles ?? []).length === 0 ? t('account.no_roles') : (
            <ul class="plain">{(answer.roles ?? []).map((grant) => (
              <li key={grant.grantId}>{roleWords(grant.role ?? '')}, {scopeWords(grant)}, <span class="as-recorded">{grant.organisationId}</span>, {timeWords(grant)}</li>
            ))}</ul>
          )],
          [t('account.authenticator'), answer.hasAuthenticator
            ? t('own.has_authenticator', { codes: digits(String(answer.recoveryCodesLeft ?? 0)) }) : t('own.no_authenticator')],
        ]} />
      )}</Shown>
      <h3>{t('session.title')}</h3>
      <Sessions of="" turn={changed} />
      <details>
        <summary>{t('own.password')}</summary>
        {changed > 0 && <Notice tone="good" title={t('own.password_changed')} />}
        <ChangePassword onChanged={() => setChanged(changed + 1)} />
      </details>
      <details>
        <summary>{t('own.authenticator')}</summary>
        <p>{t('own.authenticator_why')}</p>
        <Authenticator onChanged={who.again} />
      </details>
      <details>
        <summary>{t('own.passkeys')}</summary>
        <p>{t('own.passkeys_why')}</p>
        <Shown of={who}>{(answer) => <Passkeys passkeys={answer.passkeys ?? []} onChanged={who.again} />}</Shown>
      </details>
    </section>
  );
}
