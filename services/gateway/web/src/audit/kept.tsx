// A checkpoint that somebody kept, held against the log of today: checked here, with keys that one trusts.
import { Buffer } from 'buffer';
import { useState } from 'preact/hooks';
import { Act } from '../actions';
import { Field, Notice } from '../components';
import { digits, t } from '../language';
import { rpc } from '../rpc';
import { openCheckpoint, parseKey, verifyConsistency } from '../verifier/verify';

const LOG_KEY = 1;

// Keys one a line, between empty lines and comments, as files of keys have them; by what their second byte says they are of.
export function keysIn(text: string): { keys: string[]; witnessKeys: string[] } {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const isLog = (line: string) => {
    try {
      return atob(line.split('+').slice(2).join('+')).charCodeAt(0) === LOG_KEY;
    } catch {
      return true;
    }
  };
  return { keys: lines.filter(isLog), witnessKeys: lines.filter((line) => !isLog(line)) };
}

interface Seen {
  size: bigint;
  root: Uint8Array;
  origin: string;
}

// A checkpoint that a trusted key of the log signed, or what is wrong with it.
function open(note: string, keys: string): Seen | string {
  const trusted = keysIn(keys).keys.map(parseKey).filter((key) => key !== null);
  const opened = openCheckpoint(Buffer.from(note, 'utf8'), trusted);
  if (!opened.ok) return opened.error ?? 'CHECKPOINT_MALFORMED';
  return opened.signatures.some(({ key, valid }) => key.kind === LOG_KEY && valid) ? opened.checkpoint : 'NOT_SIGNED';
}

// Nothing where the kept checkpoint is the beginning of the log of today, else what is wrong.
async function compare(kept: Seen, keys: string): Promise<{ wrong: string; size: bigint }> {
  const { note = '' } = await rpc.getCheckpoint({});
  const today = open(note, keys);
  if (typeof today === 'string') return { wrong: today, size: 0n };
  if (today.origin !== kept.origin) return { wrong: 'OTHER_LOG', size: today.size };
  if (today.size < kept.size) return { wrong: 'LOG_ROLLED_BACK', size: today.size };
  const { hashes = [] } = await rpc.getConsistencyProof({ oldSize: String(kept.size), newSize: String(today.size) });
  const proof = hashes.map((hash) => Buffer.from(hash, 'base64'));
  return { wrong: verifyConsistency(kept.size, kept.root, today.size, today.root, proof) ? '' : 'LOG_FORKED', size: today.size };
}

export function Kept({ keys }: { keys: string }) {
  const [text, setText] = useState('');
  const [verdict, setVerdict] = useState<{ wrong: string; old: bigint; size: bigint } | null>(null);
  const check = async () => {
    setVerdict(null);
    // What is pasted mostly lacks its last line's end.
    const kept = open(`${text.trim()}\n`, keys);
    if (typeof kept === 'string') setVerdict({ wrong: kept, old: 0n, size: 0n });
    else setVerdict({ ...await compare(kept, keys), old: kept.size });
    return '';
  };
  return (
    <section>
      <h2>{t('kept.title')}</h2>
      <p>{t('kept.lead')}</p>
      <Field label={t('kept.note')} hint={t('kept.hint')}>{(id) => (
        <textarea id={id} data-kept rows={5} spellcheck={false} value={text} onInput={(event) => {
          setText(event.currentTarget.value);
          setVerdict(null);
        }} />
      )}</Field>
      <p class="actions"><Act label={t('kept.check')} disabled={text.trim() === '' || keys.trim() === ''} ask={check} /></p>
      {keys.trim() === '' && <p class="hint">{t('kept.keys_first')}</p>}
      <div aria-live="polite" data-kept-verdict={verdict ? verdict.wrong || 'CONSISTENT' : ''}>
        {verdict && (verdict.wrong === '' ? (
          <Notice tone="good" title={t('kept.consistent')}>
            <p>{t('kept.consistent_why', { old: digits(String(verdict.old)), size: digits(String(verdict.size)) })}</p>
          </Notice>
        ) : (
          <Notice tone="bad" title={t(`kept.${verdict.wrong}`)}><p class="code">{verdict.wrong}</p></Notice>
        ))}
      </div>
    </section>
  );
}
