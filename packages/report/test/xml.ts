import { DOMParser, type Document, onErrorStopParsing } from '@xmldom/xmldom';

/** Parses well-formed XML; throws on anything else, warnings included. */
export function parseXml(text: string): Document {
  return new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'text/xml');
}
