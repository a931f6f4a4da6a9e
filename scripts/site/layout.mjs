/** The frame of every page: header, menu, search, and the look that it shares with the explorer. */

const TOP = [
  ['explorer/', 'Explorer'],
  ['results/', 'Results'],
  ['guides/extending/', 'Guides'],
  ['packages/mnn/', 'Packages'],
  ['examples/', 'Examples'],
  ['cards/', 'Cards'],
  ['api/', 'API'],
];

const escaped = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/**
 * @param page - `{ url, title, group, html }`
 * @param pages - All pages, for the menu of the group
 * @param depth - `../` to the root of the site
 */
export function layout({ url, title, group, html }, pages, depth) {
  const current = (target) => (target === url ? ' aria-current="page"' : '');
  const top = TOP.map(([target, name]) => `<a href="${depth}${target}"${current(target)}>${name}</a>`).join('');
  const siblings = group ? pages.filter((page) => page.group === group) : [];
  const menu = siblings
    .map((page) => `<a href="${depth}${page.url}"${current(page.url)}>${escaped(page.title)}</a>`)
    .join('');
  const side = menu ? `<nav class="side" aria-label="${group}"><h2>${group}</h2>${menu}</nav>` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title === 'Dyadic' ? title : `${escaped(title)} · Dyadic`}</title>
<link rel="icon" href="${depth}icon.svg">
<link rel="stylesheet" href="${depth}theme.css">
<link rel="stylesheet" href="${depth}site.css">
<script type="module" src="${depth}site.js" data-root="${depth || './'}"></script>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header class="bar">
<a class="brand" href="${depth || './'}"><svg viewBox="0 0 32 32" aria-hidden="true"><use href="${depth}icon.svg#mark"/></svg>Dyadic</a>
<nav class="top" aria-label="Site">${top}</nav>
<div class="search"><input id="search" type="search" placeholder="Search" aria-label="Search" autocomplete="off" role="combobox" aria-expanded="false" aria-controls="found"><ul id="found" role="listbox" hidden></ul></div>
<button id="theme" class="quiet" type="button" aria-label="Light or dark">☾</button>
</header>
<div class="page${side ? ' with-side' : ''}">
${side}
<main id="content" class="text">
${html}
</main>
</div>
</body>
</html>
`;
}
