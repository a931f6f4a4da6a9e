import { type Dataset, elements, fitNormalizer, openDataset, type SplitName, splitSamples } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Samples } from '@dyadic/mnn';
import { type Normalizers, prepareSamples, type RawSamples } from '@dyadic/training';
import type { Experiment } from './experiment.js';

/** Opens the experiment's dataset in the profile's size. @throws DataError telling to generate it if it is not there */
export async function openExperimentDataset(experiment: Experiment): Promise<Dataset> {
  const folder = experiment.dataFolder;
  const dataset = await openDataset(folder).catch((error) => {
    if (error instanceof DataError && error.message.endsWith('does not exist')) {
      const command = `dyadic generate ${experiment.datasetFolder} --profile ${experiment.profile}`;
      throw new DataError(folder, `holds no dataset yet. Run: ${command}`, { cause: error });
    }
    throw error;
  });
  requireSize(experiment, dataset, experiment.input, experiment.network.inputSize);
  requireSize(experiment, dataset, experiment.output, experiment.network.outputSize);
  return dataset;
}

function requireSize({ path, network }: Experiment, dataset: Dataset, column: string, size: number): void {
  const field = dataset.recipe.fields.find(({ name }) => name === column);
  if (!field) {
    const choices = dataset.recipe.fields.map(({ name }) => name).join(', ');
    throw new DataError(path, `names the column '${column}'; the dataset has ${choices}`);
  }
  if (elements(field) !== size) {
    const { dimension, points } = network.spec;
    throw new DataError(
      path,
      `network.points is ${points} in ${dimension}D, that is ${size} numbers a sample; the dataset's '${column}' has ${elements(field)}`,
    );
  }
}

/** Raw samples of the three disjoint splits. @throws DataError when the dataset has too few */
export async function readSplits(experiment: Experiment, dataset: Dataset): Promise<Record<SplitName, RawSamples>> {
  const ranges = splitSamples(dataset.samples, experiment.splits);
  const read = async (name: SplitName): Promise<RawSamples> => {
    const { first, count } = ranges[name];
    const columns = await dataset.read([experiment.input, experiment.output], first, count);
    return {
      first,
      count,
      inputs: Float32Array.from(columns[experiment.input] as Float32Array),
      targets: Float32Array.from(columns[experiment.output] as Float32Array),
    };
  };
  return { train: await read('train'), validation: await read('validation'), test: await read('test') };
}

/** Normalizers fitted to the training split alone. */
export function fitNormalizers({ normalization }: Experiment, train: RawSamples): Normalizers {
  return {
    input: fitNormalizer(train.inputs, normalization.input),
    output: fitNormalizer(train.targets, normalization.output),
  };
}

/** All splits in the units of the network. */
export function prepareSplits(
  { network }: Experiment,
  splits: Record<SplitName, RawSamples>,
  normalizers: Normalizers,
): Record<SplitName, Samples> {
  return {
    train: prepareSamples(network, splits.train, normalizers),
    validation: prepareSamples(network, splits.validation, normalizers),
    test: prepareSamples(network, splits.test, normalizers),
  };
}
