// A checkpoint that somebody kept, held against the log of today: checked here, with keys that one trusts.
import { Buffer } from 'buffer';
import { useState } from 'preact/hooks';
import { Act } from '../actions';
import { Field, Notice } from '../components';
import { digits, t } from '../language';
import { rpc } from '../rpc';
import { verifyConsistency } from '../verifier/verify';
import { open, type Seen } from './signed';

// Nothing where the kept checkpoint is the beginning of the log of today, else what is wrong.
async function compare(kept: Seen, keys: string): Promise<{ wrong: string; size: bigint }> {
  const { note = '', handovers } = await rpc.getCheckpoint({});
  const today = open(note, keys, handovers);
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
