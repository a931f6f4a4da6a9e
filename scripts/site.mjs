/**
 * `npm run site`: explorer, results, guides, packages, examples, cards and API reference as one folder of static files, with
 * one look and a search. Whatever serves it has to send the headers that `scripts/browser/serve.mjs` names, or threads are
 * off. `--no-api` leaves out the reference, which takes longest.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import MiniSearch from 'minisearch';
import { layout } from './site/layout.mjs';
import { render, resolver } from './site/markdown.mjs';
import { markdownPages, writtenPages } from './site/pages.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SITE = join(ROOT, 'site');
const FIGURES = 'docs/results/figures';

rmSync(SITE, { recursive: true, force: true });
mkdirSync(SITE, { recursive: true });
cpSync(join(ROOT, 'apps/explorer/dist'), join(SITE, 'explorer'), { recursive: true });
cpSync(join(ROOT, 'apps/explorer/public/icon.svg'), join(SITE, 'icon.svg'));
cpSync(join(ROOT, 'apps/explorer/src/theme.css'), join(SITE, 'theme.css'));
cpSync(join(ROOT, 'scripts/site/site.css'), join(SITE, 'site.css'));
cpSync(join(ROOT, FIGURES), join(SITE, 'results/figures'), { recursive: true });
cpSync(join(ROOT, 'docs/explorer.png'), join(SITE, 'explorer.png'));
await build({
  entryPoints: [join(ROOT, 'scripts/site/site.js')],
  outfile: join(SITE, 'site.js'),
  bundle: true,
  minify: true,
  format: 'esm',
});

const pages = [
  ...markdownPages(ROOT).map((page) => ({ ...page, text: readFileSync(join(ROOT, page.source), 'utf8') })),
  ...writtenPages(ROOT),
];
const places = placesOf(pages);
const search = new MiniSearch({ fields: ['title', 'page', 'text'], storeFields: ['title', 'page', 'url'] });
for (const page of pages) {
  const depth = '../'.repeat(page.url.split('/').length - 1);
  const { html, sections } = render(page.text, resolver(page.source ?? page.url, depth, places));
  write(`${page.url}index.html`, layout({ ...page, html }, pages, depth));
  for (const { anchor, title, text } of sections) {
    const url = `${page.url}${anchor && `#${anchor}`}`;
    if (title || text) search.add({ id: url || './', title, page: page.title, text, url });
  }
}
write('search.json', JSON.stringify(search));
if (!process.argv.includes('--no-api')) {
  const words = ['typedoc', '--out', join(SITE, 'api'), '--customCss', 'scripts/site/api.css', '--logLevel', 'Warn'];
  execFileSync('npx', words, { cwd: ROOT, stdio: 'inherit' });
}
const dead = deadLinks();
for (const { page, href } of dead) console.error(`${page}: ${href} leads nowhere`);
console.log(`${pages.length} pages and the explorer in site/`);
process.exit(dead.length > 0 ? 1 : 0);

function write(path, content) {
  mkdirSync(dirname(join(SITE, path)), { recursive: true });
  writeFileSync(join(SITE, path), content);
}

/** Where the files of the repository are in the site. */
function placesOf(all) {
  const map = new Map([
    ['docs/explorer.png', 'explorer.png'],
    ['docs/results', 'results/'],
    ['docs/results/index.html', 'results/'],
    ['apps/explorer', 'explorer/'],
    ['examples', 'examples/'],
  ]);
  for (const name of readdirSync(join(ROOT, FIGURES))) map.set(`${FIGURES}/${name}`, `results/figures/${name}`);
  for (const { source, url } of all) {
    if (source === undefined) continue;
    map.set(source, url || './');
    // A folder is what its README says.
    if (source.endsWith('/README.md')) map.set(dirname(source), url);
  }
  for (const name of readdirSync(join(ROOT, 'examples/scripts'))) {
    map.set(`examples/scripts/${name}`, `examples/#${name.replace('.', '')}`);
  }
  return map;
}

/** Links and images of the pages that name no file of the site. */
function deadLinks() {
  return pages.flatMap(({ url }) => {
    const html = readFileSync(join(SITE, url, 'index.html'), 'utf8');
    const found = [...html.matchAll(/(?:href|src)="([^"#?]+)[^"]*"/g)].map(([, href]) => href);
    return found
      .filter((href) => !/^(https?:|mailto:|data:)/.test(href))
      .filter((href) => !(process.argv.includes('--no-api') && /(^|\/)api\/$/.test(href)))
      .filter((href) => !existsSync(join(SITE, url, href)))
      .map((href) => ({ page: `/${url}`, href }));
  });
}
