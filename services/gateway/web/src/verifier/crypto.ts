// What the verifier takes from node:crypto.
import { verify as verifyEd25519, hashes } from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { Buffer } from 'buffer';

hashes.sha512 = sha512;

const KEY_BYTES = 32;

interface PublicKey {
  bytes: Uint8Array;
}

export function createHash(name: string) {
  if (name !== 'sha256') throw new Error(`no such hash: ${name}`);
  const hash = sha256.create();
  return {
    update(piece: string | Uint8Array) {
      hash.update(typeof piece === 'string' ? new TextEncoder().encode(piece) : Uint8Array.from(piece));
    },
    digest: () => Buffer.from(hash.digest()),
  };
}

// Of Ed25519 in DER, which ends with the key's bytes.
export function createPublicKey({ key }: { key: Uint8Array }): PublicKey {
  return { bytes: Uint8Array.from(key.subarray(-KEY_BYTES)) };
}

// By RFC 8032, as node's does it, and not by the wider rules of some ledgers.
export function verify(_: null, message: Uint8Array, key: PublicKey, signature: Uint8Array): boolean {
  return verifyEd25519(Uint8Array.from(signature), Uint8Array.from(message), key.bytes, { zip215: false });
}

export default { createHash, createPublicKey, verify };
