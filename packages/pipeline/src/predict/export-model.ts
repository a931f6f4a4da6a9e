import { dirname, join } from 'node:path';
import { canonicalJson, sha256OfFile, writeFileAtomic } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { encodeOnnx, onnxName } from '@dyadic/onnx';
import { type Checkpoint, readCheckpoint } from '@dyadic/training';
import { checkpointPath, predictedColumns } from '../experiment/run-folder.js';

/** What the file of a run is called unless one says otherwise. */
const MODEL_FILE = 'model.onnx';

export interface ExportedModel {
  readonly file: string;
  readonly bytes: number;
  /** Names of the fields that the model takes and gives, as ONNX has them. */
  readonly input: string;
  readonly output: string;
}

/**
 * Writes the network of a run folder or of a checkpoint file, with the parameters that the validation split chose, as an ONNX
 * file. Its input and its output are columns in the units of the data; it carries the SHA-256 of the checkpoint and what the
 * checkpoint says of its origin. Equal checkpoints give equal bytes.
 *
 * @param file - Default: `model.onnx` beside the checkpoint.
 * @throws DataError for a checkpoint that cannot be read or has no place in such a file
 */
export async function exportOnnx(run: string, file?: string): Promise<ExportedModel> {
  const path = await checkpointPath(run);
  const checkpoint = await readCheckpoint(path);
  const columns = predictedColumns(checkpoint);
  const names = { input: onnxName(columns.input), output: onnxName(columns.output) };
  const bytes = encoded(path, checkpoint, names, await sha256OfFile(path));
  const target = file ?? join(dirname(path), MODEL_FILE);
  await writeFileAtomic(target, bytes);
  return { file: target, bytes: bytes.length, ...names };
}

function encoded(
  path: string,
  { network, normalizers, state, origin }: Checkpoint,
  { input, output }: { readonly input: string; readonly output: string },
  hash: string,
): Uint8Array {
  try {
    return encodeOnnx({
      network,
      parameters: state.best,
      input: { name: input, ...normalizers.input, description: "what goes in, in the units of the network's data" },
      output: { name: output, ...normalizers.output, description: 'what the network makes of it, likewise' },
      metadata: { checkpoint: hash, origin: canonicalJson(origin), epoch: String(state.bestEpoch) },
    });
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
}
