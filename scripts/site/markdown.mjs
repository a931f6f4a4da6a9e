/** Markdown to HTML, with links between the pages of the site and anchors at the headings. */
import { dirname, posix } from 'node:path';
import MarkdownIt from 'markdown-it';

const markdown = new MarkdownIt({ html: true, linkify: false });

/** GitHub's anchor of a heading. */
export function anchorOf(title) {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/**
 * @param text - Markdown
 * @param resolve - The address of what a link names, or undefined: the link is then left out and its text stays.
 * @returns The HTML, and its sections `{ anchor, title, text }` for the search.
 */
export function render(text, resolve) {
  const tokens = markdown.parse(text, {});
  const sections = [{ anchor: '', title: '', text: '' }];
  const used = new Map();
  for (const [i, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      const title = plain(tokens[i + 1]);
      const base = anchorOf(title);
      const count = used.get(base) ?? 0;
      used.set(base, count + 1);
      const anchor = count === 0 ? base : `${base}-${count}`;
      token.attrSet('id', anchor);
      sections.push({ anchor, title, text: '' });
    }
    if (token.type === 'inline') {
      if (tokens[i - 1]?.type !== 'heading_open') sections.at(-1).text += ` ${plain(token)}`;
      relink(token, resolve);
    }
    if (token.type === 'fence') sections.at(-1).text += ` ${token.content}`;
  }
  const html = markdown.renderer.render(tokens, markdown.options, {});
  // Wide tables scroll by themselves.
  const wrapped = html
    .replaceAll('<table>', '<div class="wide" tabindex="0"><table>')
    .replaceAll('</table>', '</table></div>');
  return { html: wrapped, sections };
}

function plain({ children }) {
  return children.map(({ type, content }) => (['text', 'code_inline'].includes(type) ? content : ' ')).join('');
}

function relink({ children }, resolve) {
  const open = [];
  for (const token of children) {
    if (token.type === 'image') token.attrSet('src', resolve(token.attrGet('src')) ?? token.attrGet('src'));
    if (token.type === 'link_open') {
      const address = resolve(token.attrGet('href'));
      if (address === undefined) token.tag = 'span';
      token.attrs = address === undefined ? [] : [['href', address]];
      open.push(token.tag);
    }
    if (token.type === 'link_close') token.tag = open.pop();
  }
}

/**
 * A resolver of the links of one file: to other pages of the site, and to files that the site holds.
 *
 * @param source - Path of the file in the repository
 * @param depth - `../` to the root of the site
 * @param places - Addresses in the site by paths of the repository
 */
export function resolver(source, depth, places) {
  return (href) => {
    if (/^(https?:|mailto:|#)/.test(href)) return href;
    if (href.startsWith('/')) return depth + href.slice(1);
    const [path, anchor] = href.split('#');
    const place = places.get(posix.normalize(posix.join(dirname(source), path)).replace(/\/$/, ''));
    return place === undefined ? undefined : depth + place + (anchor ? `#${anchor}` : '');
  };
}
