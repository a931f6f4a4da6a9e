import { ArgumentError } from '@dyadic/errors';
import { describe, expect, it } from 'vitest';
import { escapeHtml, lossCurve, page, table } from '../src/index.js';
import { parseXml } from './xml.js';

const hostile = `</title><script>alert('1')</script>"onload="x`;

async function samplePage(text: string): Promise<string> {
  const svg = await lossCurve({ epochs: [1, 2], train: [0.1, 0.01], validation: [0.2, 0.02], title: text });
  const rows = [[text, 1e-4]] as const;
  const result = table({
    caption: text,
    columns: [{ title: text }, { title: 'ε', format: 'error' }],
    rows,
    notes: [text],
  });
  return page({
    title: text,
    subtitle: text,
    sections: [
      { heading: text, paragraphs: [text], tables: [result], figures: [{ svg, caption: text }] },
      { heading: 'more', figures: [{ svg, caption: 'again', label: 'a curve' }], html: `<p>${escapeHtml(text)}</p>` },
    ],
    footer: text,
  });
}

describe('page', () => {
  it('shows hostile text as text, wherever it stands', async () => {
    const html = await samplePage(hostile);
    expect(html).not.toContain('<script');
    const tree = parseXml(html.replace('<!DOCTYPE html>', ''));
    const all = Array.from(tree.getElementsByTagName('*'));
    expect(all.filter((element) => element.hasAttribute('onload'))).toEqual([]);
    for (const name of ['title', 'h1', 'h2', 'th', 'td', 'caption', 'footer']) {
      expect(tree.getElementsByTagName(name)[0]?.textContent, name).toBe(hostile);
    }
  });

  it('is a complete document that loads nothing', async () => {
    const html = await samplePage('a title');
    expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1" />');
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect(html).toContain('prefers-color-scheme: dark');
    const withoutNamespaces = html.replace(/ xmlns(:\w+)?="[^"]*"/g, '');
    expect(withoutNamespaces).not.toMatch(/https?:|\/\/|@import|url\(|\s(src|href)=/);
  });

  it('numbers figures through the page and names them for readers who cannot see them', async () => {
    const tree = parseXml((await samplePage('t')).replace('<!DOCTYPE html>', ''));
    const captions = Array.from(tree.getElementsByTagName('figcaption'), (node) => node.textContent);
    expect(captions).toEqual(['Figure 1. t', 'Figure 2. again']);
    const cards = Array.from(tree.getElementsByTagName('div')).filter((node) => node.getAttribute('class') === 'card');
    expect(cards.map((card) => [card.getAttribute('role'), card.getAttribute('aria-label')])).toEqual([
      ['img', 't'],
      ['img', 'a curve'],
    ]);
  });

  it('gives the same bytes for the same input', async () => {
    expect(await samplePage('same')).toBe(await samplePage('same'));
  });

  it.each<[string, object]>([
    ['title is undefined', { sections: [] }],
    ['sections is undefined', { title: 't' }],
    ['page.author is', { title: 't', sections: [], author: 'x' }],
    ['sections[0].heading is 3', { title: 't', sections: [{ heading: 3 }] }],
    [
      'sections[0].figures[0].svg is',
      { title: 't', sections: [{ heading: 'h', figures: [{ svg: 'x', caption: '' }] }] },
    ],
    [
      'expected a figure without scripts',
      { title: 't', sections: [{ heading: 'h', figures: [{ svg: '<svg><script/></svg>', caption: '' }] }] },
    ],
  ])('rejects wrong input: %s', (message, options) => {
    expect(() => page(options as never)).toThrow(ArgumentError);
    expect(() => page(options as never)).toThrow(message);
  });
});

describe('escapeHtml', () => {
  it('keeps text text', () => {
    expect(escapeHtml(`<a href="x" id='y'>&amp;`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;');
    expect(escapeHtml('ünï 日本 👩‍🔬\n\t')).toBe('ünï 日本 👩‍🔬\n\t');
    expect(escapeHtml('\u0000\u001b\ud800a')).toBe('\ufffd\ufffd\ufffda');
    expect(() => escapeHtml(1 as never)).toThrow('text is 1; expected a string');
  });
});
