/**
 * Result tables, figures as SVG text, and one self-contained HTML page. Every function is pure: it uses no file, clock, random
 * number or network, and the same input gives the same bytes.
 *
 * @packageDocumentation
 */

export { type BlockFigureOptions, blockFigure, type MatrixBlock } from './block-figure.js';
export { type DotFigureOptions, type DotSeries, type DotShape, dotFigure } from './dot-figure.js';
export { type ErrorHistogramOptions, errorHistogram } from './error-histogram.js';
export { escapeHtml } from './escape.js';
export { type FieldFigureOptions, fieldFigure } from './field-figure.js';
export { fieldText, type TextField } from './field-text.js';
export { type Cell, type Format, formatCell } from './format.js';
export { type LineFigureOptions, lineFigure } from './line-figure.js';
export { type LossCurveOptions, lossCurve } from './loss-curve.js';
export { type MapFigureOptions, mapFigure } from './map-figure.js';
export { type Figure, type PageOptions, page, type Section } from './page.js';
export type { FieldQuantities, Quantity } from './quantity.js';
export type { Axis, Panel, Ring, Rule, Series, Stroke } from './series.js';
export { PALETTE } from './series.js';
export { type Column, type Table, type TableOptions, table } from './table.js';
export { tableHtml } from './table-html.js';
export { tableMarkdown } from './table-markdown.js';
export { tableText } from './table-text.js';
