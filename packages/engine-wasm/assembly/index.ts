export { biasGradient, localWeightGradient, sharedWeightGradient } from './gradient';
export { filterGradient, filterTransform, patchTransform, tileSpread, tileTransform } from './minimal';
export { positive, positiveGradient } from './positive';
export { localProduct, sharedProduct, sumPlaces } from './product';
export { gatherChunk, lossAndResidual, scatterChunk } from './samples';
export { multiplyAddPeak, permute, sumInOrder, update } from './vector';
