// The way in: name, password, and the code where there is an authenticator; a password of one's own where somebody else knows it.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toRpcError } from '../call';
import { Button, Failure, Field, Help, Notice, Title } from '../components';
import { t } from '../language';
import { passkeyError, passkeysWork, signInWithPasskey } from '../passkeys';
import { rpc, RpcError } from '../rpc';
import { beginSignIn, OPENID_PATH, refusedByOpenId, signIn } from '../session';

// A form of texts that is sent by one button and says what was wrong.
export function Form({ button, wrong, send, children }: {
  button: string; wrong: RpcError | null; send: () => Promise<void>; children: ComponentChildren;
}) {
  const [waiting, setWaiting] = useState(false);
  return (
    <form class="ask" onSubmit={(event) => {
      event.preventDefault();
      setWaiting(true);
      void send().finally(() => setWaiting(false));
    }}>
      {wrong && <Failure error={wrong} />}
      {children}
      <button type="submit" class="button button-main" disabled={waiting}>{button}</button>
    </form>
  );
}

interface TextProps {
  label: string;
  hint?: string;
  value: string;
  autocomplete: 'username' | 'one-time-code' | 'current-password' | 'new-password' | 'off';
  onText: (value: string) => void;
}

export function Text({ label, hint, onText, ...rest }: TextProps) {
  return (
    <Field label={label} hint={hint}>{(id) => (
      <input id={id} type="text" spellcheck={false} size={30} required onInput={(event) => onText(event.currentTarget.value)} {...rest} />
    )}</Field>
  );
}

export function Secret({ label, hint, onText, ...rest }: TextProps) {
  return (
    <Field label={label} hint={hint}>{(id) => (
      <input id={id} type="password" size={30} required onInput={(event) => onText(event.currentTarget.value)} {...rest} />
    )}</Field>
  );
}

export function SignInPage({ why, onSignedIn }: { why: RpcError; onSignedIn: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [provider, setProvider] = useState('');
  const refused = refusedByOpenId();
  const [wrong, setWrong] = useState<RpcError | null>(refused === '' ? null : new RpcError('unauthenticated', refused, '', refused));
  useEffect(() => {
    // Without an answer the page is as it is without a provider.
    void beginSignIn().then((begun) => setProvider(begun.openid_label), () => undefined);
  }, []);
  const wantsCode = wrong?.reason === 'CODE_REQUIRED' || code !== '';
  const send = () => signIn(name.trim(), password, code.trim()).then(onSignedIn, (thrown: unknown) => setWrong(toRpcError(thrown)));
  return (
    <>
      <Title>{t('sign_in.title')}</Title>
      {why.reason === 'SESSION_ENDED' && !wrong && <Notice tone="warn" title={t('error.SESSION_ENDED')} />}
      {why.reason === 'NO_ACCOUNTS' && <Failure error={why} />}
      <Form button={t('sign_in.button')} wrong={wrong} send={send}>
        <Text label={t('sign_in.name')} hint={t('sign_in.name_hint')} value={name} onText={setName} autocomplete="username" />
        <Secret label={t('sign_in.password')} value={password} onText={setPassword} autocomplete="current-password" />
        {wantsCode && (
          <Text label={t('sign_in.code')} hint={t('sign_in.code_hint')} value={code} onText={setCode} autocomplete="one-time-code" />
        )}
      </Form>
      {passkeysWork() && (
        <p>
          <Button kind="second" onClick={() => {
            void signInWithPasskey().then(onSignedIn, (thrown: unknown) => setWrong(passkeyError(thrown)));
          }}>{t('sign_in.passkey')}</Button>
        </p>
      )}
      {provider !== '' && <p><a class="button" href={OPENID_PATH}>{t('sign_in.openid', { provider })}</a></p>}
      <Help page="sign_in" />
    </>
  );
}

// Puts another password in the place of one's own.
export function ChangePassword({ onChanged }: { onChanged: () => void }) {
  const [password, setPassword] = useState('');
  const [chosen, setChosen] = useState('');
  const [again, setAgain] = useState('');
  const [differ, setDiffer] = useState(false);
  const [wrong, setWrong] = useState<RpcError | null>(null);
  const send = async () => {
    setDiffer(chosen !== again);
    if (chosen !== again) return;
    setWrong(null);
    await rpc.changePassword({ password, newPassword: chosen }).then(() => {
      setPassword('');
      setChosen('');
      setAgain('');
      onChanged();
    }, (thrown: unknown) => setWrong(toRpcError(thrown)));
  };
  return (
    <>
      {differ && <Notice tone="bad" title={t('sign_in.differ')} />}
      <Form button={t('sign_in.change_button')} wrong={differ ? null : wrong} send={send}>
        <Secret label={t('sign_in.password')} value={password} onText={setPassword} autocomplete="current-password" />
        <Secret label={t('sign_in.new')} hint={t('sign_in.new_hint')} value={chosen} onText={setChosen} autocomplete="new-password" />
        <Secret label={t('sign_in.again')} value={again} onText={setAgain} autocomplete="new-password" />
      </Form>
    </>
  );
}

export function NewPasswordPage({ onChanged }: { onChanged: () => void }) {
  return (
    <>
      <Title>{t('sign_in.change')}</Title>
      <Notice tone="warn" title={t('sign_in.change_why')} />
      <ChangePassword onChanged={onChanged} />
      <Help page="password" />
    </>
  );
}
