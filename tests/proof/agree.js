// Gives every case of tamper_matrix to the second verifier and demands the verdict and the error of the first.
//
//   node agree.js [--keep FOLDER] [FILE]     reads FILE, or the standard input
//
// A case is seven texts, each after its length (u32, big-endian): operator, error of the first verifier (empty when it
// accepted), what it says when it accepted, keys of the log and of witnesses (one a line), the person asked for, and the
// bundle. Prints one JSON object with the first case of every kind of difference; their bundles go to FOLDER.
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const { verify, parseKey } = require(path.join(__dirname, '../../deploy/verifier/mlup_audit_verify.js'));

const TEXTS = 7;

// The cases of a stream, without holding more of it than one case and one piece.
async function* casesOf(stream) {
  let rest = Buffer.alloc(0);
  for await (const piece of stream) {
    rest = Buffer.concat([rest, piece]);
    for (let taken = take(rest); taken; taken = take(rest)) {
      rest = taken.rest;
      yield taken.texts;
    }
  }
  if (rest.length > 0) throw new Error(`the cases end in the middle of one: ${rest.length} bytes are left`);
}

function take(bytes) {
  const texts = [];
  let at = 0;
  while (texts.length < TEXTS) {
    if (bytes.length - at < 4) return null;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (bytes.length < end) return null;
    texts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return { texts, rest: bytes.subarray(at) };
}

const parsed = new Map();

function keysOf(text) {
  const lines = text.toString().split('\n').filter(Boolean);
  for (const line of lines) if (!parsed.has(line)) parsed.set(line, parseKey(line));
  return lines.map((line) => parsed.get(line));
}

// The same words as tamper_matrix.cc makes of a BundleSummary.
function words(summary) {
  const { witness } = summary;
  return [summary.subject, summary.origin, summary.completeTo, summary.treeSize, witness ? witness.time : 0,
    witness ? witness.size : 0, summary.naming, summary.events.length, summary.streams.join(',')].join(' ');
}

async function main(options) {
  const [keep, file] = options[0] === '--keep' ? [options[1], options[2]] : [null, options[0]];
  const counts = { cases: 0, failures: 0, accepted: 0, errors: {}, differences: [] };
  const kinds = new Set();
  for await (const texts of casesOf(file ? fs.createReadStream(file) : process.stdin)) {
    const [operator, error, summary, keys, witnessKeys, subject, bundle] = texts;
    const result = verify(bundle, { keys: keysOf(keys), witnessKeys: keysOf(witnessKeys), subject: subject.toString() });
    const [first, second] = [error.toString() || `accepted ${summary}`, result.error || `accepted ${words(result.summary)}`];
    ++counts.cases;
    if (result.ok) ++counts.accepted;
    else counts.errors[result.error] = (counts.errors[result.error] || 0) + 1;
    if (first === second) continue;
    ++counts.failures;
    const kind = `${operator}: ${first.split(' ')[0]}, ${second.split(' ')[0]}`;
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    counts.differences.push({ case: counts.cases, operator: operator.toString(), first, second, message: result.message });
    if (keep) fs.writeFileSync(path.join(keep, `${counts.cases}.bundle`), bundle);
  }
  console.log(JSON.stringify(counts));
  return counts.failures > 0 || counts.cases === 0 ? 1 : 0;
}

main(process.argv.slice(2)).then((code) => { process.exitCode = code; }, (error) => {
  console.error(String(error));
  process.exitCode = 1;
});
