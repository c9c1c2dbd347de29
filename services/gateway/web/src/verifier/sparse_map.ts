// The map over streams and data subjects: one root over many keys (eventstore/proof/README.md).
import { hashOf, isSame, NO_HASH } from './header';

const LEAF = Uint8Array.of(2);
const INNER = Uint8Array.of(3);

interface Leaf {
  key: Uint8Array;
  hash: Uint8Array;
}

interface Inner {
  left: Node | null;
  right: Node | null;
  // None until it is asked for again.
  hash: Uint8Array | null;
}

type Node = Leaf | Inner;

const isLeaf = (node: Node): node is Leaf => 'key' in node;
const isRight = (key: Uint8Array, depth: number) => ((key[depth >> 3]! >> (7 - (depth & 7))) & 1) === 1;

function put(node: Node | null, leaf: Leaf, depth: number): Node {
  if (node === null || (isLeaf(node) && isSame(node.key, leaf.key))) return leaf;
  const inner = isLeaf(node) ? put({ left: null, right: null, hash: null }, node, depth) as Inner : node;
  inner.hash = null;
  if (isRight(leaf.key, depth)) inner.right = put(inner.right, leaf, depth + 1);
  else inner.left = put(inner.left, leaf, depth + 1);
  return inner;
}

function hashAt(node: Node | null): Uint8Array {
  if (node === null) return NO_HASH;
  if (isLeaf(node)) return node.hash;
  return node.hash ??= hashOf(INNER, hashAt(node.left), hashAt(node.right));
}

export class SparseMap {
  private top: Node | null = null;

  set(key: Uint8Array, value: Uint8Array): void {
    this.top = put(this.top, { key, hash: hashOf(LEAF, key, value) }, 0);
  }

  // Hashes what changed since it was asked for last.
  root(): Uint8Array {
    return hashAt(this.top);
  }
}
