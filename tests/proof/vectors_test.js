// The second verifier against published vectors: RFC 6962 trees, the notes of Go's documentation and of C2SP, and the
// checkpoint of a public log. Prints a JSON object {cases} last.
'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const path = require('node:path');

const {
  leafHash, nodeHash, rootWithMany, verifyConsistency, verifyMap, mapLeafHash, mapNodeHash, mapValue,
  parseKey, parseNote, checkSignatures, openCheckpoint, verify,
} = require(path.join(__dirname, '../../deploy/verifier/mlup_audit_verify.js'));

let cases = 0;

function same(actual, expected, words) {
  ++cases;
  assert.deepStrictEqual(actual, expected, words);
}

const hex = (text) => Buffer.from(text, 'hex');
const flipped = (hash) => Buffer.from(hash.map((byte, i) => (i === 0 ? byte ^ 1 : byte)));

// The eight leaves and the roots of the Certificate Transparency reference implementation.
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  .map((data) => leafHash(hex(data)));
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
].map(hex);

// Published audit paths, from the leaf up: [leaf, size, path].
const PATHS = [
  [0, 1, []],
  [0, 8, ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4']],
  [5, 8, ['bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7']],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [1, 5, ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b']],
];

// Published consistency proofs: [old size, new size, hashes].
const CONSISTENCIES = [
  [1, 1, []],
  [1, 8, ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4']],
  [6, 8, ['0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7']],
  [2, 5, ['5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b']],
];

// The root of the leaves [from, to), by the definition of RFC 6962 §2.1.
function rootOf(from, to) {
  if (to - from === 1) return LEAVES[from];
  let split = 1;
  while (split * 2 < to - from) split *= 2;
  return nodeHash(rootOf(from, from + split), rootOf(from + split, to));
}

// The hashes that a proof of `wanted` leaves in a tree of `size` needs, from left to right.
function proofOf(wanted, from, to) {
  if (!wanted.some((index) => index >= from && index < to)) return [rootOf(from, to)];
  if (to - from === 1) return [];
  let split = 1;
  while (split * 2 < to - from) split *= 2;
  return [...proofOf(wanted, from, from + split), ...proofOf(wanted, from + split, to)];
}

function treesOfRfc6962() {
  const chosen = (wanted) => wanted.map((index) => ({ index: BigInt(index), hash: LEAVES[index] }));
  same(rootWithMany([], 0n, []), ROOTS[0]);
  for (let size = 1; size <= 8; ++size) {
    same(rootOf(0, size), ROOTS[size]);
    for (let set = 0; set < 1 << size; ++set) {
      const wanted = LEAVES.map((_, i) => i).filter((i) => (set >> i) & 1);
      const proof = proofOf(wanted, 0, size);
      same(rootWithMany(chosen(wanted), BigInt(size), proof), ROOTS[size]);
      same(rootWithMany(chosen(wanted), BigInt(size), [...proof, LEAVES[0]]), null, 'a hash too many');
      if (proof.length > 0) same(rootWithMany(chosen(wanted), BigInt(size), proof.slice(1)), null, 'a hash too few');
    }
  }
  for (const [leaf, size, published] of PATHS) {
    // The published order is from the leaf up; ours from left to right. The hashes are the same ones.
    const left = proofOf([leaf], 0, size);
    same(left.map((hash) => hash.toString('hex')).sort(), [...published].sort());
    same(rootWithMany(chosen([leaf]), BigInt(size), left), ROOTS[size]);
    if (size > 1) same(rootWithMany(chosen([leaf]), BigInt(size), left.map(flipped)).equals(ROOTS[size]), false);
  }
  same(rootWithMany(chosen([3, 2]), 8n, []), null, 'indexes must rise');
  same(rootWithMany(chosen([2, 2]), 8n, []), null, 'a leaf once');
  same(rootWithMany(chosen([7]), 5n, []), null, 'a leaf outside of the tree');
}

function consistencyOfRfc6962() {
  for (const [first, second, published] of CONSISTENCIES) {
    const holds = (proof, old = ROOTS[first], now = ROOTS[second]) => verifyConsistency(first, old, second, now, proof);
    const proof = published.map(hex);
    same(holds(proof), true);
    same(holds([...proof, LEAVES[0]]), false);
    same(holds(proof, flipped(ROOTS[first])), false);
    same(holds(proof, ROOTS[first], flipped(ROOTS[second])), false);
    for (let i = 0; i < proof.length; ++i) {
      same(holds(proof.map((hash, at) => (at === i ? flipped(hash) : hash))), false);
      same(holds(proof.filter((_, at) => at !== i)), false);
    }
  }
  same(verifyConsistency(0, ROOTS[0], 5, ROOTS[5], []), true);
  same(verifyConsistency(0, ROOTS[1], 5, ROOTS[5], []), false);
  same(verifyConsistency(5, ROOTS[5], 2, ROOTS[2], []), false);
}

function mapOfTwoKeys() {
  const head = leafHash(Buffer.from('head'));
  const [low, high] = [Buffer.alloc(32, 0x00), Buffer.alloc(32, 0x80)];
  const leaf = mapLeafHash(low, mapValue(3n, head));
  const other = mapLeafHash(high, mapValue(1n, head));
  const root = mapNodeHash(leaf, other);
  same(verifyMap(root, low, { kind: 1, count: 3n, head, siblings: [other] }), true);
  same(verifyMap(root, low, { kind: 1, count: 4n, head, siblings: [other] }), false);
  same(verifyMap(root, high, { kind: 1, count: 1n, head, siblings: [leaf] }), true);
  const near = Buffer.alloc(32, 0xc0);
  const taken = { kind: 2, otherKey: high, otherValue: mapValue(1n, head), siblings: [leaf] };
  same(verifyMap(root, near, { ...taken, otherValue: leafHash(head) }), false);
  same(verifyMap(mapNodeHash(leaf, mapLeafHash(high, head)), near, { ...taken, otherValue: head }), true);
  same(verifyMap(mapNodeHash(leaf, mapLeafHash(high, head)), high, { ...taken, otherValue: head }), false);
  same(verifyMap(Buffer.alloc(32), near, { kind: 0, siblings: [] }), true);
  same(verifyMap(root, near, { kind: 0, siblings: [leaf] }), false);
  same(verifyMap(root, near, { kind: 0, siblings: new Array(257).fill(leaf) }), false);
}

const DASH = '\u2014';
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_LINE = `${DASH} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
const ENOCH_KEY = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const ENOCH_LINE = `${DASH} EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n`;

function notesOfTheGoDocumentation() {
  const key = parseKey(GO_KEY);
  same(key.id.toString('hex'), 'c74f20a3');
  for (let i = 0; i < GO_KEY.length; ++i) {
    const code = GO_KEY.charCodeAt(i) + 1;
    same(parseKey(GO_KEY.slice(0, i) + String.fromCharCode(code) + GO_KEY.slice(i + 1)), null, `key changed at ${i}`);
    same(parseKey(GO_KEY.slice(0, i)), null, `key cut at ${i}`);
  }
  const opened = (note, keys) => {
    const parsed = parseNote(Buffer.from(note));
    return parsed && checkSignatures(parsed, keys).map(({ key: by, valid }) => [by.name, valid]);
  };
  const both = [key, parseKey(ENOCH_KEY)];
  same(opened(`${GO_TEXT}\n${GO_LINE}`, [key]), [['PeterNeumann', true]]);
  same(opened(`${GO_TEXT}\n${GO_LINE}${ENOCH_LINE}`, both), [['PeterNeumann', true], ['EnochRoot', true]]);
  same(opened(`${GO_TEXT}\n${GO_LINE}${ENOCH_LINE}`, [key]), [['PeterNeumann', true]], 'strangers are passed over');
  same(opened(`${GO_TEXT.toUpperCase()}\n${GO_LINE}`, [key]), [['PeterNeumann', false]]);
  const malformed = [
    GO_TEXT, `${GO_TEXT}\n`, `${GO_TEXT}${GO_LINE}`, `${GO_TEXT}\n${GO_LINE}\n`, `${GO_TEXT}\n${GO_LINE.trimEnd()}`,
    `${GO_TEXT}\n${GO_LINE} `, `${GO_TEXT}\n-${GO_LINE.slice(1)}`, `${GO_TEXT}\n${GO_LINE.replace('x08', 'x 08')}`,
    `${GO_TEXT}\n${GO_LINE.replace('AM=', 'AM')}`, `${GO_TEXT}\n${GO_LINE.replace('AM=', 'AN=')}`,
    `${GO_TEXT}\n${GO_LINE.replace('PeterNeumann', 'Peter+Neumann')}`, `${GO_TEXT}\n${GO_LINE.replace(' x08', '  x08')}`,
    `a\x00${GO_TEXT}\n${GO_LINE}`, `a\r${GO_TEXT}\n${GO_LINE}`, `${GO_TEXT}\n${DASH} PeterNeumann x08g\n`, `\n${GO_LINE}`, '',
  ];
  for (const note of malformed) same(parseNote(Buffer.from(note)), null, JSON.stringify(note));
  same(parseNote(Buffer.concat([Buffer.from([0xff]), Buffer.from(`${GO_TEXT}\n${GO_LINE}`)])), null, 'no UTF-8');
}

function checkpointsOfPublicLogs() {
  const key = parseKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8');
  const note = 'go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n' +
    `${DASH} sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=\n`;
  const opened = openCheckpoint(note, [key]);
  same([opened.ok, opened.checkpoint.origin, opened.checkpoint.size, opened.signatures.length],
    [true, 'go.sum database tree', 6476701n, 1]);
  same(openCheckpoint(note.replace('6476701', '6476702'), [key]), { ok: false, error: 'SIGNATURE_WRONG' });
  for (const [what, by] of [['6476701', '06476701'], ['6476701', ''], ['6476701', '18446744073709551616'], ['9Wk=', '9Wl='],
    ['9Wk=', '9Wk'], ['9Wk=\n', '9Wk=\nmore\n'], ['go.sum database tree', '']]) {
    same(openCheckpoint(note.replace(what, by), [key]), { ok: false, error: 'CHECKPOINT_MALFORMED' }, by);
  }

  // The example of tlog-cosignature: no keys are published for it, so its form is what can be held against it.
  const example = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
    `${DASH} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n` +
    `${DASH} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n`;
  const shape = openCheckpoint(example, []);
  same([shape.ok, shape.checkpoint.size, shape.checkpoint.note.signatures.length], [true, 20852163n, 2]);
  const [, cosignature] = shape.checkpoint.note.signatures;
  same([cosignature.name, cosignature.signature.length, cosignature.signature.readBigUInt64BE(0)],
    ['witness.example.com/w1', 72, 1679315147n]);
}

// A cosignature made here with the operating system's Ed25519, over the message that the specification states.
function cosignature() {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
  const raw = Buffer.concat([Buffer.from([4]), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
  const id = crypto.createHash('sha256').update('witness.example.com/w1\n').update(raw).digest().subarray(0, 4);
  const key = parseKey(`witness.example.com/w1+${id.toString('hex')}+${raw.toString('base64')}`);
  const text = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
  const signature = crypto.sign(null, Buffer.from(`cosignature/v1\ntime 1679315147\n${text}`), privateKey);
  const line = (time) => {
    const stated = Buffer.alloc(8);
    stated.writeBigUInt64BE(time);
    return `${DASH} witness.example.com/w1 ${Buffer.concat([id, stated, signature]).toString('base64')}\n`;
  };
  const opened = openCheckpoint(`${text}\n${line(1679315147n)}`, [key]);
  same([opened.ok, opened.signatures[0].time], [true, 1679315147n]);
  same(openCheckpoint(`${text}\n${line(1679315148n)}`, [key]).error, 'SIGNATURE_WRONG', 'the time is signed too');
}

function neverThrows() {
  const trust = { keys: [GO_KEY] };
  for (const [input, given, error] of [
    [Buffer.alloc(0), trust, 'BUNDLE_MALFORMED'], [Buffer.from('mlupBND'), trust, 'BUNDLE_MALFORMED'],
    [Buffer.from('mlupBND2'), trust, 'BUNDLE_VERSION_UNKNOWN'], [Buffer.from('mlupBND1'), trust, 'BUNDLE_MALFORMED'],
    [Buffer.from('anything else'), trust, 'BUNDLE_MALFORMED'], [Buffer.alloc(8), { keys: [] }, 'KEY_MALFORMED'],
    [Buffer.alloc(8), { keys: ['x'] }, 'KEY_MALFORMED'], [undefined, trust, 'VERIFIER_FAILED'], [Buffer.alloc(8), null, 'VERIFIER_FAILED'],
  ]) {
    const result = verify(input, given);
    same([result.ok, result.error], [false, error]);
  }
}

for (const test of [treesOfRfc6962, consistencyOfRfc6962, mapOfTwoKeys, notesOfTheGoDocumentation, checkpointsOfPublicLogs,
  cosignature, neverThrows]) {
  test();
}
console.log(JSON.stringify({ cases }));
