import { dirname, join } from 'node:path';
import { canonicalJson, sha256OfFile, writeFileAtomic } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { encodeOnnx, type OnnxField, onnxName } from '@dyadic/onnx';
import { type Checkpoint, fieldNormalizers, readCheckpoint, trainedColumns } from '@dyadic/training';
import { checkpointPath } from '../experiment/checkpoint-path.js';
import { predictedColumns } from '../experiment/run-folder.js';

/** Default name of the exported file. */
const MODEL_FILE = 'model.onnx';

/** Result of {@link exportOnnx}. */
export interface ExportedModel {
  /** Path of the file. */
  readonly file: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Names of the model's inputs. */
  readonly inputs: readonly string[];
  /** Names of the model's outputs. */
  readonly outputs: readonly string[];
}

/**
 * Exports the network of a run, with the parameters that the validation split chose, to an ONNX file. Its inputs and outputs are
 * columns in the units of the data; its metadata has the SHA-256 of the checkpoint and the origin that the checkpoint records.
 * Equal checkpoints give equal bytes.
 *
 * @param run - A run folder or a checkpoint file.
 * @param file - Default: `model.onnx` beside the checkpoint.
 * @throws DataError for a checkpoint that cannot be read, or that ONNX cannot represent
 */
export async function exportOnnx(run: string, file?: string): Promise<ExportedModel> {
  const path = await checkpointPath(run);
  const checkpoint = await readCheckpoint(path);
  const { normalizers } = checkpoint;
  if (normalizers.align) {
    throw new DataError(path, 'aligns its samples (normalization.align), which ONNX cannot represent here');
  }
  const { input, output, numbers } = trainedColumns(checkpoint);
  const described = {
    input: 'what goes in, in the units of the data',
    output: 'what the network makes of it, likewise',
  };
  const fields = (side: 'input' | 'output', columns: readonly string[], names: readonly string[]) =>
    fieldNormalizers(`normalizers.${side}`, normalizers[side], names.length).map(({ shift, scale }, c): OnnxField => {
      const perSample = numbers.includes(columns[c]!);
      return { name: onnxName(names[c]!), shift, scale, perSample, description: described[side] };
    });
  const inputs = fields('input', input, input);
  const outputs = fields('output', output, predictedColumns(checkpoint).output);
  const bytes = encoded(path, checkpoint, inputs, outputs, await sha256OfFile(path));
  const target = file ?? join(dirname(path), MODEL_FILE);
  await writeFileAtomic(target, bytes);
  const names = (fields: readonly OnnxField[]) => fields.map(({ name }) => name);
  return { file: target, bytes: bytes.length, inputs: names(inputs), outputs: names(outputs) };
}

function encoded(
  path: string,
  { network, state, origin }: Checkpoint,
  inputs: readonly OnnxField[],
  outputs: readonly OnnxField[],
  hash: string,
): Uint8Array {
  try {
    return encodeOnnx({
      network,
      parameters: state.best,
      inputs,
      outputs,
      metadata: { checkpoint: hash, origin: canonicalJson(origin), epoch: String(state.bestEpoch) },
    });
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
}
