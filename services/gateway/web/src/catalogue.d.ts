declare module 'catalogue:*' {
  const catalogue: { texts: Record<string, string>; words: Record<string, string> };
  export default catalogue;
}
declare module '*.css';
declare module '*.cjs' {
  interface Header {
    position: bigint;
    type: Uint8Array;
    role: Uint8Array;
    from: Uint8Array;
    to: Uint8Array;
    recordedAt: { seconds: bigint };
  }
  export interface Summary {
    subject: string;
    origin: string;
    completeTo: bigint;
    treeSize: bigint;
    witness: { size: bigint; time: bigint; by: string } | null;
    naming: bigint;
    events: Header[];
    streams: string[];
  }
  export interface Trust {
    keys: string[];
    witnessKeys?: string[];
    subject?: string;
  }
  export interface Verdict {
    ok: boolean;
    error: string | null;
    message: string;
    summary: Summary | null;
  }
  export interface Key {
    kind: number;
    name: string;
  }
  export interface OpenedCheckpoint {
    ok: boolean;
    error?: string;
    checkpoint: { origin: string; size: bigint; root: Uint8Array };
    // The lines by known keys.
    signatures: { key: Key; time: bigint; valid: boolean }[];
  }
  const verifier: {
    verify: (bytes: Uint8Array, trust: Trust) => Verdict;
    parseKey: (text: string) => Key | null;
    // Adds to the keys those that they hand over to; throws where a handover is wrong.
    followHandovers: (handovers: Uint8Array[], origin: string, keys: Key[]) => void;
    openCheckpoint: (bytes: Uint8Array, keys: Key[]) => OpenedCheckpoint;
    verifyConsistency: (oldSize: bigint, oldRoot: Uint8Array, newSize: bigint, newRoot: Uint8Array, proof: Uint8Array[]) => boolean;
  };
  export default verifier;
}
