// Pages that are loaded when they are opened, and their texts with them.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toRpcError } from './call';
import { Failure, Waiting } from './components';
import { speakWhole } from './language';
import type { RpcError } from './rpc';

export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [, setTurn] = useState(0);
    const [error, setError] = useState<RpcError | null>(null);
    useEffect(() => {
      if (loaded) return;
      Promise.all([load(), speakWhole()]).then(([page]) => {
        loaded = page;
        setTurn(1);
      }, (thrown: unknown) => setError(toRpcError(thrown)));
    }, []);
    if (error) return <Failure error={error} />;
    const Page = loaded;
    return Page ? <Page {...props} /> : <Waiting />;
  };
}
