// node's Buffer, for the verifier.
export { Buffer } from 'buffer';
