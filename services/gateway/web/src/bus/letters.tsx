// Events that a subscriber did not take: tried again, or given up by a person with a reason; and those that were given up.
import { useEffect, useState } from 'preact/hooks';
import type { LetterJson } from '../../generated/mlup/relay/v1/relay_service_pb';
import { reasonWords } from '../accounts/record';
import { Act, AskFirst, FromShell, Reason } from '../actions';
import { useCall } from '../call';
import { Button, Field, Notice, Shown } from '../components';
import { ago, asIs, digits, moment, t, typeWords } from '../language';
import { rpc } from '../rpc';

const PAGE = 100;
const REASONS = ['unreadable_there', 'not_wanted_there', 'known_there_already'];

function Skip({ subscriberId, letter, onDone }: { subscriberId: string; letter: LetterJson; onDone: () => void }) {
  const [reason, setReason] = useState('');
  return (
    <AskFirst label={t('bus.skip')} title={t('bus.skip_title')} why={t('bus.skip_why')} ready={reason !== ''} done={onDone} ask={async () => {
      await rpc.skipDeadLetter({ subscriberId, eventId: letter.eventId ?? '', reason });
      return t('bus.skipped');
    }}>
      <Reason reasons={REASONS} value={reason} onChoose={setReason} />
    </AskFirst>
  );
}

function Letter({ subscriberId, letter, onDone }: { subscriberId: string; letter: LetterJson; onDone: () => void }) {
  const { skip } = letter;
  return (
    <li>
      <strong>{typeWords(letter.type ?? '')}</strong> <code>{letter.stream}</code>
      <p>{t('bus.letter', { position: digits(letter.position ?? '0'), tries: letter.tries ?? 0, since: ago(letter.firstFailure) })}: <span lang="en">{letter.because}</span></p>
      {skip ? (
        <p>{t('bus.skipped_by', {
          actor: asIs(skip.actorId ?? ''), time: moment(skip.at), reason: reasonWords(skip.reason ?? ''),
        })}</p>
      ) : (
        <div class="actions">
          <Act label={t('bus.replay')} done={onDone} ask={async () => {
            const { replayed = 0 } = await rpc.replayDeadLetters({ subscriberId, eventIds: [letter.eventId ?? ''] });
            return t('bus.replayed', { count: replayed });
          }} />
          <Skip subscriberId={subscriberId} letter={letter} onDone={onDone} />
        </div>
      )}
    </li>
  );
}

export function DeadLetters({ subscriberId, skipped }: { subscriberId: string; skipped: boolean }) {
  const [after, setAfter] = useState('0');
  const [earlier, setEarlier] = useState<LetterJson[]>([]);
  const request = { subscriberId, skipped, pageSize: PAGE, afterPosition: after };
  const letters = useCall(JSON.stringify(request), (signal) => rpc.listDeadLetters(request, signal));
  const begin = () => {
    setAfter('0');
    setEarlier([]);
  };
  useEffect(begin, [subscriberId, skipped]);
  const anew = () => {
    begin();
    letters.again();
  };
  return (
    <Shown of={letters}>{({ letters: page = [], waiting = '0', nextAfterPosition = '0' }) => {
      const all = [...earlier, ...page];
      return (
        <>
          {all.length === 0 && <Notice>{t(skipped ? 'bus.none_skipped' : 'bus.no_letters')}</Notice>}
          {!skipped && all.length > 0 && (
            <>
              <p>{t('bus.waiting_behind', { count: Number(waiting) })}</p>
              <Act label={t('bus.replay_all')} done={anew} ask={async () => {
                const { replayed = 0 } = await rpc.replayDeadLetters({ subscriberId });
                return t('bus.replayed', { count: replayed });
              }} />
            </>
          )}
          <ul class="letters">
            {all.map((letter) => <Letter key={letter.eventId} subscriberId={subscriberId} letter={letter} onDone={anew} />)}
          </ul>
          {nextAfterPosition !== '0' && (
            <Button kind="second" onClick={() => {
              setEarlier(all);
              setAfter(nextAfterPosition);
            }}>{t('more')}</Button>
          )}
          <FromShell call={rpc.listDeadLetters} request={request} />
        </>
      );
    }}</Shown>
  );
}

// Everything that the subscriber may see once more, from a position on.
export function ReplayFrom({ subscriberId }: { subscriberId: string }) {
  const [after, setAfter] = useState('');
  return (
    <AskFirst label={t('bus.replay_from')} title={t('bus.replay_from_title')} why={t('bus.replay_from_why')} ready={/^[0-9]{1,19}$/.test(after)} ask={async () => {
      await rpc.replayFrom({ subscriberId, position: after });
      return t('bus.replay_began', { position: digits(after) });
    }}>
      <Field label={t('bus.replay_after')} hint={t('bus.replay_after_hint')}>{(id) => (
        <input id={id} type="text" inputMode="numeric" value={after} onInput={(event) => setAfter(event.currentTarget.value.trim())} />
      )}</Field>
    </AskFirst>
  );
}
