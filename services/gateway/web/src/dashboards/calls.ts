// The calls of the page of work.
import type {
  FreshnessJson, GetPanelRequestJson, GetPanelResponseJson, ListBalanceRequestJson, ListBalanceResponseJson, ListCaseloadsRequestJson,
  ListCaseloadsResponseJson, ListPanelsResponseJson, ListWorklistItemsRequestJson, ListWorklistItemsResponseJson, ListWorklistsRequestJson,
  ListWorklistsResponseJson,
} from '../../generated/mlup/dashboards/v1/dashboard_service_pb';
import type { LabelJson } from '../../generated/mlup/dashboards/v1/definitions_pb';
import { label } from '../figures';
import { shortId, UUID } from '../ids';
import { digits, language, moment, t, word } from '../language';
import { unary } from '../rpc';

const SERVICE = 'mlup.dashboards.v1.DashboardService';

export const listWorklists = unary<ListWorklistsRequestJson, ListWorklistsResponseJson>(`${SERVICE}/ListWorklists`);
export const listWorklistItems = unary<ListWorklistItemsRequestJson, ListWorklistItemsResponseJson>(`${SERVICE}/ListWorklistItems`);
export const listCaseloads = unary<ListCaseloadsRequestJson, ListCaseloadsResponseJson>(`${SERVICE}/ListCaseloads`);
export const listPanels = unary<Record<string, never>, ListPanelsResponseJson>(`${SERVICE}/ListPanels`);
export const getPanel = unary<GetPanelRequestJson, GetPanelResponseJson>(`${SERVICE}/GetPanel`);
export const listBalance = unary<ListBalanceRequestJson, ListBalanceResponseJson>(`${SERVICE}/ListBalance`);

export const PAGE = 50;

export function named(label: LabelJson | undefined): string {
  return (language() === 'km' && label?.km) || word(label?.en ?? '');
}

// A value of a column: a code in words, units among them, or the beginning of an id.
export function codeWords(code: string): string {
  if (UUID.test(code)) return shortId(code);
  const own = word(code);
  return own === code ? label(code) : own;
}

export function freshWords(fresh: FreshnessJson | undefined): string {
  return t('dashboards.fresh', { position: digits(fresh?.position ?? '0'), time: moment(fresh?.recordedAt) });
}
