// The services of the daemon, called with Connect's unary JSON.
import type {
  GetCaseHistoryRequestJson, GetCaseHistoryResponseJson, ListAccessesRequestJson, ListAccessesResponseJson,
} from '../generated/mlup/audit/v1/audit_pb';
import type {
  ListGroupsResponseJson, ListParkedRequestJson, ListParkedResponseJson, ReplayParkedRequestJson, ReplayParkedResponseJson,
  ResumeGroupRequestJson, SkipParkedRequestJson, SkipParkedResponseJson,
} from '../generated/mlup/bus/v1/group_service_pb';
import type { RecordResultJson } from '../generated/mlup/command/v1/command_pb';
import type { RecordRequestJson } from '../generated/mlup/identity/v1/identity_service_pb';
import type {
  AddPasskeyRequestJson, ChangePasswordRequestJson, ConfirmAuthenticatorRequestJson, ConfirmAuthenticatorResponseJson, ListAccountsResponseJson,
  ListEmergencyAccessesResponseJson, ListSessionsRequestJson, ListSessionsResponseJson, OfferAuthenticatorRequestJson,
  OfferAuthenticatorResponseJson, OfferPasskeyRequestJson, OfferPasskeyResponseJson, RemovePasskeyRequestJson, ResetCredentialsRequestJson, ResetCredentialsResponseJson, RevokeSessionRequestJson,
  RevokeSessionResponseJson, WhoAmIResponseJson,
} from '../generated/mlup/identity/v1/sign_in_service_pb';
import type { ReadAllRequestJson, ReadAllResponseJson } from '../generated/mlup/log/v1/event_store_pb';
import type {
  GetCheckpointResponseJson, GetConsistencyProofRequestJson, GetConsistencyProofResponseJson,
} from '../generated/mlup/log/v1/proof_service_pb';
import type {
  ListDeadLettersRequestJson, ListDeadLettersResponseJson, PingRequestJson, PingResponseJson, ReplayDeadLettersRequestJson,
  ReplayDeadLettersResponseJson, ReplayFromRequestJson, SkipDeadLetterRequestJson,
} from '../generated/mlup/relay/v1/relay_service_pb';
import type {
  GetProjectionStatusResponseJson, GetReportRequestJson, GetReportResponseJson, ListEvidenceRequestJson, ListEvidenceResponseJson,
  ListIndicatorsResponseJson, ListKnowledgeDaysRequestJson, ListKnowledgeDaysResponseJson, ListPeriodsResponseJson,
} from '../generated/mlup/reports/v1/report_service_pb';
import type { SearchPersonsRequestJson, SearchPersonsResponseJson } from '../generated/mlup/search/v1/search_service_pb';
import type { ListSubscribersResponseJson } from '../generated/mlup/sharing/v1/sharing_service_pb';

// Why a call failed. `reason` is what programs branch on; 'NOT_REACHED' where the daemon did not answer.
export class RpcError extends Error {
  constructor(readonly code: string, readonly reason: string, readonly field: string, message: string) {
    super(message);
  }
}

interface ErrorBody {
  code?: string;
  message?: string;
  details?: { debug?: { reason?: string; field?: string } }[];
}

export function errorFrom(body: ErrorBody): RpcError {
  const { reason = '', field = '' } = body.details?.[0]?.debug ?? {};
  return new RpcError(body.code ?? 'unknown', reason, field, body.message ?? '');
}

const onReached = new Set<(reached: boolean) => void>();
const onRefused = new Set<() => void>();
const UNAUTHENTICATED = 401;

// Whether the last call was answered, told from now on. Returns how to stop it.
export function watchConnection(tell: (reached: boolean) => void): () => void {
  onReached.add(tell);
  return () => onReached.delete(tell);
}

// Whether a call was refused because nobody is signed in any more, told from now on. Returns how to stop it.
export function watchRefusals(tell: () => void): () => void {
  onRefused.add(tell);
  return () => onRefused.delete(tell);
}

export async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (thrown) {
    if (init.signal?.aborted) throw thrown;
    for (const tell of onReached) tell(false);
    throw new RpcError('unavailable', 'NOT_REACHED', '', String(thrown));
  }
  for (const tell of onReached) tell(true);
  if (response.status === UNAUTHENTICATED) for (const tell of onRefused) tell();
  return response;
}

export async function sendJson(path: string, request: object, more: RequestInit = {}): Promise<Response> {
  const response = await send(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Connect-Protocol-Version': '1' },
    body: JSON.stringify(request),
    ...more,
  });
  if (response.ok) return response;
  let body: ErrorBody = {};
  try {
    body = await response.json() as ErrorBody;
  } catch {
    // Not of ours: the status says enough.
  }
  throw errorFrom({ message: `HTTP ${response.status}`, ...body });
}

// A call, and the path at which it is made.
export interface Unary<Request extends object, Response> {
  (request: Request, signal?: AbortSignal): Promise<Response>;
  path: string;
}

export function unary<Request extends object, Response>(method: string): Unary<Request, Response> {
  const path = `/${method}`;
  const call = async (request: Request, signal?: AbortSignal): Promise<Response> => {
    const response = await sendJson(path, request, { signal: signal ?? null });
    return await response.json() as Response;
  };
  return Object.assign(call, { path });
}

type Nothing = Record<string, never>;

export const rpc = {
  getReport: unary<GetReportRequestJson, GetReportResponseJson>('mlup.reports.v1.ReportService/GetReport'),
  listEvidence: unary<ListEvidenceRequestJson, ListEvidenceResponseJson>('mlup.reports.v1.ReportService/ListEvidence'),
  listIndicators: unary<Nothing, ListIndicatorsResponseJson>('mlup.reports.v1.ReportService/ListIndicators'),
  listPeriods: unary<Nothing, ListPeriodsResponseJson>('mlup.reports.v1.ReportService/ListPeriods'),
  listKnowledgeDays:
    unary<ListKnowledgeDaysRequestJson, ListKnowledgeDaysResponseJson>('mlup.reports.v1.ReportService/ListKnowledgeDays'),
  getProjectionStatus: unary<Nothing, GetProjectionStatusResponseJson>('mlup.reports.v1.ReportService/GetProjectionStatus'),
  getCaseHistory: unary<GetCaseHistoryRequestJson, GetCaseHistoryResponseJson>('mlup.audit.v1.AuditService/GetCaseHistory'),
  listAccesses: unary<ListAccessesRequestJson, ListAccessesResponseJson>('mlup.audit.v1.AuditService/ListAccesses'),
  searchPersons: unary<SearchPersonsRequestJson, SearchPersonsResponseJson>('mlup.search.v1.SearchService/SearchPersons'),
  readAll: unary<ReadAllRequestJson, ReadAllResponseJson>('mlup.log.v1.EventStore/ReadAll'),
  getCheckpoint: unary<Nothing, GetCheckpointResponseJson>('mlup.log.v1.ProofService/GetCheckpoint'),
  listSubscribers: unary<Nothing, ListSubscribersResponseJson>('mlup.sharing.v1.SharingService/ListSubscribers'),
  getConsistencyProof:
    unary<GetConsistencyProofRequestJson, GetConsistencyProofResponseJson>('mlup.log.v1.ProofService/GetConsistencyProof'),
  recordIdentity: unary<RecordRequestJson, RecordResultJson>('mlup.identity.v1.IdentityService/Record'),
  whoAmI: unary<Nothing, WhoAmIResponseJson>('mlup.identity.v1.SignInService/WhoAmI'),
  changePassword: unary<ChangePasswordRequestJson, Nothing>('mlup.identity.v1.SignInService/ChangePassword'),
  offerAuthenticator:
    unary<OfferAuthenticatorRequestJson, OfferAuthenticatorResponseJson>('mlup.identity.v1.SignInService/OfferAuthenticator'),
  confirmAuthenticator:
    unary<ConfirmAuthenticatorRequestJson, ConfirmAuthenticatorResponseJson>('mlup.identity.v1.SignInService/ConfirmAuthenticator'),
  offerPasskey: unary<OfferPasskeyRequestJson, OfferPasskeyResponseJson>('mlup.identity.v1.SignInService/OfferPasskey'),
  addPasskey: unary<AddPasskeyRequestJson, Nothing>('mlup.identity.v1.SignInService/AddPasskey'),
  removePasskey: unary<RemovePasskeyRequestJson, Nothing>('mlup.identity.v1.SignInService/RemovePasskey'),
  listSessions: unary<ListSessionsRequestJson, ListSessionsResponseJson>('mlup.identity.v1.SignInService/ListSessions'),
  revokeSession: unary<RevokeSessionRequestJson, RevokeSessionResponseJson>('mlup.identity.v1.SignInService/RevokeSession'),
  listAccounts: unary<Nothing, ListAccountsResponseJson>('mlup.identity.v1.SignInService/ListAccounts'),
  resetCredentials:
    unary<ResetCredentialsRequestJson, ResetCredentialsResponseJson>('mlup.identity.v1.SignInService/ResetCredentials'),
  listEmergencyAccesses: unary<Nothing, ListEmergencyAccessesResponseJson>('mlup.identity.v1.SignInService/ListEmergencyAccesses'),
  ping: unary<PingRequestJson, PingResponseJson>('mlup.relay.v1.RelayService/Ping'),
  listDeadLetters: unary<ListDeadLettersRequestJson, ListDeadLettersResponseJson>('mlup.relay.v1.RelayService/ListDeadLetters'),
  replayDeadLetters:
    unary<ReplayDeadLettersRequestJson, ReplayDeadLettersResponseJson>('mlup.relay.v1.RelayService/ReplayDeadLetters'),
  skipDeadLetter: unary<SkipDeadLetterRequestJson, Nothing>('mlup.relay.v1.RelayService/SkipDeadLetter'),
  replayFrom: unary<ReplayFromRequestJson, Nothing>('mlup.relay.v1.RelayService/ReplayFrom'),
  listParked: unary<ListParkedRequestJson, ListParkedResponseJson>('mlup.bus.v1.GroupService/ListParked'),
  replayParked: unary<ReplayParkedRequestJson, ReplayParkedResponseJson>('mlup.bus.v1.GroupService/ReplayParked'),
  skipParked: unary<SkipParkedRequestJson, SkipParkedResponseJson>('mlup.bus.v1.GroupService/SkipParked'),
  resumeGroup: unary<ResumeGroupRequestJson, Nothing>('mlup.bus.v1.GroupService/ResumeGroup'),
  listGroups: unary<Nothing, ListGroupsResponseJson>('mlup.bus.v1.GroupService/ListGroups'),
};

// The audit bundle of a person; the call has many answers, each in an envelope.
export async function exportBundle(id: string, purpose: string): Promise<Uint8Array> {
  const request = new TextEncoder().encode(JSON.stringify({ id, purpose }));
  const envelope = new Uint8Array(5 + request.length);
  new DataView(envelope.buffer).setUint32(1, request.length);
  envelope.set(request, 5);
  const response = await send('/mlup.audit.v1.AuditService/ExportBundle', {
    method: 'POST',
    headers: { 'Content-Type': 'application/connect+json', 'Connect-Protocol-Version': '1' },
    body: envelope,
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const size = view.getUint32(at + 1);
    const text = new TextDecoder().decode(bytes.subarray(at + 5, at + 5 + size));
    const message = JSON.parse(text) as { data?: string; error?: ErrorBody };
    if (message.error) throw errorFrom(message.error);
    if (bytes[at] === 2) return join(pieces);
    pieces.push(Uint8Array.from(atob(message.data ?? ''), (char) => char.charCodeAt(0)));
    at += 5 + size;
  }
  throw new RpcError('data_loss', 'BUNDLE_CUT', '', 'the answer ended early');
}

function join(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
