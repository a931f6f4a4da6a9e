/** The epilogues of a layer's products. Apart from `epilogue.ts`, which is AssemblyScript too. */
import type { Layer } from '@dyadic/mnn';
import type { BackwardNode } from './backward-graph.js';
import { Epilogue } from './epilogue.js';

/** φ of a layer. An activation without an epilogue does not compile. */
export function forwardOf({ activation }: Layer): Epilogue {
  return activation === 'linear' ? Epilogue.store : Epilogue[activation];
}

/** How a product leaves a gradient at a layer. */
export function arrivalOf(arrival: BackwardNode['product'], layer: Layer): Epilogue {
  switch (arrival) {
    case 'slope':
      return slopeOf(layer);
    case 'addSlope':
      return slopeOf(layer) + Epilogue.add;
    default:
      return Epilogue[arrival];
  }
}

/** The product with φ' of a layer. */
export function slopeOf({ activation }: Layer): Epilogue {
  return activation === 'linear' ? Epilogue.store : Epilogue[`${activation}Slope`];
}
