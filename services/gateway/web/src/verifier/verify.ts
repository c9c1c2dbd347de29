// deploy/verifier, as it is: the same program that auditors run by themselves.
import verifier from '../mlup_audit_verify.cjs';

export type { Summary, Verdict } from '../mlup_audit_verify.cjs';
export const { verify, parseKey, openCheckpoint, followHandovers, verifyConsistency } = verifier;
