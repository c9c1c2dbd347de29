// What pages are made of, after GOV.UK and MOJ patterns and on native elements.
import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { type Asked } from './call';
import { digits, knows, t } from './language';
import type { RpcError } from './rpc';

type Children = { children?: ComponentChildren };

export function Title({ children, above }: Children & { above?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${heading.current?.textContent ?? ''} · mlup`;
  });
  return (
    <header class="title">
      {above && <p class="above">{above}</p>}
      <h1 ref={heading}>{children}</h1>
    </header>
  );
}

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'quiet';

export function Tag({ tone = 'plain', children }: Children & { tone?: Tone }) {
  return <span class={`tag tag-${tone}`}>{children}</span>;
}

export function Button({ kind = 'main', ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { kind?: 'main' | 'second' | 'link' }) {
  return <button type="button" {...rest} class={`button button-${kind}`} />;
}

export function Notice({ tone = 'plain', title, children }: Children & { tone?: Tone; title?: ComponentChildren }) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      {title && <p class="notice-title">{title}</p>}
      {children}
    </div>
  );
}

// What a refusal says: in the language of the page where its reason is known there, and always its code.
export function Failure({ error, again }: { error: RpcError; again?: () => void }) {
  const key = `error.${error.reason}`;
  return (
    <Notice tone="bad" title={knows(key) ? t(key) : t('error.refused')}>
      {!knows(key) && error.message && <p lang="en">{error.message}</p>}
      <p class="code">{[error.reason || error.code, error.field].filter(Boolean).join(' · ')}</p>
      {again && <Button kind="second" onClick={again}>{t('again')}</Button>}
    </Notice>
  );
}

export function Waiting() {
  return <p class="waiting" role="status">{t('waiting')}</p>;
}

interface ShownProps<Answer> {
  of: Asked<Answer>;
  // It is asked again and again by itself, of which nothing is to be seen.
  quiet?: boolean;
  children: (answer: Answer) => ComponentChildren;
}

// An answer, or why there is none. An old answer stays while the next is on its way.
export function Shown<Answer>({ of, quiet = false, children }: ShownProps<Answer>) {
  if (of.error) return <Failure error={of.error} again={of.again} />;
  if (of.answer === undefined) return of.waiting ? <Waiting /> : null;
  const busy = of.waiting && !quiet;
  return <div class={busy ? 'is-waiting' : undefined} aria-busy={busy}>{children(of.answer)}</div>;
}

export function Help({ page }: { page: string }) {
  return (
    <details class="help no-print">
      <summary>{t('help.title')}</summary>
      {t(`help.${page}`).split('\n').map((paragraph) => <p key={paragraph}>{paragraph}</p>)}
    </details>
  );
}

export function Field({ label, hint, children }: { label: ComponentChildren; hint?: ComponentChildren; children: (id: string) => ComponentChildren }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && <p class="hint">{hint}</p>}
      {children(id)}
    </div>
  );
}

// The browser's own picker speaks the browser's language.
export function Picker({ id, label, onPick }: { id: string; label: string; onPick: (file: File) => void }) {
  const [name, setName] = useState('');
  return (
    <>
      <label class="button button-second picker" for={id}>
        {label}
        <input id={id} type="file" onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (!file) return;
          setName(file.name);
          onPick(file);
        }} />
      </label>
      {name && <> <span class="as-recorded">{name}</span></>}
    </>
  );
}

export interface Choice {
  value: string;
  label: string;
}

export function Choose({ id, value, choices, onChoose }: { id: string; value: string; choices: Choice[]; onChoose: (value: string) => void }) {
  return (
    <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
      {choices.map((choice) => <option key={choice.value} value={choice.value} selected={choice.value === value}>{choice.label}</option>)}
    </select>
  );
}

interface SliderProps {
  id: string;
  step: number;
  end: number;
  // A step, in words.
  say: (step: number) => string;
  earlier: string;
  later: string;
  // While it is moved, and where it is let go.
  onMove: (step: number) => void;
  onChoose: (step: number) => void;
}

// From 0 to the end, by hand or a step at a time.
export function Slider({ id, step, end, say, earlier, later, onMove, onChoose }: SliderProps) {
  return (
    <div class="slider">
      <Button kind="second" aria-label={earlier} disabled={step === 0} onClick={() => onChoose(step - 1)}>‹</Button>
      <input id={id} type="range" min={0} max={end} step={1} value={step} aria-valuetext={say(step)}
        onInput={(event) => onMove(Number(event.currentTarget.value))} onChange={(event) => onChoose(Number(event.currentTarget.value))} />
      <Button kind="second" aria-label={later} disabled={step >= end} onClick={() => onChoose(step + 1)}>›</Button>
    </div>
  );
}

// Labels and values, one under the other on narrow screens.
export function Facts({ rows }: { rows: [ComponentChildren, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {rows.map(([label, value], i) => <div key={i}><dt>{label}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

// Data that comes in English where the page is in Khmer.
export function AsRecorded({ children }: Children) {
  return <span class="as-recorded">{children}</span>;
}

export function Count({ of }: { of: number | string | undefined }) {
  return <>{digits(String(of ?? 0))}</>;
}

// Opens over the page until it is answered. The browser keeps the keyboard within it.
export function Dialog({ title, open, onClose, children }: Children & { title: ComponentChildren; open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {open && children}
    </dialog>
  );
}

// Copies a text, and says so.
export function Copy({ text, children }: Children & { text: () => string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      window.prompt(t('copy.by_hand'), text());
    }
  };
  return <Button kind="second" onClick={() => void copy()}>{copied ? t('copied') : children}</Button>;
}

export function save(name: string, type: string, content: BlobPart): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
