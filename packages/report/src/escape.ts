import { ArgumentError } from '@dyadic/errors';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Escapes plain text for HTML and XML, inside an element or a quoted attribute.
 *
 * Characters that XML does not allow (control characters other than tab and line ends, and lone surrogates) become U+FFFD.
 *
 * @param text any string
 * @returns the text with `&`, `<`, `>`, `"` and `'` as entities
 * @throws ArgumentError if `text` is not a string
 */
export function escapeHtml(text: string): string {
  if (typeof text !== 'string') throw new ArgumentError('text', text, 'a string');
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

// \p{Cs} with the u flag matches lone surrogates only: it treats a pair as one character
const FORBIDDEN = /(?![\t\n\r])\p{Cc}|\p{Cs}|\ufffe|\uffff/gu;
