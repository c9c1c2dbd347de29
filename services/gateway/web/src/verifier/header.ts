// The header of an event, version 1, made from the record as eventstore/proof/README.md says; shares no code with the daemon.
import { sha256 } from '@noble/hashes/sha2.js';
import type {
  ActorJson, ChannelJson, EventJson, OccurredJson, PrecisionJson, RecordJson, SectorJson, SensitivityJson, SubjectPartJson,
} from '../../generated/mlup/log/v1/envelope_pb';

export const HASH_BYTES = 32;
export const NO_HASH = new Uint8Array(HASH_BYTES);
const U8_MAX = 0xff;
const U16_MAX = 0xffff;

// Numbers of the codes, which JSON names.
const PRECISIONS: PrecisionJson[] = ['PRECISION_UNSPECIFIED', 'PRECISION_INSTANT', 'PRECISION_DAY', 'PRECISION_MONTH', 'PRECISION_QUARTER',
  'PRECISION_YEAR', 'PRECISION_INTERVAL', 'PRECISION_UNKNOWN'];
const CHANNELS: ChannelJson[] = ['CHANNEL_UNSPECIFIED', 'CHANNEL_TABLET', 'CHANNEL_WEB', 'CHANNEL_CLI', 'CHANNEL_IMPORT', 'CHANNEL_SYSTEM'];
const SENSITIVITIES: SensitivityJson[] = ['SENSITIVITY_UNSPECIFIED', 'SENSITIVITY_NORMAL', 'SENSITIVITY_RESTRICTED', 'SENSITIVITY_SAFEGUARDING'];
const SECTORS: SectorJson[] = ['SECTOR_UNSPECIFIED', 'SECTOR_CWN', 'SECTOR_CASE_MGMT', 'SECTOR_FBAC_EFC', 'SECTOR_RCI', 'SECTOR_YOUTH_CLUB',
  'SECTOR_CARELEAVER', 'SECTOR_COMMUNITY', 'SECTOR_FUNDRAISING', 'SECTOR_MEL'];

// What a log that is whole does not hold: `code` is the same that `mlup verify` says.
export class Broken extends Error {
  constructor(readonly code: string, readonly position: number) {
    super(`${code} at ${position}`);
  }
}

const encoder = new TextEncoder();

export function hashOf(...pieces: (Uint8Array | string)[]): Uint8Array {
  const hash = sha256.create();
  for (const piece of pieces) hash.update(typeof piece === 'string' ? encoder.encode(piece) : piece);
  return hash.digest();
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function bytesOf(base64 = ''): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Bytes in a row; what does not fit its field is refused with the position.
class Writer {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private used = 0;

  constructor(private readonly position: number) {}

  // Where `count` more bytes go.
  private take(count: number): number {
    const at = this.used;
    this.used += count;
    if (this.used > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.used, 2 * this.bytes.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  private demand(fits: boolean): void {
    if (!fits) throw new Broken('HEADER_UNFIT', this.position);
  }

  u8(value: number): void {
    this.demand(value >= 0 && value <= U8_MAX);
    this.view.setUint8(this.take(1), value);
  }

  u16(value: number): void {
    this.demand(value <= U16_MAX);
    this.view.setUint16(this.take(2), value);
  }

  u32(value = 0): void {
    this.view.setUint32(this.take(4), value);
  }

  u64(value: number | string = 0): void {
    this.view.setBigUint64(this.take(8), BigInt(value));
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.take(bytes.length));
  }

  str8(text: string | Uint8Array = ''): void {
    const bytes = typeof text === 'string' ? encoder.encode(text) : text;
    this.u8(bytes.length);
    this.raw(bytes);
  }

  str16(text = ''): void {
    const bytes = encoder.encode(text);
    this.u16(bytes.length);
    this.raw(bytes);
  }

  // `2023-11-14T22:13:20.25Z`, with up to nine digits of a second.
  time(text = '1970-01-01T00:00:00Z'): void {
    const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
    this.demand(match !== null);
    this.view.setBigInt64(this.take(8), BigInt(Date.parse(`${match![1]}Z`) / 1000));
    this.u32(Number((match![2] ?? '').padEnd(9, '0')));
  }

  optionalTime(text: string | undefined): void {
    this.u8(text === undefined ? 0 : 1);
    if (text !== undefined) this.time(text);
  }

  // A code that this program does not know comes as its number.
  code<Name extends string>(names: Name[], name: Name | undefined): void {
    this.u8(name === undefined ? 0 : typeof name === 'number' ? name : names.indexOf(name));
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }
}

function putOccurred(to: Writer, { precision, from, to: until, instant }: OccurredJson): void {
  to.code(PRECISIONS, precision);
  to.str8(from);
  to.str8(until);
  to.optionalTime(instant);
}

function putActor(to: Writer, { actorId, role, organisationId, onBehalfOf }: ActorJson): void {
  for (const text of [actorId, role, organisationId, onBehalfOf]) to.str8(text);
}

function putEvent(to: Writer, event: EventJson): void {
  to.str8(event.eventId);
  to.str16(event.type);
  to.u32(event.schemaVersion);
  putOccurred(to, event.occurred ?? {});
  to.optionalTime(event.sourceRecordedAt);
  putActor(to, event.actor ?? {});
  to.code(CHANNELS, event.channel);
  for (const text of [event.device, event.requestId, event.correlationId, event.causationId, event.reason]) to.str8(text);
  to.code(SENSITIVITIES, event.sensitivity);
  to.code(SECTORS, event.sector);
  for (const text of [event.place, event.sourceSystem, event.sourceId, event.recordedBy]) to.str8(text);
}

function partDigest({ subjectId = '', salt, clear, sealed }: SubjectPartJson): Uint8Array {
  const length = new Uint8Array(4);
  const view = new DataView(length.buffer);
  const hash = sha256.create();
  for (const bytes of [encoder.encode(subjectId), bytesOf(salt), bytesOf(clear), bytesOf(sealed)]) {
    view.setUint32(0, bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest();
}

// `previous` is the header hash of the stream's event before.
export function headerOf(record: RecordJson, streamDigest: Uint8Array, previous: Uint8Array): Uint8Array {
  const event = record.event ?? {};
  const to = new Writer(Number(record.position ?? 0));
  to.raw(encoder.encode('mlupEVH1'));
  to.u64(record.position);
  to.raw(streamDigest);
  to.u64(record.revision);
  to.raw(previous);
  to.time(record.recordedAt);
  to.optionalTime(record.clockBehind);
  putEvent(to, event);
  to.u64(record.appendFirstPosition);
  to.u32(record.appendEventCount);
  to.str8(bytesOf(record.requestDigest));
  to.raw(hashOf(bytesOf(event.common)));
  const parts = event.subjects ?? [];
  to.u16(parts.length);
  for (const part of parts) to.raw(partDigest(part));
  return to.written();
}
