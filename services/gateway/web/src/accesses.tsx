// Who read whose record.
import { useEffect, useState } from 'preact/hooks';
import type { AccessEntryJson } from '../generated/mlup/audit/v1/audit_pb';
import { useCall } from './call';
import { Button, Notice, Shown, Tag } from './components';
import { shortId } from './ids';
import { digits, moment, t, word, words } from './language';
import { Link, urlOf } from './router';
import { rpc } from './rpc';

const PAGE = 50;

// What was answered, or what is out of the ordinary.
function Answer({ access }: { access: AccessEntryJson }) {
  if (access.alarm) return <Tag tone="bad">{t(`access.${access.alarm.toLowerCase()}`)}</Tag>;
  if (access.result === 'ACCESS_RESULT_SERVED') return <Tag tone="good">{t('access.served')}</Tag>;
  return <Tag tone="bad">{t(access.result === 'ACCESS_RESULT_UNKNOWN' ? 'access.unknown' : 'access.refused')}</Tag>;
}

export function Accesses({ personId, readerId }: { personId: string; readerId: string }) {
  const [before, setBefore] = useState('0');
  const [earlier, setEarlier] = useState<AccessEntryJson[]>([]);
  useEffect(() => {
    setBefore('0');
    setEarlier([]);
  }, [personId, readerId]);
  const page = useCall(`accesses ${personId} ${readerId} ${before}`,
    (signal) => rpc.listAccesses({ personId, readerId, pageSize: PAGE, beforePosition: before }, signal));
  return (
    <Shown of={page}>{({ accesses = [], nextBeforePosition = '0' }) => {
      const all = [...earlier, ...accesses];
      if (all.length === 0) return <Notice>{t('access.none')}</Notice>;
      return (
        <>
          <div class="scroll" tabIndex={0} role="group" aria-label={t('access.title')}>
            <table>
              <thead>
                <tr>{['at', 'reader', 'person', 'purpose', 'result', 'position'].map((name) => <th key={name} scope="col">{t(`access.${name}`)}</th>)}</tr>
              </thead>
              <tbody>
                {all.map((access) => (
                  <tr key={access.position}>
                    <td>{moment(access.recordedAt)}</td>
                    <td>{words(access.reader ?? '')} <span class="hint">{word(access.role ?? '')}</span></td>
                    <td>
                      {access.logCall && t('access.log')}
                      {access.personId && <Link href={urlOf(['people', access.personId])}><code>{shortId(access.personId)}</code></Link>}
                      {access.bySearch && <> <span class="hint">{t('access.search')}</span></>}
                      {access.through && <> <span class="hint"><code>{access.through}</code></span></>}
                      {access.figure && <> <span class="hint">{t('access.figure', { figure: access.figure })}</span></>}
                    </td>
                    <td>{word(access.purpose ?? '')}</td>
                    <td><Answer access={access} />
                      {access.revealsSpecial && <> <Tag tone="warn">{t('access.reveals')}</Tag></>}</td>
                    <td>{digits(access.position ?? '')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {nextBeforePosition !== '0' && (
            <Button kind="second" onClick={() => {
              setEarlier(all);
              setBefore(nextBeforePosition);
            }}>{t('more')}</Button>
          )}
        </>
      );
    }}</Shown>
  );
}
