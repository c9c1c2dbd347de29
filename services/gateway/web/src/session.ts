// Who is signed in, the way in and out, and in which role the page acts.
import { createContext } from 'preact';
import { errorFrom, send, sendJson } from './rpc';

export interface Actor {
  actor_id: string;
  label: string;
  role: string;
  role_label: string;
  organisation_id: string;
}

export interface Session {
  actor: Actor;
  // The roles that are held.
  choices: Actor[];
  must_change_password: boolean;
}

// Of the page; null where nobody is signed in.
export const SessionContext = createContext<Session | null>(null);

const PATH = '/session';
// An address that refuses at once is not asked again at once.
const AGAIN_MS = 500;

export async function readSession(): Promise<Session> {
  const response = await send(PATH, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw errorFrom(await response.json());
  return await response.json() as Session;
}

export async function signIn(name: string, password: string, code: string): Promise<void> {
  await sendJson(PATH, { name, password, ...(code === '' ? {} : { code }) });
}

export interface Beginning {
  // In base64.
  challenge: string;
  // What people call the OpenID provider; empty where there is none.
  openid_label: string;
}

export async function beginSignIn(): Promise<Beginning> {
  const response = await send(`${PATH}/begin`, { headers: { Accept: 'application/json' } });
  const body = await response.json();
  if (!response.ok) throw errorFrom(body);
  return body as Beginning;
}

// Where the browser goes for the OpenID provider, and why it came back without a session.
export const OPENID_PATH = `${PATH}/openid`;
export function refusedByOpenId(): string {
  return new URLSearchParams(location.search).get('refused') ?? '';
}

export async function signInByPasskey(passkey: Record<string, string>): Promise<void> {
  await sendJson(PATH, { passkey });
}

export async function signOut(): Promise<void> {
  const response = await send(PATH, { method: 'DELETE' });
  if (!response.ok) throw errorFrom(await response.json());
}

export async function choose(actor: Actor): Promise<void> {
  await sendJson(PATH, { role: actor.role, organisation_id: actor.organisation_id }, { method: 'PUT' });
}

// Tells when the session ends, also elsewhere, as long as the page is seen. Returns how to stop it.
export function watchSession(ended: () => void): () => void {
  let source: EventSource | undefined;
  const stop = () => {
    source?.close();
    source = undefined;
  };
  const begin = () => {
    stop();
    // A browser has few connections for all its pages.
    if (document.visibilityState === 'hidden') return;
    const current = source = new EventSource(`${PATH}/watch`);
    current.addEventListener('ended', () => {
      stop();
      ended();
    });
    current.addEventListener('error', () => {
      if (current.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        if (source === current) ended();
      }, AGAIN_MS);
    });
  };
  begin();
  document.addEventListener('visibilitychange', begin);
  return () => {
    stop();
    document.removeEventListener('visibilitychange', begin);
  };
}
