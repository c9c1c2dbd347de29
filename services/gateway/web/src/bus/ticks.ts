// What the parts of the page about the bus share.
import { useEffect, useState } from 'preact/hooks';
import { knows, t } from '../language';

const AGAIN_MS = 5_000;

// Counts on, so that a call is asked again and again.
export function useTicks(): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((before) => before + 1), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return tick;
}

export const because = (text: string | undefined) => (text && knows(`because.${text}`) ? t(`because.${text}`) : text ?? '');
