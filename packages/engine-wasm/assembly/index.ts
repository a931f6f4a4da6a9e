export { biasGradient, localWeightGradient, sharedWeightGradient } from './gradient';
export { localProduct, sharedProduct } from './product';
export { gatherChunk, lossAndResidual, scatterChunk } from './samples';
export { multiplyAddPeak, permute, sumInOrder } from './vector';
