import { requireKnownOptions } from '@dyadic/errors';
import { panelSpec } from './panel-spec.js';
import { renderSvg } from './render.js';
import { checkPanel, PANEL_OPTIONS, type Panel } from './series.js';
import { requireText } from './table.js';

/** Options of {@link lineFigure}. */
export interface LineFigureOptions extends Panel {
  /** Heading inside the figure; default none. */
  readonly title?: string;
  /** Description for screen readers; default composed of the titles and names. */
  readonly description?: string;
}

/**
 * Draws series on one pair of axes, about 700 pixels wide, on white.
 *
 * @param options the lines, the axes and the marks on them
 * @returns an `<svg>` element with `role="img"` and the description as its `aria-label`; the same input gives the same
 *   text. It contains no id, script, style sheet or link, so many figures can share one page.
 * @throws ArgumentError (as a rejection) for an empty series, different lengths, a non-finite value, or a value below zero on
 *   a log axis; the error names the value, such as `series[0].y[17]`
 */
export async function lineFigure(options: LineFigureOptions): Promise<string> {
  requireKnownOptions('lineFigure', options, [...PANEL_OPTIONS, 'title', 'description']);
  checkPanel(options);
  const { series, x, y, title } = options;
  const names = series.map(({ name }) => name).join(', ');
  const description = options.description ?? `${title ?? y.title}: ${names} against ${x.title}`;
  return renderSvg({ ...titleSpec(title), ...panelSpec(options) }, requireText('description', description));
}

/** The title part of a specification. @throws ArgumentError */
export function titleSpec(title: string | undefined): object {
  return title === undefined ? {} : { title: { text: requireText('title', title) } };
}
