// Verifies the whole log from its records: a second program for what `mlup verify` does, by the rules in eventstore/proof/README.md.
import type { RecordJson } from '../../generated/mlup/log/v1/envelope_pb';
import { Broken, bytesOf, HASH_BYTES, hashOf, headerOf, isSame, NO_HASH } from './header';
import { SparseMap } from './sparse_map';

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);
export const MAP_STREAM = 'system/map';
const MAP_TYPE = 'mlup.log.v1.MapRootRecorded';

// A root that is vouched for: of the tree by a checkpoint, or of the map by its record.
export interface Vouched {
  size: number;
  root: Uint8Array;
}

// How many events, and the hash that stands for them: of a stream the last header's, of a subject the chain's.
interface Chain {
  key: Uint8Array;
  count: number;
  head: Uint8Array;
  isNew: boolean;
}

// What a record of the map says, where it has the one form that it can have.
export function mapRecordOf({ stream, event }: RecordJson): Vouched | null {
  if (stream !== MAP_STREAM || event?.type !== MAP_TYPE) return null;
  const common = bytesOf(event.common);
  let size = 0;
  let at = 1;
  for (let more = true, scale = 1; more && at < common.length; ++at, scale *= 128) {
    size += (common[at]! & 127) * scale;
    more = common[at]! >= 128;
  }
  const root = common.subarray(at + 2);
  const varint: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 128)) varint.push((rest % 128) + (rest >= 128 ? 128 : 0));
  const form = Uint8Array.of(0x08, ...varint, 0x12, HASH_BYTES, ...root);
  return size > 0 && root.length === HASH_BYTES && isSame(form, common) ? { size, root } : null;
}

// Takes the records in their order, from the first; throws Broken for the first that does not fit.
export class LogVerifier {
  // The roots of whole subtrees, the largest first, each of 2^height leaves.
  private tree: { height: number; hash: Uint8Array }[] = [];
  private streams = new Map<string, Chain>();
  private subjects = new Map<string, Chain>();
  private map = new SparseMap();
  private changed: Chain[] = [];
  private recordedAt = '';
  size = 0;
  agreedMapRoots = 0;
  agreedCheckpoints = 0;

  // `checkpoints` were opened with keys that are trusted; `mapRecords` are all of the log up to the last of these.
  constructor(private readonly checkpoints: Vouched[], private readonly mapRecords: Vouched[]) {
    for (const vouched of [checkpoints, mapRecords]) vouched.sort((a, b) => a.size - b.size);
  }

  take(record: RecordJson): void {
    const position = Number(record.position ?? 0);
    const name = record.stream ?? '';
    const demand = (holds: boolean, code: string) => {
      if (!holds) throw new Broken(code, position);
    };
    demand(position === this.size + 1, 'POSITION_GAP');
    const stream = chainIn(this.streams, name, 'stream:');
    demand(Number(record.revision ?? 0) === stream.count + 1, 'REVISION_GAP');
    const recordedAt = sortable(record.recordedAt ?? '');
    demand(recordedAt >= this.recordedAt, 'TIME_BACKWARDS');
    demand(this.isKnownMapRecord(record, position), 'MAP_ROOT_WRONG');
    const hash = hashOf(headerOf(record, hashOf(name), stream.head));
    this.recordedAt = recordedAt;
    this.addLeaf(hashOf(LEAF, hash));
    Object.assign(stream, { count: stream.count + 1, head: hash });
    if (!name.startsWith('system/')) this.addToMap(record, stream, hash);
    this.compare();
  }

  finish(): void {
    const wanted = this.checkpoints.at(-1)?.size ?? 0;
    if (this.size < wanted) throw new Broken('LOG_TOO_SHORT', this.size);
  }

  // A record that is none of the map is none that could be wrong about it.
  private isKnownMapRecord(record: RecordJson, position: number): boolean {
    if (record.stream !== MAP_STREAM || record.event?.type !== MAP_TYPE) return true;
    const said = mapRecordOf(record);
    return said !== null && said.size < position && (record.event.subjects ?? []).length === 0 &&
      this.mapRecords.some(({ size, root }) => size === said.size && isSame(root, said.root));
  }

  private addLeaf(hash: Uint8Array): void {
    let [height, whole] = [0, hash];
    for (let last = this.tree.at(-1); last?.height === height; last = this.tree.at(-1)) {
      whole = hashOf(INNER, last.hash, whole);
      ++height;
      this.tree.pop();
    }
    this.tree.push({ height, hash: whole });
    ++this.size;
  }

  private addToMap(record: RecordJson, stream: Chain, hash: Uint8Array): void {
    this.mark(stream);
    for (const id of new Set((record.event?.subjects ?? []).map(({ subjectId = '' }) => subjectId))) {
      const subject = chainIn(this.subjects, id, 'subject:');
      Object.assign(subject, { count: subject.count + 1, head: hashOf(subject.head, hash) });
      this.mark(subject);
    }
  }

  private mark(chain: Chain): void {
    if (!chain.isNew) this.changed.push(chain);
    chain.isNew = true;
  }

  private root(): Uint8Array {
    return this.tree.map(({ hash }) => hash).reduceRight((right, left) => hashOf(INNER, left, right));
  }

  private mapRoot(): Uint8Array {
    const count = new Uint8Array(8);
    for (const chain of this.changed) {
      new DataView(count.buffer).setBigUint64(0, BigInt(chain.count));
      this.map.set(chain.key, hashOf(count, chain.head));
      chain.isNew = false;
    }
    this.changed = [];
    return this.map.root();
  }

  // With what is vouched for at this size.
  private compare(): void {
    for (; this.checkpoints[this.agreedCheckpoints]?.size === this.size; ++this.agreedCheckpoints) {
      if (!isSame(this.checkpoints[this.agreedCheckpoints]!.root, this.root())) throw new Broken('CHECKPOINT_CONTRADICTED', this.size);
    }
    for (; this.mapRecords[this.agreedMapRoots]?.size === this.size; ++this.agreedMapRoots) {
      if (!isSame(this.mapRecords[this.agreedMapRoots]!.root, this.mapRoot())) throw new Broken('MAP_ROOT_WRONG', this.size);
    }
  }
}

function chainIn(chains: Map<string, Chain>, name: string, prefix: string): Chain {
  let chain = chains.get(name);
  if (!chain) chains.set(name, chain = { key: hashOf(prefix, name), count: 0, head: NO_HASH, isNew: false });
  return chain;
}

// A time as a text that sorts: JSON leaves out what is nothing of a second.
function sortable(time: string): string {
  const [seconds = '', fraction = ''] = time.replace('Z', '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
