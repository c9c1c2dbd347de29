// Begins: the language first, then the shell.
import { render } from 'preact';
import { readSession } from './session';
import { preferred, speak } from './language';
import { Shell } from './shell';
import './style.css';

// At once, beside the words and the fonts.
const session = readSession();
session.catch(() => undefined);
await speak(preferred());
render(<Shell first={session} />, document.getElementById('app')!);
