// What a view shows of a call: nothing yet, its answer, or why there is none.
import { useEffect, useRef, useState } from 'preact/hooks';
import { RpcError } from './rpc';

export interface Asked<Answer> {
  answer?: Answer;
  error?: RpcError;
  // A call is under way; an earlier answer may still be shown.
  waiting: boolean;
  again: () => void;
}

// Asks whenever `key` changes; none asks nothing. A call whose answer is no longer wanted is given up.
export function useCall<Answer>(key: string | null, ask: (signal: AbortSignal) => Promise<Answer>): Asked<Answer> {
  const [state, setState] = useState<{ answer?: Answer; error?: RpcError; waiting: boolean }>({ waiting: key !== null });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (key === null) {
      setState({ waiting: false });
      return undefined;
    }
    const control = new AbortController();
    setState((before) => ({ answer: before.answer, waiting: true }));
    latest.current(control.signal).then(
      (answer) => {
        if (!control.signal.aborted) setState({ answer, waiting: false });
      },
      (thrown: unknown) => {
        if (!control.signal.aborted) setState({ error: toRpcError(thrown), waiting: false });
      });
    return () => control.abort();
  }, [key, turn]);
  return { ...state, again: () => setTurn((before) => before + 1) };
}

export function toRpcError(thrown: unknown): RpcError {
  return thrown instanceof RpcError ? thrown : new RpcError('internal', 'PAGE_FAILED', '', String(thrown));
}
