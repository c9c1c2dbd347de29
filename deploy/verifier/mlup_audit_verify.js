#!/usr/bin/env node
// Verifies an audit bundle of mlup: that it holds all events about one person, unaltered, from a signed log.
// Written from eventstore/proof/README.md alone and sharing no code with the product. Needs Node 18 and nothing else.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');

const USAGE = `usage: node mlup_audit_verify.js FILE --key VKEY [--witness-key VKEY] [--subject UUID] [--show]
  --key          a key of the log that you trust: name+id+base64, or a file with one key a line; may be repeated
  --witness-key  a witness that must have seen the log, given as a key is; may be repeated
  --subject      the person the bundle must be about
  --show         lists the events
Ends with 0 when everything holds, with 1 when it does not, with 2 when it could not be tried.`;

const LOG_KEY = 0x01;
const WITNESS_KEY = 0x04;
const SIGNATURES_MAX = 100;
const U64_MAX = (1n << 64n) - 1n;
const NO_HASH = Buffer.alloc(32);
// The y of the points of Ed25519 of orders 4, 1, 2 and 8, without the sign of x.
const SMALL_ORDER = ['00'.repeat(32), '01' + '00'.repeat(31), 'ec' + 'ff'.repeat(30) + '7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'];
const MERGED = 'mlup.cases.v1.PersonsMerged';
const PRESENT = 1;
const ABSENT_OTHER = 2;

// A rule that does not hold: `code` is the error's name in the README.
class Refusal extends Error {
  constructor(code, words) {
    super(words);
    this.code = code;
  }
}

function demand(holds, code, words) {
  if (!holds) throw new Refusal(code, words);
}

// ---- Digests and trees

function sha256(...pieces) {
  const hash = crypto.createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

const leafHash = (data) => sha256('\x00', data);
const nodeHash = (left, right) => sha256('\x01', left, right);
const mapLeafHash = (key, value) => sha256('\x02', key, value);
const mapNodeHash = (left, right) => sha256('\x03', left, right);

// The largest power of two below `size`, which is at least 2.
const splitOf = (size) => 1n << BigInt((size - 1n).toString(2).length - 1);

// The root of the tree of `size` leaves that holds all of `wanted` ([{index, hash}], indexes rising), or null where
// `proof` is not exactly what is missing.
function rootWithMany(wanted, size, proof) {
  let used = 0;
  // [from, to) are the wanted leaves in the subtree of `width` leaves that begins at leaf `start`.
  const walk = (start, width, from, to) => {
    if (from === to) return used < proof.length ? proof[used++] : null;
    if (width === 1n) return to - from === 1 && wanted[from].index === start ? wanted[from].hash : null;
    const split = splitOf(width);
    let middle = from;
    while (middle < to && wanted[middle].index < start + split) ++middle;
    const left = walk(start, split, from, middle);
    const right = left && walk(start + split, width - split, middle, to);
    return right && nodeHash(left, right);
  };
  for (let i = 0; i < wanted.length; ++i) {
    const after = i === 0 ? 0n : wanted[i - 1].index + 1n;
    if (wanted[i].index < after || wanted[i].index >= size) return null;
  }
  if (size === 0n) return proof.length === 0 ? sha256() : null;
  const root = walk(0n, size, 0, wanted.length);
  return used === proof.length ? root : null;
}

// True when the first tree is the beginning of the second (RFC 6962 §2.1.2).
function verifyConsistency(oldSize, oldRoot, newSize, newRoot, proof) {
  const [first, second] = [BigInt(oldSize), BigInt(newSize)];
  if (first > second) return false;
  if (first === second) return proof.length === 0 && oldRoot.equals(newRoot);
  if (first === 0n) return proof.length === 0 && oldRoot.equals(sha256());
  let used = 0;
  // Both roots of the subtree of `width` leaves whose first `known` were in the old tree. `whole`: the old root itself
  // is known to whoever checks, so that the proof does not repeat it.
  const walk = (known, width, whole) => {
    if (known === width) {
      const hash = whole ? oldRoot : proof[used++];
      return hash && [hash, hash];
    }
    const split = splitOf(width);
    if (known <= split) {
      const left = walk(known, split, whole);
      const right = left && proof[used++];
      return right && [left[0], nodeHash(left[1], right)];
    }
    const right = walk(known - split, width - split, false);
    const left = right && proof[used++];
    return left && [nodeHash(left, right[0]), nodeHash(left, right[1])];
  };
  const roots = walk(first, second, true);
  return Boolean(roots) && used === proof.length && roots[0].equals(oldRoot) && roots[1].equals(newRoot);
}

const bitOf = (key, depth) => (key[depth >> 3] >> (7 - (depth & 7))) & 1;

// True when the map holds what `proof` says of `key`: {kind, count, head} or {kind, otherKey, otherValue}, siblings.
function verifyMap(root, key, proof) {
  const depth = proof.siblings.length;
  if (depth > 256) return false;
  let hash = NO_HASH;
  if (proof.kind === PRESENT) {
    hash = mapLeafHash(key, mapValue(proof.count, proof.head));
  } else if (proof.kind === ABSENT_OTHER) {
    for (let i = 0; i < depth; ++i) if (bitOf(proof.otherKey, i) !== bitOf(key, i)) return false;
    if (proof.otherKey.equals(key)) return false;
    hash = mapLeafHash(proof.otherKey, proof.otherValue);
  }
  for (let i = depth - 1; i >= 0; --i) {
    hash = bitOf(key, i) ? mapNodeHash(proof.siblings[i], hash) : mapNodeHash(hash, proof.siblings[i]);
  }
  return hash.equals(root);
}

const u32 = (value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);

function mapValue(count, head) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(count);
  return sha256(bytes, head);
}

// ---- Notes, checkpoints and keys (C2SP signed-note, tlog-checkpoint, tlog-cosignature)

// The bytes of canonical base64, or null.
function fromBase64(text) {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

// Whether an encoded point is of small order, or not in its only spelling: no honest key or signature holds one.
function isWeakPoint(encoded) {
  const y = Buffer.from(encoded);
  y[31] &= 127;
  const reduced = y[31] !== 127 || y[0] < 0xed || y.subarray(1, 31).some((byte) => byte !== 255);
  return !reduced || SMALL_ORDER.includes(y.toString('hex'));
}

const isKeyName = (name) => name.length > 0 && !/[\p{White_Space}+]/u.test(name);

// A verifier key `name+id+base64`, or null.
function parseKey(text) {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  const bytes = match && fromBase64(match[3]);
  if (!bytes || bytes.length !== 33 || !isKeyName(match[1])) return null;
  const [name, kind, publicKey] = [match[1], bytes[0], bytes.subarray(1)];
  const id = sha256(`${name}\n`, bytes).subarray(0, 4);
  if ((kind !== LOG_KEY && kind !== WITNESS_KEY) || id.toString('hex') !== match[2] || isWeakPoint(publicKey)) return null;
  return { name, kind, publicKey, id, text };
}

function verifyEd25519(publicKey, message, signature) {
  if (isWeakPoint(publicKey) || isWeakPoint(signature.subarray(0, 32))) return false;
  try {
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
    const key = crypto.createPublicKey({ key: der, format: 'der', type: 'spki' });
    return crypto.verify(null, message, key, signature);
  } catch {
    return false;
  }
}

// A note's text and signature lines [{name, id, signature}], or null where its form is wrong.
function parseNote(bytes) {
  const note = bytes.toString('utf8');
  if (!Buffer.from(note, 'utf8').equals(bytes) || /[\x00-\x09\x0b-\x1f]/.test(note)) return null;
  const end = note.lastIndexOf('\n\n');
  if (end <= 0 || !note.endsWith('\n') || end + 2 === note.length) return null;
  const signatures = [];
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const match = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    const blob = match && fromBase64(match[2]);
    if (!blob || blob.length < 5 || !isKeyName(match[1])) return null;
    signatures.push({ name: match[1], id: blob.subarray(0, 4), signature: blob.subarray(4) });
  }
  return signatures.length <= SIGNATURES_MAX ? { text: note.slice(0, end + 1), signatures } : null;
}

// The lines by known keys: [{key, time, valid}]; lines by others are passed over.
function checkSignatures(note, keys) {
  const found = [];
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((known) => known.name === name && known.id.equals(id));
    if (!key) continue;
    const stated = key.kind === WITNESS_KEY ? 8 : 0;
    const time = stated > 0 && signature.length > 8 ? signature.readBigUInt64BE(0) : 0n;
    const message = stated > 0 ? `cosignature/v1\ntime ${time}\n${note.text}` : note.text;
    const valid = signature.length === stated + 64 &&
      verifyEd25519(key.publicKey, Buffer.from(message, 'utf8'), signature.subarray(stated));
    found.push({ key, time, valid });
  }
  return found;
}

// A checkpoint {origin, size, root, note}, or null where its form is wrong.
function parseCheckpoint(bytes) {
  const note = parseNote(bytes);
  const lines = note ? note.text.split('\n') : [];
  if (lines.length !== 4 || lines[0] === '' || !/^(0|[1-9][0-9]{0,19})$/.test(lines[1])) return null;
  const [size, root] = [BigInt(lines[1]), fromBase64(lines[2])];
  if (size > U64_MAX || !root || root.length !== 32) return null;
  return { origin: lines[0], size, root, note };
}

// Opens a checkpoint with parsed keys: {ok, checkpoint, signatures} or {ok, error}.
function openCheckpoint(bytes, keys) {
  const checkpoint = parseCheckpoint(Buffer.from(bytes));
  if (!checkpoint) return { ok: false, error: 'CHECKPOINT_MALFORMED' };
  const signatures = checkSignatures(checkpoint.note, keys);
  if (!signatures.every(({ valid }) => valid)) return { ok: false, error: 'SIGNATURE_WRONG' };
  return { ok: true, checkpoint, signatures };
}

// ---- Reading bytes

// Reads from the front; anything that is not there, or left over at done(), is refused with `code`.
class Reader {
  constructor(bytes, code, what) {
    Object.assign(this, { bytes, code, what, at: 0 });
  }

  refuse(words) {
    demand(false, this.code, `${this.what}: ${words} at byte ${this.at}`);
  }

  take(count) {
    if (count > this.bytes.length - this.at) this.refuse(`ends where ${count} bytes should follow`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  u8() { return this.take(1)[0]; }
  u16() { return this.take(2).readUInt16BE(0); }
  u32() { return this.take(4).readUInt32BE(0); }
  u64() { return this.take(8).readBigUInt64BE(0); }
  i64() { return this.take(8).readBigInt64BE(0); }
  str() { return this.take(this.u32()); }
  str8() { return this.take(this.u8()); }
  str16() { return this.take(this.u16()); }
  hash() { return this.take(32); }

  time() {
    const time = { seconds: this.i64(), nanoseconds: this.u32() };
    if (time.nanoseconds >= 1e9) this.refuse('a second or more of nanoseconds');
    return time;
  }

  // What `read` reads, where the byte before it says that it is there, else null.
  optional(read) {
    const there = this.u8();
    if (there > 1) this.refuse('neither 0 nor 1');
    return there === 1 ? read() : null;
  }

  list(count, read) {
    const items = [];
    while (items.length < count) items.push(read());
    return items;
  }

  done() {
    if (this.at !== this.bytes.length) this.refuse(`${this.bytes.length - this.at} bytes too many`);
  }
}

function readHeader(bytes) {
  const r = new Reader(bytes, 'HEADER_MALFORMED', 'a header');
  if (r.take(8).toString('latin1') !== 'mlupEVH1') r.refuse('no header of version 1');
  const header = { position: r.u64(), stream: r.hash(), revision: r.u64(), previous: r.hash(), recordedAt: r.time() };
  header.clockBehind = r.optional(() => r.time());
  Object.assign(header, { eventId: r.str8(), type: r.str16(), schemaVersion: r.u32(), precision: r.u8() });
  Object.assign(header, { from: r.str8(), to: r.str8(), instant: r.optional(() => r.time()) });
  header.sourceRecordedAt = r.optional(() => r.time());
  Object.assign(header, { actorId: r.str8(), role: r.str8(), organisationId: r.str8(), onBehalfOf: r.str8() });
  Object.assign(header, { channel: r.u8(), device: r.str8(), requestId: r.str8(), correlationId: r.str8() });
  Object.assign(header, { causationId: r.str8(), reason: r.str8(), sensitivity: r.u8(), sector: r.u8() });
  Object.assign(header, { place: r.str8(), sourceSystem: r.str8(), sourceId: r.str8(), recordedBy: r.str8() });
  Object.assign(header, { appendFirstPosition: r.u64(), appendEventCount: r.u32(), requestDigest: r.str8() });
  Object.assign(header, { common: r.hash(), parts: r.list(r.u16(), () => r.hash()), hash: sha256(bytes) });
  r.done();
  return header;
}

function readProof(r) {
  const proof = { kind: r.u8(), count: 0n, head: NO_HASH };
  if (proof.kind > ABSENT_OTHER) r.refuse('an unknown kind of proof');
  if (proof.kind === PRESENT) Object.assign(proof, { count: r.u64(), head: r.hash() });
  if (proof.kind === PRESENT && proof.count === 0n) r.refuse('present, but without an event');
  if (proof.kind === ABSENT_OTHER) Object.assign(proof, { otherKey: r.hash(), otherValue: r.hash() });
  const depth = r.u16();
  if (depth > 256) r.refuse('a proof deeper than a key has bits');
  proof.siblings = r.list(depth, () => r.hash());
  return proof;
}

function readEvent(r, streamCount) {
  const event = { headerBytes: r.str(), stream: r.optional(() => r.u16()), common: r.str() };
  if (event.stream !== null && event.stream >= streamCount) r.refuse('an own stream that is not listed');
  event.part = r.optional(() => ({ index: r.u16(), salt: r.str(), clear: r.str(), sealed: r.str() }));
  return event;
}

function readBundle(bytes) {
  const r = new Reader(bytes, 'BUNDLE_MALFORMED', 'the bundle');
  const magic = r.take(8).toString('latin1');
  if (!magic.startsWith('mlupBND')) r.refuse('no audit bundle');
  demand(magic === 'mlupBND1', 'BUNDLE_VERSION_UNKNOWN', 'a bundle of a version that this program does not know');
  const bundle = { subject: r.str(), checkpoint: r.str(), handovers: r.list(r.u16(), () => r.str()) };
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  bundle.witnessed = r.optional(() => ({ note: r.str(), consistency: r.list(r.u16(), () => r.hash()) }));
  bundle.map = { position: r.u64(), headerBytes: r.str(), common: r.str() };
  bundle.proof = readProof(r);
  bundle.streams = r.list(r.u16(), () => ({ name: r.str(), proof: readProof(r) }));
  bundle.events = r.list(r.u32(), () => readEvent(r, bundle.streams.length));
  bundle.inclusion = r.list(r.u32(), () => r.hash());
  r.done();
  if (!uuid.test(bundle.subject.toString('latin1'))) r.refuse('a subject that is no UUID in lower case');
  return bundle;
}

// The bundles of a file, and what undid merges that they show. A file with one record is one bundle.
function readFile(bytes) {
  if (bytes.length < 8 || !bytes.toString('latin1', 0, 8).startsWith('mlupBNS')) return { bundles: [bytes], undoings: [], inclusion: [] };
  const r = new Reader(bytes, 'BUNDLE_MALFORMED', 'the file');
  demand(r.take(8).toString('latin1') === 'mlupBNS1', 'BUNDLE_VERSION_UNKNOWN', 'bundles of a version that this program does not know');
  const file = { bundles: r.list(r.u16(), () => r.str()) };
  file.undoings = r.list(r.u16(), () => ({ headerBytes: r.str(), common: r.str() }));
  file.inclusion = r.list(r.u32(), () => r.hash());
  r.done();
  if (file.bundles.length + file.undoings.length < 2 || file.bundles.length === 0) r.refuse('one record, which is written as one bundle');
  return file;
}

// The text field `wanted` of a protobuf message of texts and whole numbers; empty where there is none.
function textField(message, wanted) {
  let [at, found] = [0, Buffer.alloc(0)];
  const varint = () => {
    let number = 0n;
    for (let shift = 0n; shift < 64n && at < message.length; shift += 7n) {
      const byte = message[at++];
      number |= BigInt(byte & 127) << shift;
      if (byte < 128) return number & U64_MAX;
    }
    return null;
  };
  while (at < message.length) {
    const tag = varint();
    const value = tag === null ? null : varint();
    const kind = value === null ? 1n : tag & 7n;
    if (kind === 0n) continue;
    if (kind !== 2n || value > BigInt(message.length - at)) return Buffer.alloc(0);
    if (tag >> 3n === BigInt(wanted)) found = message.subarray(at, at + Number(value));
    at += Number(value);
  }
  return found;
}

// The id of the event that an event of this type and common part undoes, or an empty text.
function undoneBy(type, common) {
  const field = { 'mlup.cases.v1.PersonsUnmerged': 2, 'mlup.common.v1.EntryVoided': 1 }[type.toString('latin1')];
  return field ? textField(common, field).toString('latin1') : '';
}

// ---- The rules, in the README's order

// Adds the keys that the known `keys` hand over to.
function followHandovers(handovers, origin, keys) {
  handovers.forEach((bytes, i) => {
    const note = parseNote(bytes);
    const lines = note ? note.text.split('\n') : [];
    const next = lines.length === 4 ? parseKey(lines[2]) : null;
    demand(next && next.kind === LOG_KEY && next.name === origin && lines[0] === 'mlup key handover' && lines[1] === origin,
      'HANDOVER_WRONG', `handover ${i + 1} is not one of this log`);
    const signatures = checkSignatures(note, keys);
    demand(signatures.every(({ valid }) => valid), 'HANDOVER_WRONG', `the signature of handover ${i + 1} is wrong`);
    if (signatures.length > 0) keys.push(next);
  });
}

// The checkpoint, once a key that is trusted, or handed over to, has signed it.
function checkCheckpoint(bundle, logKeys) {
  const checkpoint = parseCheckpoint(bundle.checkpoint);
  demand(checkpoint, 'CHECKPOINT_MALFORMED', 'the checkpoint is not a signed tree head');
  const keys = logKeys.filter((key) => key.name === checkpoint.origin);
  demand(keys.length > 0, 'ORIGIN_WRONG', 'the checkpoint is of another log than the trusted keys');
  followHandovers(bundle.handovers, checkpoint.origin, keys);
  const signatures = checkSignatures(checkpoint.note, keys);
  demand(signatures.length > 0, 'LOG_KEY_UNKNOWN', 'no trusted key signed the checkpoint');
  demand(signatures.every(({ valid }) => valid), 'SIGNATURE_WRONG', 'the signature of the checkpoint is wrong');
  return checkpoint;
}

// The cosigned checkpoint and when it was seen, or null where no witness is asked for.
function checkWitness(bundle, checkpoint, witnessKeys) {
  if (witnessKeys.length === 0) return null;
  demand(bundle.witnessed, 'WITNESS_MISSING', 'the bundle holds no cosigned checkpoint');
  const seen = parseCheckpoint(bundle.witnessed.note);
  demand(seen, 'COSIGNATURE_WRONG', 'what was cosigned is no checkpoint');
  const signatures = checkSignatures(seen.note, witnessKeys);
  demand(signatures.length > 0, 'WITNESS_MISSING', 'no trusted witness cosigned');
  demand(signatures.every(({ valid }) => valid), 'COSIGNATURE_WRONG', 'the cosignature is wrong');
  demand(seen.origin === checkpoint.origin, 'WITNESS_INCONSISTENT', 'what the witness saw is another log');
  demand(verifyConsistency(seen.size, seen.root, checkpoint.size, checkpoint.root, bundle.witnessed.consistency),
    'WITNESS_INCONSISTENT', 'what the witness saw is not the beginning of this log: it has been rewritten');
  const first = signatures.reduce((a, b) => (b.time < a.time ? b : a));
  return { size: seen.size, time: first.time, by: first.key.name };
}

// {size, root} of the map that the map record states.
function checkMapRecord(map, treeSize) {
  const { header, common } = map;
  const holds = (what, words) => demand(what, 'MAP_RECORD_WRONG', `the record of the map ${words}`);
  holds(header.stream.equals(sha256('system/map')), 'is not on system/map');
  holds(header.type.toString('latin1') === 'mlup.log.v1.MapRootRecorded', 'is of another type');
  holds(header.position === map.position, 'stands at another position');
  holds(header.parts.length === 0, 'names persons');
  holds(header.common.equals(sha256(common)), 'was altered');
  let [size, form] = [0n, [0x08]];
  for (let i = 1; i < common.length && i <= 10; ++i) {
    size |= BigInt(common[i] & 127) << BigInt(7 * i - 7);
    if (common[i] < 128) break;
  }
  for (let rest = size; rest > 0n; rest >>= 7n) form.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
  const root = common.subarray(-32);
  form = Buffer.concat([Buffer.from([...form, 0x12, 0x20]), root]);
  holds(size > 0n && size <= U64_MAX && root.length === 32 && form.equals(common), 'has another form');
  holds(size < map.position && map.position <= treeSize, 'covers what comes after it, or stands outside of the tree');
  // A log begins with an event that its map holds, so that no map of it is empty.
  holds(!root.equals(NO_HASH), 'is of an empty map, which no log has');
  return { size, root };
}

function checkPositions(events, mapSize) {
  let last = 0n;
  for (const { header } of events) {
    demand(header.position > last, 'ORDER_WRONG', `position ${header.position} follows ${last}`);
    last = header.position;
  }
  demand(last <= mapSize, 'EVENT_PAST_MAP', `position ${last} is past the map, which ends at ${mapSize}`);
}

function checkShown(bundle) {
  const all = (holds, code, words) => bundle.events.forEach((event) =>
    demand(holds(event, event.header), code, `${words} at position ${event.header.position}`));
  all(({ common }, header) => header.common.equals(sha256(common)), 'COMMON_ALTERED', 'altered: the common part');
  all(({ part }, header) => {
    const pieces = part ? [bundle.subject, part.salt, part.clear, part.sealed] : [];
    const digest = sha256(...pieces.flatMap((piece) => [u32(piece.length), piece]));
    return !part || (part.index < header.parts.length && header.parts[part.index].equals(digest));
  }, 'PART_ALTERED', "altered: the person's part");
  all(({ stream }, header) => stream === null || header.stream.equals(sha256(bundle.streams[stream].name)),
    'STREAM_NAME_WRONG', 'the event is not of the stream it is listed under');
}

// Own streams: person/ and access/, then those that begin with an event of this person alone.
function checkStreams(bundle) {
  const fixed = ['person/', 'access/'].map((category) => Buffer.concat([Buffer.from(category), bundle.subject]));
  fixed.forEach((name, i) => demand(bundle.streams.length > i && bundle.streams[i].name.equals(name), 'STREAMS_WRONG',
    `own stream ${i + 1} must be ${plain(name)}`));
  const digests = fixed.map((name) => sha256(name));
  const begun = bundle.events.filter(({ header, part }) => part && header.parts.length === 1 && header.revision === 1n &&
    !digests.some((digest) => digest.equals(header.stream)));
  const listed = bundle.streams.slice(2).map(({ name }) => sha256(name));
  demand(listed.length === begun.length && listed.every((digest, i) => digest.equals(begun[i].header.stream)), 'STREAMS_WRONG',
    'the own streams are not those that begin with an event of this person alone');
}

function checkChains(bundle) {
  const subject = { count: 0n, head: NO_HASH };
  const lasts = bundle.streams.map(() => ({ revision: 0n, hash: NO_HASH }));
  const breaks = new Map();
  for (const { header, part, stream } of bundle.events) {
    if (part) Object.assign(subject, { count: subject.count + 1n, head: sha256(subject.head, header.hash) });
    if (stream === null) continue;
    const last = lasts[stream];
    lasts[stream] = header;
    if (header.revision === last.revision + 1n && header.previous.equals(last.hash)) continue;
    breaks.set(stream, header.revision);
  }
  demand(subject.count === bundle.proof.count && subject.head.equals(bundle.proof.head), 'SUBJECT_INCOMPLETE',
    `${subject.count} events name the person, ${bundle.proof.count} are proved, or they are not the same`);
  bundle.streams.forEach(({ name, proof }, i) => {
    demand(!breaks.has(i), 'STREAM_INCOMPLETE', `${plain(name)}: revision ${breaks.get(i)} follows no event before it`);
    demand(lasts[i].revision === proof.count && lasts[i].hash.equals(proof.head), 'STREAM_INCOMPLETE',
      `${plain(name)} ends at revision ${lasts[i].revision}; revision ${proof.count} is proved, or another event`);
  });
}

function checkMapProofs(bundle, root) {
  const holds = (prefix, name, proof) => verifyMap(root, sha256(prefix, name), proof);
  demand(holds('subject:', bundle.subject, bundle.proof), 'MAP_PROOF_WRONG', 'the map does not say so of the person');
  for (const { name, proof } of bundle.streams) {
    demand(holds('stream:', name, proof), 'MAP_PROOF_WRONG', `the map does not say so of ${plain(name)}`);
  }
}

function checkInclusion(bundle, checkpoint) {
  const wanted = [...bundle.events, bundle.map].map(({ header }) =>
    ({ index: header.position - 1n, hash: leafHash(header.hash) }));
  const root = rootWithMany(wanted, checkpoint.size, bundle.inclusion);
  demand(root && root.equals(checkpoint.root), 'INCLUSION_WRONG', 'the events are not those of the signed tree');
}

// The rules of a file over its verified bundles.
function checkFile(file, bundles) {
  const [first] = bundles;
  const subjects = new Set(bundles.map(({ subject }) => subject.toString('latin1')));
  demand(subjects.size === bundles.length && bundles.every(({ checkpoint, map }) =>
    checkpoint.equals(first.checkpoint) && map.position === first.map.position),
  'SET_INCONSISTENT', 'the bundles are not about different records in one state of the log');
  const [merges, endings] = [new Map(), []];
  const addEnding = (header, common) => {
    const undone = undoneBy(header.type, common);
    if (undone !== '') endings.push({ header, undone });
  };
  bundles.forEach(({ events }, i) => events.forEach(({ header, part, common }) => {
    if (part && header.type.toString('latin1') === MERGED) {
      const key = header.hash.toString('hex');
      if (!merges.has(key)) merges.set(key, { header, records: new Set() });
      merges.get(key).records.add(i);
    }
    addEnding(header, common);
  }));
  checkUndoings(file, [...merges.values()], first.opened, addEnding);
  // An undoing is final: nothing that this file need not show could take it back.
  const isUndone = (merge) => endings.some(({ header, undone }) =>
    header.stream.equals(merge.stream) && undone === merge.eventId.toString('latin1') && header.position > merge.position);
  const joining = [...merges.values()].filter(({ header }) => !isUndone(header));
  for (const { header, records } of joining) {
    demand(records.size > 1, 'MERGE_INCOMPLETE', `position ${header.position} joins the person with a record that is not here`);
  }
  const joined = new Set([0]);
  for (let before = 0; before !== joined.size;) {
    before = joined.size;
    for (const { records } of joining) {
      if ([...records].some((record) => joined.has(record))) records.forEach((record) => joined.add(record));
    }
  }
  demand(joined.size === bundles.length, 'RECORD_UNRELATED', 'a record is here that no merge joins with the person');
}

function checkUndoings(file, merges, checkpoint, addEnding) {
  const headers = file.undoings.map(({ headerBytes }) => readHeader(headerBytes));
  let last = 0n;
  headers.forEach((header, i) => {
    const { common } = file.undoings[i];
    const undone = undoneBy(header.type, common);
    const undoes = merges.some((merge) => merge.header.stream.equals(header.stream) &&
      merge.header.eventId.toString('latin1') === undone);
    demand(header.position > last && header.common.equals(sha256(common)) && undoes, 'UNDOING_WRONG',
      `position ${header.position} undoes no merge that is shown`);
    last = header.position;
    addEnding(header, common);
  });
  const leaves = headers.map((header) => ({ index: header.position - 1n, hash: leafHash(header.hash) }));
  const root = leaves.length > 0 ? rootWithMany(leaves, checkpoint.size, file.inclusion) : null;
  demand(leaves.length > 0 ? root && root.equals(checkpoint.root) : file.inclusion.length === 0, 'UNDOING_WRONG',
    'what undoes merges is not what the signed tree holds');
}

// A verified file: the summary of the record that was asked for, over all that were merged with it.
function check(bytes, trust) {
  const file = readFile(bytes);
  const records = file.bundles.map((bundle, i) => checkBundle(bundle, i === 0 ? trust : { ...trust, subject: '' }));
  checkFile(file, records.map(({ bundle }) => bundle));
  const events = new Map();
  const naming = new Set();
  for (const { bundle } of records) {
    for (const { header, part } of bundle.events) {
      events.set(header.position, header);
      if (part) naming.add(header.position);
    }
  }
  return {
    ...records[0].summary,
    records: records.map(({ summary }) => summary.subject),
    naming: BigInt(naming.size),
    events: [...events.values()].sort((a, b) => (a.position < b.position ? -1 : 1)),
    streams: records.flatMap(({ summary }) => summary.streams),
  };
}

function checkBundle(bytes, trust) {
  const bundle = readBundle(bytes);
  demand(!trust.subject || bundle.subject.equals(Buffer.from(trust.subject)), 'SUBJECT_WRONG',
    'the bundle is about another person');
  const checkpoint = checkCheckpoint(bundle, trust.keys);
  const witness = checkWitness(bundle, checkpoint, trust.witnessKeys || []);
  for (const event of [...bundle.events, bundle.map]) event.header = readHeader(event.headerBytes);
  const map = checkMapRecord(bundle.map, checkpoint.size);
  checkPositions(bundle.events, map.size);
  checkShown(bundle);
  checkStreams(bundle);
  demand(bundle.events.every(({ part, stream }) => part || stream !== null), 'EVENT_UNRELATED',
    'an event neither names the person nor is of an own stream');
  checkChains(bundle);
  checkMapProofs(bundle, map.root);
  checkInclusion(bundle, checkpoint);
  bundle.opened = checkpoint;
  const summary = {
    subject: plain(bundle.subject),
    origin: checkpoint.origin,
    completeTo: map.size,
    treeSize: checkpoint.size,
    witness,
    streams: bundle.streams.map(({ name }) => plain(name)),
  };
  return { bundle, summary };
}

// Verifies the bytes of a bundle. `trust` is {keys, witnessKeys, subject}: keys as text or as parsed by parseKey().
// {ok: true, summary} or {ok: false, error, message}; never throws.
function verify(buffer, trust) {
  try {
    const parsed = (keys) => (keys || []).map((key) => (typeof key === 'string' ? parseKey(key) : key));
    const [keys, witnessKeys] = [parsed(trust.keys), parsed(trust.witnessKeys)];
    demand(keys.length > 0 && keys.every((key) => key && key.kind === LOG_KEY) &&
      witnessKeys.every((key) => key && key.kind === WITNESS_KEY), 'KEY_MALFORMED', 'a trusted key is not one');
    return { ok: true, error: null, message: '', summary: check(Buffer.from(buffer), { ...trust, keys, witnessKeys }) };
  } catch (thrown) {
    const error = thrown instanceof Refusal ? thrown.code : 'VERIFIER_FAILED';
    return { ok: false, error, message: String(thrown && thrown.message), summary: null };
  }
}

// ---- The command line

// Text for a terminal: what could steer it is shown as a question mark.
function plain(text) {
  return text.toString('utf8').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

function clock(seconds) {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString().replace('.000', '');
}

function describe(summary) {
  const { witness } = summary;
  return [
    `All events about ${summary.subject} up to position ${summary.completeTo} are here, unaltered.`,
    ...(summary.records.length > 1 ? [`  merged records   ${summary.records.join(', ')}`] : []),
    `  log              ${summary.origin}, signed with ${summary.treeSize} events`,
    `  events           ${summary.events.length}; ${summary.naming} of them have a part of this person`,
    `  own streams      ${summary.streams.join(', ')}`,
    witness
      ? `  witnessed        ${clock(witness.time)} by ${witness.by}, with ${witness.size} events; not rewritten since`
      : '  witnessed        not asked for (--witness-key): the log could have been rewritten before it was signed',
  ].join('\n');
}

function describeEvent(header) {
  const [from, to] = [plain(header.from) || 'unknown', plain(header.to) || 'unknown'];
  return [`${header.position}`.padStart(8), (from === to ? from : `${from}..${to}`).padEnd(22),
    clock(header.recordedAt.seconds) + (header.clockBehind ? ' (clock behind)' : ''), plain(header.type), plain(header.role)].join('  ');
}

// Keys from an argument: a file with one a line, between empty lines and comments, or the key itself. Null where it is neither.
function keysFrom(argument, kind) {
  let lines = [argument];
  try {
    lines = fs.readFileSync(argument, 'utf8').split('\n').map((line) => line.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, ''));
    lines = lines.filter((line) => line !== '' && !line.startsWith('#'));
  } catch {
    // No file.
  }
  const keys = lines.map(parseKey);
  return keys.length > 0 && keys.every((key) => key && key.kind === kind) ? keys : null;
}

// What the words ask for, or a sentence on what is wrong with them.
function parseArguments(words) {
  const options = { file: null, keys: [], witnessKeys: [], subject: '', show: false };
  for (let i = 0; i < words.length; ++i) {
    const [word, value] = [words[i], words[i + 1]];
    if (['--key', '--witness-key', '--subject'].includes(word)) {
      if (++i === words.length || value === '') return `${word} needs a value`;
      const [list, kind] = word === '--key' ? [options.keys, LOG_KEY] : [options.witnessKeys, WITNESS_KEY];
      const keys = word === '--subject' ? [] : keysFrom(value, kind);
      if (!keys) return `${word} ${value}: neither such a key nor a file of such keys`;
      list.push(...keys);
      if (word === '--subject') options.subject = value;
    } else if (word === '--show') {
      options.show = true;
    } else if (word.startsWith('-') || options.file !== null) {
      return `${word} is not understood`;
    } else {
      options.file = word;
    }
  }
  if (options.file === null) return 'which bundle?';
  return options.keys.length > 0 ? options : 'at least one --key is needed: whom do you trust?';
}

function main(words) {
  if (words.includes('--help') || words.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const options = parseArguments(words);
  if (typeof options === 'string') {
    console.error(`${options}\n${USAGE}`);
    return 2;
  }
  let result = null;
  try {
    result = verify(fs.readFileSync(options.file), options);
  } catch (error) {
    console.error(`${options.file} cannot be read: ${error.code}`);
    return 2;
  }
  console.log(result.ok ? describe(result.summary) : `${result.error}: ${result.message}`);
  for (const header of result.ok && options.show ? result.summary.events : []) console.log(describeEvent(header));
  return result.ok ? 0 : 1;
}

module.exports = { verify, openCheckpoint, followHandovers, parseKey, parseNote, checkSignatures, leafHash, nodeHash, rootWithMany,
  verifyConsistency, verifyMap, mapLeafHash, mapNodeHash, mapValue };

if (require.main === module) process.exitCode = main(process.argv.slice(2));
