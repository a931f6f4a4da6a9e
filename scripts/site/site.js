/** Theme and search of the site. The index is fetched when the search is first used. */
import MiniSearch from 'minisearch';

const root = document.querySelector('script[data-root]').dataset.root;
const dark = matchMedia('(prefers-color-scheme: dark)');
const themeButton = document.getElementById('theme');

function applyTheme() {
  const theme = localStorage.getItem('theme') ?? (dark.matches ? 'dark' : 'light');
  document.documentElement.dataset.theme = theme;
  themeButton.textContent = theme === 'dark' ? '☀' : '☾';
}
themeButton.addEventListener('click', () => {
  localStorage.setItem('theme', document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
  applyTheme();
});
dark.addEventListener('change', applyTheme);
applyTheme();

const MOST_FOUND = 12;
const input = document.getElementById('search');
const list = document.getElementById('found');
let selected = -1;
let loading;

/** The index, as `scripts/site/build.mjs` wrote it. */
function index() {
  loading ??= fetch(`${root}search.json`)
    .then((response) => response.text())
    .then((text) =>
      MiniSearch.loadJSON(text, { fields: ['title', 'page', 'text'], storeFields: ['title', 'page', 'url'] }),
    );
  return loading;
}

async function search() {
  const words = input.value.trim();
  const found = words
    ? (await index()).search(words, { prefix: true, fuzzy: 0.15, boost: { title: 4, page: 2 } }).slice(0, MOST_FOUND)
    : [];
  selected = -1;
  list.replaceChildren(
    ...found.map(({ title, page, url }) => {
      const item = document.createElement('li');
      item.setAttribute('role', 'option');
      const link = document.createElement('a');
      link.href = root + url;
      link.textContent = title || page;
      const where = document.createElement('small');
      where.textContent = page;
      link.append(where);
      item.append(link);
      return item;
    }),
  );
  list.hidden = found.length === 0;
  input.setAttribute('aria-expanded', String(!list.hidden));
}

function select(step) {
  const items = [...list.children];
  if (items.length === 0) return;
  selected = (selected + step + items.length) % items.length;
  for (const [i, item] of items.entries()) item.setAttribute('aria-selected', String(i === selected));
  items[selected].scrollIntoView({ block: 'nearest' });
}

input.addEventListener('focus', () => void index());
input.addEventListener('input', () => void search());
input.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    select(event.key === 'ArrowDown' ? 1 : -1);
  } else if (event.key === 'Enter') list.children[Math.max(0, selected)]?.firstChild.click();
  else if (event.key === 'Escape') list.hidden = true;
});
document.addEventListener('click', ({ target }) => {
  if (!target.closest('.search')) list.hidden = true;
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !/^(input|select|textarea)$/i.test(document.activeElement?.tagName ?? '')) {
    event.preventDefault();
    input.focus();
  }
});
