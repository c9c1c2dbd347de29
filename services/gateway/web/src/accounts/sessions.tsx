// Where an account is signed in; each can be ended, and is gone within a second.
import { Act } from '../actions';
import { useCall } from '../call';
import { Notice, Shown, Tag } from '../components';
import { ago, moment, t } from '../language';
import { rpc } from '../rpc';

// `of`: empty for one's own.
export function Sessions({ of, turn = 0 }: { of: string; turn?: number }) {
  const sessions = useCall(`sessions ${of} ${turn}`, (signal) => rpc.listSessions({ of }, signal));
  const end = async (ids: string[]) => {
    for (const sessionId of ids) await rpc.revokeSession({ sessionId });
    return t('session.ended', { count: ids.length });
  };
  return (
    <Shown of={sessions}>{({ sessions: all = [] }) => {
      const others = all.filter(({ isThis }) => !isThis).map(({ sessionId = '' }) => sessionId);
      return (
        <>
          {all.length === 0 && <Notice>{t('session.none')}</Notice>}
          <ul class="lines">
            {all.map((one) => (
              <li key={one.sessionId} data-session={one.sessionId}>
                <p>
                  <strong class="as-recorded">{one.device || t('session.no_device')}</strong> {one.isThis && <Tag tone="good">{t('session.this')}</Tag>}<br />
                  {t('session.times', { began: moment(one.beganAt), used: ago(one.usedAt), ends: moment(one.endsAt) })}
                </p>
                {!one.isThis && <Act label={t('session.end')} done={sessions.again} ask={() => end([one.sessionId ?? ''])} />}
              </li>
            ))}
          </ul>
          {others.length > 1 && <p><Act label={t(of ? 'session.end_all' : 'session.end_others')} done={sessions.again} ask={() => end(others)} /></p>}
        </>
      );
    }}</Shown>
  );
}
