import { ArgumentError } from '@dyadic/errors';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Writes plain text so that HTML and XML read it back as the same text, inside an element or a quoted attribute.
 *
 * Characters that neither format may hold (control characters other than tab and line ends, and halves of surrogate
 * pairs) become U+FFFD.
 *
 * @param text any string
 * @returns the text with `&`, `<`, `>`, `"` and `'` as entities
 * @throws ArgumentError if `text` is not a string
 */
export function escapeHtml(text: string): string {
  if (typeof text !== 'string') throw new ArgumentError('text', text, 'a string');
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

// \p{Cs} with the u flag matches lone surrogates only; pairs are read as one character
const FORBIDDEN = /(?![\t\n\r])\p{Cc}|\p{Cs}|\ufffe|\uffff/gu;
