// What a person does from a page: at once, or after a question; and what does the same from a shell.
import type { ComponentChildren } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { toRpcError } from './call';
import { Button, Choose, Copy, Dialog, Failure, Field } from './components';
import { t } from './language';
import type { RpcError, Unary } from './rpc';
import { SessionContext } from './session';

interface ActProps {
  label: string;
  // Does it, and says what happened.
  ask: () => Promise<string>;
  done?: () => void;
  disabled?: boolean;
}

export function Act({ label, ask, done, disabled = false }: ActProps) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  const [error, setError] = useState<RpcError | null>(null);
  const act = async () => {
    setBusy(true);
    setError(null);
    try {
      setSaid(await ask());
      done?.();
    } catch (thrown) {
      setError(toRpcError(thrown));
    }
    setBusy(false);
  };
  return (
    <>
      <Button kind="second" disabled={busy || disabled} onClick={() => void act()}>{label}</Button>
      {said && <span role="status"> {said}</span>}
      {error && <Failure error={error} />}
    </>
  );
}

interface AskFirstProps {
  // Of the button that opens the question, and of the one that does it.
  label: string;
  title: string;
  why?: string;
  // Whether all is given that it needs.
  ready?: boolean;
  ask: () => Promise<string>;
  done?: () => void;
  children?: ComponentChildren;
}

// Opens a dialog; what happened is said beside the button when it is closed again.
export function AskFirst({ label, title, why, ready = true, ask, done, children }: AskFirstProps) {
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState('');
  return (
    <>
      <Button kind="second" onClick={() => setOpen(true)}>{label}</Button>
      {said && <span role="status"> {said}</span>}
      <Dialog title={title} open={open} onClose={() => setOpen(false)}>
        {why && <p>{why}</p>}
        {children}
        <div class="actions">
          <Act label={label} disabled={!ready} ask={async () => {
            setSaid(await ask());
            return '';
          }} done={() => {
            setOpen(false);
            done?.();
          }} />
          <Button kind="link" onClick={() => setOpen(false)}>{t('cancel')}</Button>
        </div>
      </Dialog>
    </>
  );
}

// Why something is done, one of few codes: free text about people is never stored in clear.
export function Reason({ reasons, value, onChoose }: { reasons: string[]; value: string; onChoose: (reason: string) => void }) {
  return (
    <Field label={t('reason.label')}>{(id) => (
      <Choose id={id} value={value} onChoose={onChoose}
        choices={[{ value: '', label: t('choose') }, ...reasons.map((reason) => ({ value: reason, label: t(`reason.${reason}`) }))]} />
    )}</Field>
  );
}

// For a shell, which takes what stands between quotes as it is.
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function curlOf(path: string, request: object): string {
  return `curl -s -b jar --json ${quoted(JSON.stringify(request))} ${quoted(location.origin + path)}`;
}

// The same call from a shell: signing in, the role that the page acts in, the call.
export function FromShell<Request extends object, Response>({ call, request }: { call: Unary<Request, Response>; request: Request }) {
  const session = useContext(SessionContext);
  const { role = '', organisation_id = '' } = session?.actor ?? {};
  const line = curlOf(call.path, request);
  return (
    <details class="from-shell no-print">
      <summary>{t('shell_line.title')}</summary>
      <p>{t('shell_line.sign_in')}</p>
      <pre>{`curl -s -c jar --json @- '${location.origin}/session'`}{'\n'}
        {`curl -s -b jar -c jar -X PUT --json ${quoted(JSON.stringify({ role, organisation_id }))} '${location.origin}/session'`}</pre>
      <p>{t('shell_line.call')}</p>
      <pre class="curl">{line}</pre>
      <Copy text={() => line}>{t('shell_line.copy')}</Copy>
    </details>
  );
}
