/** What tests read from a figure. */
import type { Document } from '@xmldom/xmldom';

export function texts(tree: Document): string[] {
  return Array.from(tree.getElementsByTagName('text'), (node) => node.textContent ?? '');
}

/** The data lines of a figure as lists of points; a break starts a new list. */
export function lines(tree: Document): { stroke: string | null; dash: string | null; pieces: number[][][] }[] {
  return Array.from(tree.getElementsByTagName('g'))
    .filter((group) => group.getAttribute('class')?.startsWith('mark-line'))
    .flatMap((group) => Array.from(group.getElementsByTagName('path')))
    .map((path) => ({
      stroke: path.getAttribute('stroke'),
      dash: path.getAttribute('stroke-dasharray'),
      pieces: (path.getAttribute('d') ?? '')
        .split('M')
        .filter(Boolean)
        .map((piece) => piece.split('L').map((point) => point.replace('Z', '').split(',').map(Number))),
    }));
}
