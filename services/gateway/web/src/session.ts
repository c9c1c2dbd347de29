// Who is signed in, and who the demonstration lets one be.
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
  choices: Actor[];
}

export async function readSession(): Promise<Session> {
  const response = await send('/session', { headers: { Accept: 'application/json' } });
  if (!response.ok) throw errorFrom(await response.json());
  return await response.json() as Session;
}

export async function choose(actor: Actor): Promise<void> {
  await sendJson('/session', { actor_id: actor.actor_id, role: actor.role });
}
