// The verifier's command line reads files; a page hands it bytes.
export function readFileSync(): never {
  throw new Error('a page reads no files');
}
export default { readFileSync };
