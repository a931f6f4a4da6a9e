/**
 * `npm run site`: explorer, results, guides, packages, examples, cards and API reference as one folder of static files, with
 * one look and a search. Whatever serves it has to send the headers that `scripts/browser/serve.mjs` names, or threads are
 * off. `--no-api` leaves out the reference, which takes longest; `--out` names another folder than `site`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import MiniSearch from 'minisearch';
import { layout } from './site/layout.mjs';
import { render, resolver } from './site/markdown.mjs';
import { EXAMPLES, markdownPages, resultFolders, writtenPages } from './site/pages.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: { out: { type: 'string', default: join(ROOT, 'site') }, 'no-api': { type: 'boolean', default: false } },
});
const SITE = options.out;
const FIGURES = 'docs/results/figures';

rmSync(SITE, { recursive: true, force: true });
mkdirSync(SITE, { recursive: true });
cpSync(join(ROOT, 'apps/explorer/dist'), join(SITE, 'explorer'), { recursive: true });
cpSync(join(ROOT, 'apps/explorer/public/icon.svg'), join(SITE, 'icon.svg'));
cpSync(join(ROOT, 'apps/explorer/src/theme.css'), join(SITE, 'theme.css'));
cpSync(join(ROOT, 'scripts/site/site.css'), join(SITE, 'site.css'));
cpSync(join(ROOT, FIGURES), join(SITE, 'results/figures'), { recursive: true });
const figures = figuresOfResults();
for (const [source, place] of figures) cpSync(join(ROOT, source), join(SITE, place));
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
/** Links that lead nowhere. */
const dead = [];
const search = new MiniSearch({ fields: ['title', 'page', 'text'], storeFields: ['title', 'page', 'url'] });
for (const page of pages) {
  const depth = '../'.repeat(page.url.split('/').length - 1);
  const resolve = resolver(page.source ?? page.url, depth, places);
  const { html, sections } = render(page.text, (href) => {
    const address = resolve(href);
    // What the site does not hold has to be in the repository at least.
    const file = join(ROOT, dirname(page.source ?? ''), href.split('#')[0]);
    if (address === undefined && !existsSync(file)) dead.push({ page: page.source, href });
    return address;
  });
  write(`${page.url}index.html`, layout({ ...page, html }, pages, depth));
  for (const { anchor, title, text } of sections) {
    const url = `${page.url}${anchor && `#${anchor}`}`;
    if (title || text) search.add({ id: url || './', title, page: page.title, text, url });
  }
}
write('search.json', JSON.stringify(search));
if (!options['no-api']) {
  const looks = ['--customCss', 'scripts/site/api.css', '--readme', 'none'];
  // `npm run docs` is what fails for a comment that links to nothing.
  const leniently = ['--treatWarningsAsErrors', 'false', '--logLevel', 'Error'];
  const words = ['typedoc', '--out', join(SITE, 'api'), ...looks, ...leniently];
  execFileSync('npx', words, { cwd: ROOT, stdio: 'inherit' });
}
dead.push(...deadLinks());
for (const { page, href } of dead) console.error(`${page}: ${href} leads nowhere`);
console.log(`${pages.length} pages and the explorer in ${SITE}`);
process.exit(dead.length > 0 ? 1 : 0);

function write(path, content) {
  mkdirSync(dirname(join(SITE, path)), { recursive: true });
  writeFileSync(join(SITE, path), content);
}

/** Figures of the folders of results, and their own pages, with their places in the site. */
function figuresOfResults() {
  return resultFolders(ROOT).flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => /\.(svg|html)$/.test(name))
      .map((name) => [`${folder}/${name}`, `${folder.replace(/^docs\//, '')}/${name.replace('index', 'figures')}`]),
  );
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
  for (const [source, place] of figures) map.set(source, place);
  for (const { source, url } of all) {
    if (source === undefined) continue;
    map.set(source, url || './');
    // A folder is what its README says.
    if (source.endsWith('/README.md')) map.set(dirname(source), url);
  }
  for (const name of EXAMPLES) map.set(`examples/${name}`, `examples/#${name}`);
  for (const name of readdirSync(join(ROOT, 'examples/scripts'))) {
    map.set(`examples/scripts/${name}`, `examples/#${name.replace('.', '')}`);
  }
  return map;
}

/** Links and images of the pages that name no file of the site, or no anchor of it. */
function deadLinks() {
  const html = new Map(pages.map(({ url }) => [url, readFileSync(join(SITE, url, 'index.html'), 'utf8')]));
  const isMissing = (url, href) => {
    if (/^(https?:|mailto:|data:)/.test(href)) return false;
    const [path, anchor] = href.split(/[?#]/);
    const target = posix.join(url, path).replace(/^\.\/?$/, '');
    if (options['no-api'] && target.startsWith('api/')) return false;
    if (!existsSync(join(SITE, target))) return true;
    const page = html.get(target);
    return Boolean(anchor && page && !page.includes(`id="${anchor}"`));
  };
  return [...html].flatMap(([url, text]) =>
    [...text.matchAll(/(?:href|src)="([^"]+)"/g)]
      .filter(([, href]) => isMissing(url, href))
      .map(([, href]) => ({ page: `/${url}`, href })),
  );
}
