// What the log signed, opened with keys that one trusts.
import { Buffer } from 'buffer';
import { followHandovers, openCheckpoint, parseKey } from '../verifier/verify';

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

export interface Seen {
  size: bigint;
  root: Uint8Array;
  origin: string;
  // Trusted witnesses that signed it too, with the second in which they did.
  witnesses: { name: string; time: bigint }[];
}

// A checkpoint that a trusted key of the log signed, or one that such a key handed over to; or what is wrong with it.
export function open(note: string, text: string, handovers: string[] = []): Seen | string {
  const { keys, witnessKeys } = keysIn(text);
  const trusted = keys.map(parseKey).filter((key) => key !== null);
  try {
    followHandovers(handovers.map((handover) => Buffer.from(handover, 'utf8')), note.split('\n')[0] ?? '', trusted);
  } catch {
    return 'HANDOVER_WRONG';
  }
  const opened = openCheckpoint(Buffer.from(note, 'utf8'), [...trusted, ...witnessKeys.map(parseKey).filter((key) => key !== null)]);
  if (!opened.ok) return opened.error ?? 'CHECKPOINT_MALFORMED';
  if (!opened.signatures.some(({ key }) => key.kind === LOG_KEY)) return 'NOT_SIGNED';
  const witnesses = opened.signatures.filter(({ key }) => key.kind !== LOG_KEY).map(({ key, time }) => ({ name: key.name, time }));
  return { ...opened.checkpoint, witnesses };
}
