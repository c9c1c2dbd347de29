// Every view is a URL: its path and what it is looked at with.
import type { AnchorHTMLAttributes, ComponentChildren, TargetedMouseEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  // `['reports', '2021-Q1']`
  path: string[];
  query: URLSearchParams;
}

const moved = new EventTarget();

function here(): Place {
  const path = location.pathname.split('/').filter((part) => part !== '').map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { path, query: new URLSearchParams(location.search) };
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const update = () => setPlace(here());
    moved.addEventListener('moved', update);
    window.addEventListener('popstate', update);
    return () => {
      moved.removeEventListener('moved', update);
      window.removeEventListener('popstate', update);
    };
  }, []);
  return place;
}

// `replace`: it is the same view, looked at otherwise.
export function go(url: string, replace = false): void {
  if (replace) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  moved.dispatchEvent(new Event('moved'));
  if (!replace) window.scrollTo(0, 0);
}

// A URL of parts that may hold anything; empty parameters are left out.
export function urlOf(path: string[], query: Record<string, string | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  const text = search.toString();
  return `/${path.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href' | 'role'> {
  href: string;
  class?: string;
  children: ComponentChildren;
  [data: `data-${string}`]: string | undefined;
}

// A link within the application; with a key held, or the middle button, the browser does what it always does.
export function Link({ href, children, ...rest }: LinkProps) {
  const follow = (event: TargetedMouseEvent<HTMLAnchorElement>) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(href);
  };
  return <a href={href} onClick={follow} {...rest}>{children}</a>;
}
