/**
 * Training logs for TensorBoard. The only npm package that writes them, `@tensorflow/tfjs-node`, needs TensorFlow itself, hence this
 * writer: a file of records (https://www.tensorflow.org/tutorials/load_data/tfrecord), each an `Event` message
 * (tensorflow/core/util/event.proto, framework/summary.proto).
 */
import { join } from 'node:path';
import { createFolder, writeFileAtomic } from '@dyadic/dataset';
import { Message } from '@dyadic/onnx/protobuf';
import { type Metrics, readMetrics } from './metrics.js';

/** TensorBoard recognises event files by this form of the name. */
const EVENTS_FILE = 'events.out.tfevents.0.dyadic';

/**
 * Writes the training log of a run as a TensorBoard event file: a scalar for each error and the learning rate, with the epoch as
 * step. Events have no time, so equal runs give equal bytes: choose STEP as the horizontal axis.
 *
 * @param run - The run folder.
 * @param folder - Folder of the event file, created if missing; default `tensorboard` in the run folder.
 * @returns the path of the file
 * @throws DataError when the run has no log
 */
export async function exportTensorboard(run: string, folder = join(run, 'tensorboard')): Promise<string> {
  const bytes = tensorboardEvents(await readMetrics(run));
  await createFolder(folder);
  const file = join(folder, EVENTS_FILE);
  await writeFileAtomic(file, bytes);
  return file;
}

/** The records of an event file. */
export function tensorboardEvents(metrics: readonly Metrics[]): Uint8Array {
  const version = new Message().float64(1, 0).text(3, 'brain.Event:2');
  return Buffer.concat([version, ...metrics.map(eventOf)].map((event) => record(event.toBytes())));
}

/** An event with one value per number of a line. */
function eventOf({ epoch, ...numbers }: Metrics): Message {
  const summary = new Message();
  for (const [tag, value] of Object.entries(numbers)) {
    if (value !== null) summary.message(1, new Message().text(1, tag).float32(2, value));
  }
  return new Message().float64(1, 0).integer(2, epoch).message(5, summary);
}

/** A record: length, its checksum, data, their checksum. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedChecksum(data), true);
  return bytes;
}

/** CRC-32C (Castagnoli), rotated and offset as the record format requires. */
function maskedChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
