// What stands around every page: where one can go, who one is, the language, and how fresh what is shown is.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Asked, useCall } from './call';
import { Button, Failure, Title, Waiting } from './components';
import { clock, digits, type Language, language, speak, t, word } from './language';
import { choose, readSession, type Session, SessionContext, signOut, watchSession } from './session';
import { Link, type Place, usePlace } from './router';
import { rpc, watchConnection, watchRefusals } from './rpc';
import { FigurePage } from './pages/figure';
import { ReportPage, ReportsPage } from './pages/report';
import { NewPasswordPage, SignInPage } from './pages/sign_in';
import { lazy } from './lazy';

const HistoryPage = lazy(async () => (await import('./pages/history')).HistoryPage);
const DashboardsPage = lazy(async () => (await import('./pages/dashboards')).DashboardsPage);
const AuditPage = lazy(async () => (await import('./pages/audit')).AuditPage);
const BusPage = lazy(async () => (await import('./pages/bus')).BusPage);
const AccountsPage = lazy(async () => (await import('./pages/accounts')).AccountsPage);
const PartsPage = lazy(async () => (await import('./pages/parts')).PartsPage);

const ENTRIES = [
  { path: 'reports', icon: 'M4 20V10M10 20V4M16 20v-7M22 20H2' },
  { path: 'dashboards', icon: 'M4 4h16v16H4zM8 9h8M8 13h8M8 17h4' },
  { path: 'people', icon: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21a8 8 0 0 1 16 0' },
  { path: 'audit', icon: 'M12 3l8 3v6c0 5-3 8-8 9-5-1-8-4-8-9V6zM8 12l3 3 5-6' },
  { path: 'bus', icon: 'M3 6h18M3 12h18M3 18h18M7 4v4M15 10v4M10 16v4' },
  { path: 'accounts', icon: 'M9 14a5 5 0 1 1 4.6-7H22v4h-3v3h-4v-3h-1.4A5 5 0 0 1 9 14zM8.5 9h.01' },
];

// Every 15 seconds, and at once when the daemon answers again.
const FRESH_MS = 15_000;

interface Freshness {
  position?: string | undefined;
  at?: Date;
  reached: boolean;
}

// While somebody is signed in.
function useFreshness(isIn: boolean): Freshness {
  const [fresh, setFresh] = useState<Freshness>({ reached: true });
  useEffect(() => {
    if (!isIn) return undefined;
    const look = () => {
      rpc.getProjectionStatus({}).then(
        ({ projections = [] }) => setFresh({ position: projections[0]?.head ?? '0', at: new Date(), reached: true }),
        () => undefined);
    };
    look();
    const stop = watchConnection((reached) => setFresh((before) => (before.reached === reached ? before : { ...before, reached })));
    const timer = setInterval(look, FRESH_MS);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [isIn]);
  return fresh;
}

// Looks again when the session ends, here or elsewhere.
function useSessionEnd(session: Asked<Session>): void {
  const { answer, again } = session;
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (!answer) return undefined;
    let told = false;
    const tell = () => {
      if (!told) latest.current();
      told = true;
    };
    const stops = [watchSession(tell), watchRefusals(tell)];
    return () => stops.forEach((stop) => stop());
  }, [answer]);
}

function Languages({ onSpeak }: { onSpeak: () => void }) {
  const change = (wanted: Language) => void speak(wanted).then(onSpeak);
  return (
    <div class="languages" role="group" aria-label={t('shell.language')}>
      <button type="button" lang="km" aria-pressed={language() === 'km'} onClick={() => change('km')}>ខ្មែរ</button>
      <button type="button" lang="en" aria-pressed={language() === 'en'} onClick={() => change('en')}>English</button>
    </div>
  );
}

function Who({ session, onChanged }: { session: Session; onChanged: () => void }) {
  const at = session.choices.findIndex(({ actor_id, role }) => actor_id === session.actor.actor_id && role === session.actor.role);
  return (
    <div class="who">
      <label>
        <span class="who-label">{t('shell.who')}</span>
        <select value={String(at)} onChange={(event) => {
          const actor = session.choices[Number(event.currentTarget.value)];
          if (actor) void choose(actor).then(onChanged, onChanged);
        }}>
          {session.choices.length === 0 && <option>{`${t('shell.no_role')} · ${session.actor.actor_id}`}</option>}
          {session.choices.map((actor, i) => (
            <option key={i} value={String(i)} selected={i === at}>{`${word(actor.role_label)} · ${actor.actor_id}`}</option>
          ))}
        </select>
      </label>
      <Button kind="second" onClick={() => void signOut().then(onChanged, onChanged)}>{t('shell.sign_out')}</Button>
    </div>
  );
}

function Known({ fresh }: { fresh: Freshness }) {
  if (!fresh.reached) return <p class="known known-lost" role="status">{t('shell.not_reached')}</p>;
  if (!fresh.at) return <p class="known">{t('shell.connecting')}</p>;
  return <p class="known">{t('shell.known', { position: digits(fresh.position ?? '0'), time: clock(fresh.at) })}</p>;
}

function Entries({ at }: { at: string | undefined }) {
  return (
    <nav class="entries" aria-label={t('shell.pages')}>
      <ul>
        {ENTRIES.map(({ path, icon }) => (
          <li key={path}>
            <Link href={`/${path}`} aria-current={at === path ? 'page' : undefined}>
              <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d={icon} /></svg>
              <span>{t(`page.${path}`)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Page({ place }: { place: Place }) {
  const [first, second, third] = place.path;
  if (first === undefined || (first === 'reports' && second === undefined)) return <ReportsPage />;
  if (first === 'reports' && second !== undefined && third !== undefined) return <FigurePage period={second} code={third} query={place.query} />;
  if (first === 'reports' && second !== undefined) return <ReportPage period={second} query={place.query} />;
  if (first === 'people') return <HistoryPage key={second ?? ''} id={second ?? ''} />;
  if (first === 'dashboards') return <DashboardsPage key={`${second}/${third}`} path={place.path.slice(1)} query={place.query} />;
  if (first === 'audit') return <AuditPage />;
  if (first === 'bus') return <BusPage query={place.query} />;
  if (first === 'accounts') return <AccountsPage key={second ?? ''} actorId={second ?? ''} />;
  if (first === 'parts') return <PartsPage />;
  return (
    <>
      <Title>{t('shell.no_page')}</Title>
      <p><Link href="/reports">{t('page.reports')}</Link></p>
    </>
  );
}

function Inside({ session }: { session: Asked<Session> }) {
  const place = usePlace();
  if (session.error?.code === 'unauthenticated') return <SignInPage why={session.error} onSignedIn={session.again} />;
  if (session.error) return <Failure error={session.error} again={session.again} />;
  if (!session.answer) return <Waiting />;
  if (session.answer.must_change_password) return <NewPasswordPage onChanged={session.again} />;
  const { actor_id, role } = session.answer.actor;
  // Who it is decides what a page may show: it begins anew with another.
  return (
    <SessionContext.Provider value={session.answer}>
      <Page key={`${actor_id}/${role}/${language()}`} place={place} />
    </SessionContext.Provider>
  );
}

export function Shell({ first }: { first: Promise<Session> }) {
  const [, speakAnew] = useState(0);
  const asked = useRef<Promise<Session> | null>(first);
  const session = useCall('session', () => {
    const answer = asked.current ?? readSession();
    asked.current = null;
    return answer;
  });
  const isIn = session.answer !== undefined && !session.answer.must_change_password;
  const fresh = useFreshness(isIn);
  useSessionEnd(session);
  const at = usePlace().path[0] ?? 'reports';
  return (
    <div class="shell">
      <a class="skip" href="#main">{t('shell.skip')}</a>
      <header class="top no-print">
        <Link href="/reports" class="brand"><strong>mlup</strong> <span lang="km">ម្លប់</span></Link>
        <div class="top-right">
          <Languages onSpeak={() => speakAnew((turn) => turn + 1)} />
          {session.answer && <Who session={session.answer} onChanged={session.again} />}
        </div>
      </header>
      <Entries at={at} />
      <main id="main" tabIndex={-1}>
        <Inside session={session} />
        {isIn && <footer class="foot"><Known fresh={fresh} /></footer>}
      </main>
    </div>
  );
}
