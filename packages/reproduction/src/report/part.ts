import type { Figure, Section } from '@dyadic/report';

/** Figures have names here, under which the Markdown finds them. */
export interface NamedFigure extends Figure {
  readonly name: string;
}

/** A section of the page. */
export interface Part extends Omit<Section, 'figures' | 'html'> {
  readonly figures?: readonly NamedFigure[];
}
