// Bundles the application and packs its files for the daemon (services/gateway/web_files.h): node bundle.mjs PACK
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import * as esbuild from 'esbuild';

const TYPES = {
  '.css': 'text/css; charset=utf-8', '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml', '.woff2': 'font/woff2',
};

// The texts of one language: `catalogue:en` and `catalogue:km`, so that a page loads one only; `catalogue:km-later` those of the groups in
// later.json and the words named `later`, which only pages have that are loaded when they are opened.
const later = JSON.parse(readFileSync('later.json', 'utf8'));
const isLater = (key) => later.some((group) => key === group || key.startsWith(`${group}.`));

const catalogues = {
  name: 'catalogues',
  setup(build) {
    build.onResolve({ filter: /^catalogue:/ }, ({ path }) => ({ path, namespace: 'catalogue' }));
    build.onLoad({ filter: /./, namespace: 'catalogue' }, ({ path }) => {
      const [language, part] = path.slice('catalogue:'.length).split('-');
      const messages = JSON.parse(readFileSync('messages.json', 'utf8'));
      const wanted = Object.entries(messages).filter(([key]) => isLater(key) === (part === 'later'));
      const texts = Object.fromEntries(wanted.map(([key, text]) => [key, text[language]]));
      const { words: all, later: laterWords } = JSON.parse(readFileSync('words.json', 'utf8'));
      const said = Object.entries(all).filter(([english]) => laterWords.includes(english) === (part === 'later'));
      const words = language === 'en' ? {} : Object.fromEntries(said);
      return { contents: JSON.stringify({ texts, words }), loader: 'json' };
    });
  },
};

const result = await esbuild.build({
  entryPoints: ['src/main.tsx', 'src/icon.svg'],
  outdir: 'out/assets',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  write: false,
  metafile: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryNames: '[name].[hash]',
  chunkNames: '[name].[hash]',
  assetNames: '[name].[hash]',
  publicPath: '/assets',
  loader: { '.woff2': 'file', '.svg': 'copy' },
  legalComments: 'none',
  define: { 'require.main': 'undefined' },
  // The verifier of bundles is written for node.
  alias: { 'node:crypto': './src/verifier/crypto.ts', 'node:fs': './src/verifier/files.ts' },
  inject: ['src/verifier/buffer.ts'],
  plugins: [catalogues],
});

const files = result.outputFiles.map(({ path, contents }) => ({ path: `/assets/${basename(path)}`, contents }));
const named = (start, end) => files.find(({ path }) => path.startsWith(`/assets/${start}`) && path.endsWith(end)).path;
// What the first script needs at once is asked for with it, and not after it has come.
const entry = Object.entries(result.metafile.outputs).find(([, { entryPoint }]) => entryPoint === 'src/main.tsx')[1];
const preloads = entry.imports.filter(({ kind }) => kind === 'import-statement')
  .map(({ path }) => `<link rel="modulepreload" href="/assets/${basename(path)}">`).join('\n');
const index = readFileSync('index.html', 'utf8').replace('%SCRIPT%', named('main.', '.js'))
  .replace('%STYLE%', named('main.', '.css')).replace('%ICON%', named('icon', '.svg'))
  .replace('%PRELOADS%', preloads).replace('%FONT%', named('noto-sans-khmer-khmer-400', '.woff2'));
files.push({ path: '/index.html', contents: Buffer.from(index) });
files.sort((a, b) => (a.path < b.path ? -1 : 1));

const [lines, bytes] = [['mlup-web 1'], []];
for (const { path, contents } of files) {
  const type = TYPES[extname(path)];
  if (!type) throw new Error(`${path} has no type`);
  const forms = [['identity', Buffer.from(contents)]];
  if (extname(path) !== '.woff2') {
    const parameters = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length };
    forms.push(['br', brotliCompressSync(contents, { params: parameters })]);
  }
  for (const [coding, form] of forms) {
    lines.push(`${path} ${form.length} ${coding} ${type}`);
    bytes.push(form);
  }
}
writeFileSync(process.argv[2], Buffer.concat([Buffer.from(`${lines.join('\n')}\n\n`), ...bytes]));
