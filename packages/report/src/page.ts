import { ArgumentError, requireKnownOptions } from '@dyadic/errors';
import { escapeHtml } from './escape.js';
import { STYLE } from './page-style.js';
import { requireText, type Table } from './table.js';
import { tableHtml } from './table-html.js';

/** A figure on a page. */
export interface Figure {
  /** An `<svg>` element, as the figure functions of this package return it. It enters the page unchanged. */
  readonly svg: string;
  /** Text under the figure, after its number. */
  readonly caption: string;
  /** Description for screen readers; default the caption. */
  readonly label?: string;
}

/** A section of a page, in this order: paragraphs, tables, figures, HTML. Each is optional. */
export interface Section {
  readonly heading: string;
  /** Plain text. */
  readonly paragraphs?: readonly string[];
  /** Tables made by {@link table}. */
  readonly tables?: readonly Table[];
  readonly figures?: readonly Figure[];
  /** Markup that enters the page unchanged: escape the text in it with {@link escapeHtml}. */
  readonly html?: string;
}

/** Options of {@link page}. */
export interface PageOptions {
  readonly title: string;
  /** A line under the title; default none. */
  readonly subtitle?: string;
  readonly sections: readonly Section[];
  /** Plain text at the end; default none. */
  readonly footer?: string;
}

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * Makes one self-contained HTML page, in light or dark colors as the reader prefers, that loads nothing and runs no script.
 * Figures are numbered consecutively. All text is escaped; `html` and `svg` enter unchanged.
 *
 * @param options the title and the sections
 * @returns the document, ending with a newline; well-formed XML if the given `html` is
 * @throws ArgumentError for an unknown option, a text that is not a string, or an `svg` that is not an `<svg>` element or
 *   contains a script
 */
export function page(options: PageOptions): string {
  requireKnownOptions('page', options, ['title', 'subtitle', 'sections', 'footer']);
  const { title, subtitle, sections, footer } = options;
  requireText('title', title);
  if (!Array.isArray(sections)) throw new ArgumentError('sections', sections, 'an array of sections');
  let figures = 0;
  const body = sections.map((section: Section, i) => sectionHtml(section, `sections[${i}]`, () => ++figures));
  return `${[
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8" />',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}" />`,
    '<meta name="viewport" content="width=device-width, initial-scale=1" />',
    '<meta name="color-scheme" content="light dark" />',
    `<title>${escapeHtml(title)}</title>`,
    `<style>\n${STYLE}\n</style>`,
    '</head>',
    '<body>',
    '<header>',
    `<h1>${escapeHtml(title)}</h1>`,
    ...(subtitle === undefined ? [] : [`<p class="subtitle">${escapeHtml(requireText('subtitle', subtitle))}</p>`]),
    '</header>',
    '<main>',
    ...body,
    '</main>',
    ...(footer === undefined ? [] : [`<footer>${escapeHtml(requireText('footer', footer))}</footer>`]),
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}

function sectionHtml(section: Section, name: string, nextNumber: () => number): string {
  requireKnownOptions(name, section, ['heading', 'paragraphs', 'tables', 'figures', 'html']);
  const { heading, paragraphs = [], tables = [], figures = [], html } = section;
  return [
    '<section>',
    `<h2>${escapeHtml(requireText(`${name}.heading`, heading))}</h2>`,
    ...paragraphs.map((text, i) => `<p>${escapeHtml(requireText(`${name}.paragraphs[${i}]`, text))}</p>`),
    ...tables.map(tableHtml),
    ...figures.map((figure, i) => figureHtml(figure, `${name}.figures[${i}]`, nextNumber())),
    ...(html === undefined ? [] : [requireText(`${name}.html`, html)]),
    '</section>',
  ].join('\n');
}

function figureHtml(figure: Figure, name: string, number: number): string {
  requireKnownOptions(name, figure, ['svg', 'caption', 'label']);
  const { svg, caption, label = caption } = figure;
  const element = requireText(`${name}.svg`, svg).trim();
  if (!/^<svg\b[\s\S]*<\/svg>$/.test(element)) throw new ArgumentError(`${name}.svg`, svg, 'an <svg> element');
  // the policy of the page blocks scripts anyway; a figure with one is a mistake to report
  if (/<(script|foreignObject)\b/i.test(element))
    throw new ArgumentError(`${name}.svg`, svg, 'a figure without scripts');
  return [
    '<figure>',
    `<div class="card" role="img" aria-label="${escapeHtml(requireText(`${name}.label`, label))}">${element}</div>`,
    `<figcaption><b>Figure ${number}.</b> ${escapeHtml(requireText(`${name}.caption`, caption))}</figcaption>`,
    '</figure>',
  ].join('\n');
}
