export { foldedAnalysis, foldedSynthesis, mixWaves, multiplyWaves, waveGradient, waves } from './fourier';
export { biasGradient, localWeightGradient, sharedWeightGradient } from './gradient';
export { mean } from './mean';
export { positive, positiveGradient } from './positive';
export { localProduct, sharedProduct, sumPlaces } from './product';
export { gatherChunk, lossAndResidual, scatterChunk } from './samples';
export { soapCurvature, soapRestoreBases, soapUpdate } from './soap';
export { multiplyAddPeak, permute, sumInOrder, update } from './vector';
export {
  filterTransform,
  filterTransformAdjoint,
  inputTransform,
  outputTransform,
  outputTransformAdjoint,
} from './winograd';
