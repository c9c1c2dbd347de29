// Begins: the language first, then the shell.
import { render } from 'preact';
import { preferred, speak } from './language';
import { Shell } from './shell';
import './style.css';

await speak(preferred());
render(<Shell />, document.getElementById('app')!);
