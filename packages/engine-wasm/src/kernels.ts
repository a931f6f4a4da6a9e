/** The functions of `assembly/`; every pointer is a byte address in the engine's memory. */
export interface Kernels {
  sharedProduct(
    x: number,
    runs: number,
    y: number,
    outTable: number,
    outPlaces: number,
    outputs: number,
    weights: number,
    bias: number,
    sites: number,
    epilogue: number,
    activated: number,
  ): void;
  localProduct(
    x: number,
    table: number,
    places: number,
    channels: number,
    y: number,
    outTable: number,
    outPlaces: number,
    outputs: number,
    weights: number,
    bias: number,
    sites: number,
    epilogue: number,
    activated: number,
  ): void;
  sharedWeightGradient(
    left: number,
    rows: number,
    right: number,
    table: number,
    placeBytes: number,
    places: number,
    columns: number,
    sites: number,
    gradient: number,
    add: number,
  ): void;
  localWeightGradient(
    left: number,
    rows: number,
    right: number,
    table: number,
    places: number,
    columns: number,
    sites: number,
    gradient: number,
    add: number,
  ): void;
  sumPlaces(
    x: number,
    table: number,
    places: number,
    channels: number,
    y: number,
    sites: number,
    epilogue: number,
    activated: number,
  ): void;
  biasGradient(
    delta: number,
    table: number,
    places: number,
    channels: number,
    sites: number,
    local: number,
    gradient: number,
    add: number,
  ): void;
  inputTransform(x: number, table: number, tiles: number, channels: number, v: number, stride: number): void;
  outputTransform(
    m: number,
    stride: number,
    table: number,
    tiles: number,
    outputs: number,
    y: number,
    bias: number,
    epilogue: number,
    activated: number,
  ): void;
  outputTransformAdjoint(
    delta: number,
    table: number,
    tiles: number,
    channels: number,
    m: number,
    stride: number,
  ): void;
  filterTransform(packed: number, outputs: number, channels: number, u: number): void;
  filterTransformAdjoint(du: number, rows: number, columns: number, gradient: number): void;
  waves(
    x: number,
    y: number,
    matrix: number,
    rows: number,
    columns: number,
    outer: number,
    inner: number,
    epilogue: number,
    activated: number,
  ): void;
  foldedAnalysis(
    x: number,
    y: number,
    scratch: number,
    table: number,
    length: number,
    outer: number,
    inner: number,
  ): void;
  foldedSynthesis(
    x: number,
    y: number,
    scratch: number,
    table: number,
    length: number,
    outer: number,
    inner: number,
    epilogue: number,
    activated: number,
  ): void;
  mixWaves(x: number, y: number, table: number, rows: number, terms: number, channels: number): void;
  multiplyWaves(
    x: number,
    y: number,
    weights: number,
    inputs: number,
    outputs: number,
    frequencies: number,
    adjoint: number,
  ): void;
  waveGradient(
    x: number,
    delta: number,
    inputs: number,
    outputs: number,
    frequencies: number,
    gradient: number,
    add: number,
  ): void;
  gatherChunk(x: number, order: number, size: number, samples: number, indices: number): void;
  scatterChunk(x: number, order: number, size: number, samples: number, count: number): void;
  mean(x: number, y: number, size: number): void;
  positive(y: number, f: number, size: number, power: number): void;
  positiveGradient(slopes: number, g: number, f: number, size: number, power: number): void;
  lossAndResidual(
    f: number,
    g: number,
    order: number,
    size: number,
    fields: number,
    targets: number,
    indices: number,
    weights: number,
    loss: number,
    add: number,
    root: number,
  ): void;
  soapUpdate(state: number, task: number): void;
  soapCurvature(state: number, task: number): void;
  soapRestoreBases(state: number, task: number): void;
  update(to: number, from: number, count: number): number;
  permute(to: number, from: number, map: number, count: number): void;
  sumInOrder(sum: number, first: number, stride: number, vectors: number, count: number): void;
  multiplyAddPeak(rounds: number, factor: number, summand: number): number;
}

/** Links a compiled module with a memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
