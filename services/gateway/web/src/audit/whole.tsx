// The whole log, read again event by event in this browser and held against all that was signed.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ReadAllResponseJson } from '../../generated/mlup/log/v1/event_store_pb';
import type { GetCheckpointResponseJson } from '../../generated/mlup/log/v1/proof_service_pb';
import { toRpcError } from '../call';
import { Button, Facts, Failure, Notice } from '../components';
import { asIs, digits, knows, moment, t } from '../language';
import { rpc, type RpcError } from '../rpc';
import { Broken } from '../verifier/header';
import { LogVerifier, MAP_STREAM, mapRecordOf, type Vouched } from '../verifier/log';
import { open, type Seen } from './signed';

const PAGE = 1024;
// The page is drawn, and listens, that often.
const SLICE_MS = 40;

interface Progress {
  done: number;
  total: number;
  seconds: number;
}

interface Whole {
  size: number;
  mapRoots: number;
  seconds: number;
  witnesses: Seen['witnesses'];
}

// What is wrong, and at which position; none where it is about what was signed.
interface Wrong {
  code: string;
  position?: number;
}

type Found = { whole: Whole } | { wrong: Wrong } | { stopped: Progress } | { refused: RpcError };

async function* pages(streamPrefixes: string[], signal: AbortSignal) {
  const ask = (fromPosition: string) => rpc.readAll({ fromPosition, direction: 'DIRECTION_FORWARD', filter: { streamPrefixes }, limit: PAGE }, signal);
  let next: Promise<ReadAllResponseJson> | null = ask('1');
  while (next) {
    const { records = [], nextPosition = '0' }: ReadAllResponseJson = await next;
    // The next page comes while this one is looked at.
    next = nextPosition === '0' ? null : ask(nextPosition);
    // It is waited for above; who stops before has no use for what becomes of it.
    next?.catch(() => undefined);
    yield records;
  }
}

async function mapRecords(signal: AbortSignal): Promise<Vouched[]> {
  const found: Vouched[] = [];
  for await (const records of pages([MAP_STREAM], signal)) found.push(...records.map(mapRecordOf).filter((one) => one !== null));
  return found;
}

// The newest checkpoint, and the one that witnesses cosigned, or what is wrong with them.
function openAll({ note = '', cosignedNote = '', handovers }: GetCheckpointResponseJson, keys: string): Seen[] | string {
  const opened = [note, cosignedNote].filter((one) => one !== '').map((one) => open(one, keys, handovers));
  return opened.find((one) => typeof one === 'string') ?? opened as Seen[];
}

// Tells how far it is about as often as the page is drawn. Throws what calls throw, and Broken.
async function verifyLog(keys: string, signal: AbortSignal, tell: (progress: Progress) => void): Promise<Whole | string> {
  const seen = openAll(await rpc.getCheckpoint({}, signal), keys);
  if (typeof seen === 'string') return seen;
  const total = Number(seen[0]!.size);
  // Asked for after the checkpoint, so that all that it covers are there.
  const verifier = new LogVerifier(seen.map(({ size, root }) => ({ size: Number(size), root })), await mapRecords(signal));
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let drawn = began;
  for await (const records of pages([], signal)) {
    for (const record of records) {
      if (verifier.size === total) break;
      verifier.take(record);
      if (performance.now() - drawn < SLICE_MS) continue;
      tell({ done: verifier.size, total, seconds: seconds() });
      await new Promise((done) => setTimeout(done));
      drawn = performance.now();
      signal.throwIfAborted();
    }
    if (verifier.size === total) break;
  }
  verifier.finish();
  // What is signed last may be what was cosigned last.
  const witnesses = new Map(seen.flatMap((one) => one.witnesses).map((witness) => [witness.name, witness]));
  return { size: total, mapRoots: verifier.agreedMapRoots, seconds: seconds(), witnesses: [...witnesses.values()] };
}

function leftWords({ done, total, seconds }: Progress): string {
  const left = Math.ceil((total - done) * seconds / done);
  return left < 90 ? t('whole.left_seconds', { count: left }) : t('whole.left_minutes', { count: Math.round(left / 60) });
}

function HowFar({ of }: { of: Progress }) {
  const { done, total, seconds } = of;
  return (
    <div class="how-far" data-done={done}>
      <progress aria-label={t('whole.progress')} max={Math.max(1, total)} value={done} />
      <p class="hint">
        {t('whole.at', { done, total })}
        {done > 0 && seconds > 0 && <> · {t('whole.rate', { rate: Math.round(done / seconds) })} · {leftWords(of)}</>}
      </p>
    </div>
  );
}

function WholeNotice({ size, mapRoots, seconds, witnesses }: Whole) {
  const seen = witnesses.map(({ name, time }) => t('audit.cosigned_value', { name: asIs(name), time: moment(new Date(Number(time) * 1000).toISOString()) }));
  return (
    <Notice tone="good" title={t('whole.whole')}>
      <p>{t('whole.whole_why')}</p>
      <Facts rows={[
        [t('whole.events'), digits(String(size))],
        [t('whole.maps'), digits(String(mapRoots))],
        [t('whole.witnesses'), seen.length === 0 ? t('whole.no_witness') : seen.join('; ')],
        [t('whole.took'), t('whole.took_value', { seconds: seconds.toFixed(1), rate: Math.round(size / Math.max(seconds, 0.001)) })],
      ]} />
    </Notice>
  );
}

function WrongNotice({ code, position }: Wrong) {
  const key = knows(`whole.${code}`) ? `whole.${code}` : `kept.${code}`;
  return (
    <Notice tone="bad" title={t(key)}>
      {position !== undefined && <p>{t('whole.wrong_at', { position })}</p>}
      <p class="code">{code}</p>
    </Notice>
  );
}

function Verdict({ found }: { found: Found }) {
  if ('whole' in found) return <WholeNotice {...found.whole} />;
  if ('wrong' in found) return <WrongNotice {...found.wrong} />;
  if ('refused' in found) return <Failure error={found.refused} />;
  return <Notice tone="warn" title={t('whole.stopped')}><p>{t('whole.stopped_why', { done: found.stopped.done, total: found.stopped.total })}</p></Notice>;
}

function wordOf(found: Found | null): string {
  if (!found) return '';
  if ('wrong' in found) return found.wrong.code;
  return 'whole' in found ? 'WHOLE' : 'stopped' in found ? 'STOPPED' : 'REFUSED';
}

export function Whole({ keys }: { keys: string }) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const verify = async () => {
    const control = running.current = new AbortController();
    let last: Progress = { done: 0, total: 0, seconds: 0 };
    setFound(null);
    setProgress(last);
    try {
      const result = await verifyLog(keys, control.signal, (now) => setProgress(last = now));
      setFound(typeof result === 'string' ? { wrong: { code: result } } : { whole: result });
    } catch (thrown) {
      if (control.signal.aborted) setFound({ stopped: last });
      else if (thrown instanceof Broken) setFound({ wrong: thrown });
      else setFound({ refused: toRpcError(thrown) });
    }
    // What was still asked for is of no use.
    control.abort();
    setProgress(null);
  };
  return (
    <section data-whole>
      <h2>{t('whole.title')}</h2>
      <p>{t('whole.lead')}</p>
      <p class="actions">
        <Button kind="second" disabled={progress !== null || keys.trim() === ''} onClick={() => void verify()}>{t('whole.verify')}</Button>
        {progress && <Button kind="link" onClick={() => running.current?.abort()}>{t('whole.stop')}</Button>}
      </p>
      {keys.trim() === '' && <p class="hint">{t('kept.keys_first')}</p>}
      {progress && <HowFar of={progress} />}
      <div aria-live="polite" data-whole-verdict={wordOf(found)}>{found && <Verdict found={found} />}</div>
    </section>
  );
}
