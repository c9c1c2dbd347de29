// Proofs checked here, in the browser; the log's signatures and witnesses; what waits for a review; who read what.
import { useState } from 'preact/hooks';
import { Accesses } from '../accesses';
import { Emergencies } from '../accounts/emergencies';
import { FromShell } from '../actions';
import { Kept } from '../audit/kept';
import { keysIn } from '../audit/signed';
import { Whole } from '../audit/whole';
import { useCall } from '../call';
import { Facts, Field, Help, Notice, Picker, Shown, Title } from '../components';
import { asIs, digits, moment, t } from '../language';
import { rpc } from '../rpc';
import { type Summary, type Verdict, verify } from '../verifier/verify';

const BUNDLE_MAX = 64 << 20;

const at = (seconds: bigint) => moment(new Date(Number(seconds) * 1000).toISOString());
const plain = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');

function Genuine({ summary }: { summary: Summary }) {
  return (
    <Notice tone="good" title={t('audit.genuine')}>
      <p>{t('audit.genuine_why', { position: String(summary.completeTo) })}</p>
      <Facts rows={[
        [t('audit.subject'), <code>{summary.subject}</code>],
        [t('audit.log'), summary.origin],
        [t('audit.events'), t('audit.events_value', { all: String(summary.events.length), naming: String(summary.naming) })],
        [t('audit.signed'), t('audit.signed_value', { size: String(summary.treeSize) })],
        [t('audit.witnessed'), summary.witness
          ? t('audit.witnessed_value', { by: asIs(summary.witness.by), time: at(summary.witness.time), size: String(summary.witness.size) })
          : t('audit.not_witnessed')],
        [t('audit.streams'), summary.streams.join(', ')],
      ]} />
      <details>
        <summary>{t('audit.list')}</summary>
        <div class="scroll" tabIndex={0} role="group" aria-label={t('audit.list')}>
          <table>
            <thead><tr>{['position', 'occurred', 'recorded', 'type', 'role'].map((name) => <th key={name} scope="col">{t(`audit.of_${name}`)}</th>)}</tr></thead>
            <tbody>
              {summary.events.map((event) => (
                <tr key={String(event.position)}>
                  <td>{digits(String(event.position))}</td><td>{plain(event.from) || t('time.unknown')}</td><td>{at(event.recordedAt.seconds)}</td>
                  <td>{plain(event.type)}</td><td>{plain(event.role)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Notice>
  );
}

function Verdicts({ verdict, name }: { verdict: Verdict; name: string }) {
  return (
    <div aria-live="polite" data-bundle={name} data-verdict={verdict.ok ? 'GENUINE' : verdict.error ?? ''}>
      {verdict.ok && verdict.summary ? <Genuine summary={verdict.summary} /> : (
        <Notice tone="bad" title={t('audit.refused', { name: asIs(name) })}>
          <p class="code">{verdict.error}</p>
          <p lang="en">{verdict.message}</p>
        </Notice>
      )}
    </div>
  );
}

function Verifier({ keys, onKeys }: { keys: string; onKeys: (keys: string) => void }) {
  const [about, setAbout] = useState('');
  const [bundle, setBundle] = useState<{ name: string; bytes: Uint8Array } | null>(null);
  const [over, setOver] = useState(false);
  const [tooLarge, setTooLarge] = useState(false);
  const take = async (file: File | undefined) => {
    setOver(false);
    setTooLarge(Boolean(file && file.size > BUNDLE_MAX));
    if (file && file.size <= BUNDLE_MAX) setBundle({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  };
  const trust = keysIn(keys);
  return (
    <section>
      <h2>{t('audit.verify')}</h2>
      <p>{t('audit.verify_lead')}</p>
      <Field label={t('audit.keys')} hint={t('audit.keys_hint')}>{(id) => (
        <textarea id={id} data-keys rows={3} spellcheck={false} value={keys} onInput={(event) => onKeys(event.currentTarget.value)} />
      )}</Field>
      <p><Picker id="keys" label={t('audit.keys_file')} onPick={(file) => void file.text().then(onKeys)} /></p>
      <div class="field">
        <label for="about">{t('audit.about')}</label>
        <input id="about" type="text" spellcheck={false} size={38} value={about} onInput={(event) => setAbout(event.currentTarget.value.trim())} />
      </div>
      <div class={`drop${over ? ' drop-over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          void take(event.dataTransfer?.files[0]);
        }}>
        <p>{t('audit.drop')}</p>
        <Picker id="bundle" label={t('audit.choose')} onPick={(file) => void take(file)} />
      </div>
      {tooLarge && <Notice tone="bad" title={t('audit.too_large')} />}
      {bundle && trust.keys.length === 0 && <Notice tone="warn" title={t('audit.key_first')} />}
      {bundle && trust.keys.length > 0 && <Verdicts verdict={verify(bundle.bytes, { ...trust, subject: about })} name={bundle.name} />}
    </section>
  );
}

// Key id, time and signature of a cosignature/v1; the log's own signature has no time.
const COSIGNATURE_BYTES = 4 + 8 + 64;

interface Signed {
  origin: string;
  size: string;
  root: string;
  cosigners: { name: string; time: string }[];
}

function cosignerOf(line: string): { name: string; time: string } | null {
  const [, name = '', blob = ''] = line.split(' ');
  try {
    const bytes = Uint8Array.from(atob(blob), (char) => char.charCodeAt(0));
    return bytes.length === COSIGNATURE_BYTES ? { name, time: at(new DataView(bytes.buffer).getBigUint64(4)) } : null;
  } catch {
    return null;
  }
}

// A note's text, and who else signed it and when.
export function readNote(note: string): Signed {
  const [text = '', signatures = ''] = note.split('\n\n');
  const [origin = '', size = '', root = ''] = text.split('\n');
  const cosigners = signatures.split('\n').filter((line) => line.startsWith('— ')).map(cosignerOf).filter((one) => one !== null);
  return { origin, size, root, cosigners };
}

function Checkpoint() {
  const checkpoint = useCall('checkpoint', (signal) => rpc.getCheckpoint({}, signal));
  return (
    <section>
      <h2>{t('audit.checkpoint')}</h2>
      <p>{t('audit.checkpoint_lead')}</p>
      <Shown of={checkpoint}>{({ note = '', key = '', handovers = [], cosignedNote = '' }) => {
        const signed = readNote(note);
        // The log goes on while witnesses come and go.
        const cosigned = readNote(cosignedNote);
        return (
          <>
            <Facts rows={[
              [t('audit.log'), signed.origin],
              [t('audit.size'), digits(signed.size)],
              [t('audit.root'), <code>{signed.root}</code>],
              [t('audit.cosigned'), cosigned.cosigners.length === 0 ? t('audit.not_cosigned') : (
                <>
                  <ul class="plain">{cosigned.cosigners.map(({ name, time }) => <li key={name}>{t('audit.cosigned_value', { name: asIs(name), time })}</li>)}</ul>
                  {t('audit.cosigned_size', { size: digits(cosigned.size) })}
                </>
              )],
              [t('audit.key'), <code>{key}</code>],
              [t('audit.handovers'), digits(String(handovers.length))],
            ]} />
            <details><summary>{t('audit.note')}</summary><pre>{note}</pre></details>
          </>
        );
      }}</Shown>
      <FromShell call={rpc.getCheckpoint} request={{}} />
    </section>
  );
}

function Readings() {
  const [person, setPerson] = useState('');
  const [reader, setReader] = useState('');
  const [wanted, setWanted] = useState({ person: '', reader: '' });
  return (
    <section>
      <h2>{t('access.title')}</h2>
      <form class="controls" onSubmit={(event) => {
        event.preventDefault();
        setWanted({ person: person.trim().toLowerCase(), reader: reader.trim() });
      }}>
        <Field label={t('access.by_person')}>{(id) => (
          <input id={id} type="text" spellcheck={false} value={person} onInput={(event) => setPerson(event.currentTarget.value)} />
        )}</Field>
        <Field label={t('access.by_reader')}>{(id) => (
          <input id={id} type="text" spellcheck={false} value={reader} onInput={(event) => setReader(event.currentTarget.value)} />
        )}</Field>
        <button type="submit" class="button button-second">{t('access.look')}</button>
      </form>
      <Accesses personId={wanted.person} readerId={wanted.reader} />
    </section>
  );
}

export function AuditPage() {
  const [keys, setKeys] = useState('');
  return (
    <>
      <Title>{t('page.audit')}</Title>
      <Verifier keys={keys} onKeys={setKeys} />
      <Checkpoint />
      <Kept keys={keys} />
      <Whole keys={keys} />
      <Emergencies />
      <Readings />
      <Help page="audit" />
    </>
  );
}
