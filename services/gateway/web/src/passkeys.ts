// Passkeys: what the browser is asked, and what it says, as the server takes it.
import { toRpcError } from './call';
import { rpc, RpcError } from './rpc';
import { beginSignIn, signInByPasskey } from './session';

// Browsers have none for addresses without a name, such as 127.0.0.1.
export function passkeysWork(): boolean {
  const { hostname } = location;
  return 'PublicKeyCredential' in window && isSecureContext && !/^[\d.]+$|:/.test(hostname);
}

// What the browser says where somebody stops it, or has no passkey for this page, is no fault of the server's.
export function passkeyError(thrown: unknown): RpcError {
  return thrown instanceof DOMException ? new RpcError('unknown', 'PASSKEY_NOT_USED', '', thrown.message) : toRpcError(thrown);
}

function toBytes(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function toBase64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

function forUrls(bytes: ArrayBuffer): string {
  return toBase64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

// Asks for the finger, face or PIN, and signs in.
export async function signInWithPasskey(): Promise<void> {
  const challenge = toBytes((await beginSignIn()).challenge);
  const found = await navigator.credentials.get({ publicKey: { challenge, rpId: location.hostname, userVerification: 'required' } });
  const credential = found as PublicKeyCredential;
  const response = credential.response as AuthenticatorAssertionResponse;
  await signInByPasskey({
    credential_id: forUrls(credential.rawId),
    client_data_json: forUrls(response.clientDataJSON),
    authenticator_data: forUrls(response.authenticatorData),
    signature: forUrls(response.signature),
  });
}

const ES256 = -7;

export async function addPasskey(password: string, label: string): Promise<void> {
  const { origin } = location;
  const offer = await rpc.offerPasskey({ password, origin });
  const name = offer.userName ?? '';
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: toBytes(offer.challenge ?? ''),
      rp: { id: offer.rpId ?? '', name: 'mlup' },
      user: { id: toBytes(offer.userId ?? ''), name, displayName: name },
      pubKeyCredParams: [{ type: 'public-key', alg: ES256 }],
      excludeCredentials: (offer.credentialIds ?? []).map((id) => ({ type: 'public-key' as const, id: toBytes(id) })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    },
  });
  const response = (made as PublicKeyCredential).response as AuthenticatorAttestationResponse;
  await rpc.addPasskey({
    origin,
    label,
    clientDataJson: toBase64(response.clientDataJSON),
    authenticatorData: toBase64(response.getAuthenticatorData()),
  });
}
