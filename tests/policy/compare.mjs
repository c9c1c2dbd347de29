// Asks Cedar what the policy was asked, by rules that are made here from the same roles file: node compare.mjs ROLES_FILE < QUESTIONS
import { readFileSync } from 'node:fs';
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';

const HISTORY = 'mlup.audit.v1.AuditService/GetCaseHistory';
const KINDS = ['call', 'record', 'open_personal', 'reveal_special', 'read_safeguarding'];

// Of the whole file, role by role: names granted, and rights.
function rolesOf(text) {
  return [...text.matchAll(/^roles \{(.*?)^\}/gms)].map(([, body]) => {
    const all = (field) => [...body.matchAll(new RegExp(`${field}: "([^"]+)"`, 'g'))].map(([, value]) => value);
    const may = (right) => body.includes(`${right}: true`);
    return {
      name: all('name')[0], call: all('calls'), record: all('records'), imports: may('may_import'), importsForOthers: may('may_import_for_others'),
      open_personal: may('may_open_personal'), reveal_special: may('may_open_personal') && may('may_reveal_special'),
      read_safeguarding: may('may_read_safeguarding'),
    };
  });
}

// What stands directly below `prefix/*` has no other stroke: the question says what stands before its last one.
const names = (granted) => granted.map((name) => (name.endsWith('/*')
  ? `context.below == ${JSON.stringify(name.slice(0, -2))}` : `context.name == ${JSON.stringify(name)}`)).join(' || ') || 'false';

const REACHES = `(context.anywhere
  || principal.scope == "GRANT_SCOPE_ALL"
  || ((resource.begins || resource.organisations.contains(principal.organisation)) && (
       principal.scope == "GRANT_SCOPE_ORGANISATION"
    || (principal.scope == "GRANT_SCOPE_OWN_CASELOAD" && (resource.begins || !resource.has_workers || resource.workers.contains(principal.actor)))
    || (principal.scope == "GRANT_SCOPE_TEAM" && (resource.begins || !resource.has_workers || resource.teams.contains(principal.team)
         || resource.workers.contains(principal.actor)))
    || (principal.scope == "GRANT_SCOPE_PROVINCE" && principal.province != "" && resource.province == principal.province)
    || (principal.scope == "GRANT_SCOPE_SECTOR" && principal.sector != 0 && resource.sector == principal.sector)))
  || (resource.emergency && !context.imported && context.kind == "call" && context.name == ${JSON.stringify(HISTORY)}))`;

function doing(role) {
  const rights = KINDS.slice(2).filter((right) => role[right]).map((right) => `context.kind == "${right}"`);
  return `((context.kind == "call" && (${names(role.call)})) || (context.kind == "record" && (${names(role.record)}))${rights.map((right) => ` || ${right}`).join('')})
  && (!context.imports || ${role.imports})`;
}

// One permit for each role that acts, one for each that is imported by each that imports, and what is forbidden whatever is permitted.
function policiesOf(roles) {
  const own = roles.map((role) => `permit(principal, action, resource) when { !context.imported && principal.role == "${role.name}"
    && (context.role == "" || (context.role == "${role.name}" && principal.organisation == context.organisation)) && ${doing(role)} && ${REACHES} };`);
  const imported = roles.filter((role) => role.importsForOthers).flatMap((by) => roles.map((role) =>
    `permit(principal, action, resource) when { context.imported && principal.role == "${by.name}" && context.role == "${role.name}" && ${doing(role)} && ${REACHES} };`));
  return [...own, ...imported,
    'forbid(principal, action, resource) when { !context.imported && context.role != "" && !context.organisations.contains(context.organisation) };',
    'forbid(principal, action, resource) when { !context.imported && context.on_behalf_of != "" && !context.delegated };'].join('\n');
}

const uid = (type, id) => ({ type, id });

function answerOf(question) {
  const imported = question.recorded_by !== '';
  const standing = imported ? question.recorder : question.standing;
  const actor = imported ? question.recorded_by : question.actor;
  const delegated = question.principal !== null && ((question.standing?.acts_for ?? []).includes(question.on_behalf_of)
    || question.principal.delegates.includes(question.actor));
  const cut = question.name.lastIndexOf('/');
  const context = {
    kind: KINDS[question.kind], name: question.name, below: cut < 0 ? '' : question.name.slice(0, cut), imports: question.imports, imported, delegated,
    anywhere: question.about === null, role: question.role, organisation: question.organisation, on_behalf_of: question.on_behalf_of,
    organisations: question.standing?.organisations ?? [],
  };
  const about = question.about ?? { begins: false, organisations: [], has_workers: false, workers: [], teams: [], province: '', sector: 0, emergency: false };
  // Somebody who holds several roles may what one of them may.
  return (standing?.roles ?? []).some((held) => {
    const answer = statefulIsAuthorized({
      principal: uid('Grant', 'g'), action: uid('Action', 'does'), resource: uid('Record', 'r'), context, preparsedPolicySetId: 'mlup',
      entities: [{ uid: uid('Grant', 'g'), attrs: { ...held, actor }, parents: [] }, { uid: uid('Record', 'r'), attrs: about, parents: [] }],
    });
    if (answer.type !== 'success' || answer.response.diagnostics.errors.length > 0) throw new Error(JSON.stringify(answer));
    return answer.response.decision === 'allow';
  });
}

const prepared = preparsePolicySet('mlup', { staticPolicies: policiesOf(rolesOf(readFileSync(process.argv[2], 'utf8'))) });
if (prepared.type !== 'success') throw new Error(JSON.stringify(prepared));
let [questions, allowed] = [0, 0];
const disagreements = [];
for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const question = JSON.parse(line);
  const answer = answerOf(question);
  ++questions;
  if (answer) ++allowed;
  if (answer !== question.allowed) disagreements.push(line);
}
console.log(JSON.stringify({ questions, allowed, disagreements: disagreements.slice(0, 5), count: disagreements.length }));
