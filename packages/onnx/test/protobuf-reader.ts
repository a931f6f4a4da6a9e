/** Protocol Buffers and ONNX files read back, by their published descriptions alone. */

/** A message: the values of every field by its number, integers or bytes. */
export type Message = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

export function readMessage(bytes: Uint8Array): Message {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  let place = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[place++];
      if (byte === undefined) throw new Error('the message ends within a number');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
    }
  };
  while (place < bytes.length) {
    const tag = Number(varint());
    const [field, type] = [tag >> 3, tag & 7];
    if (type !== 0 && type !== 2) throw new Error(`wire type ${type}`);
    const values = fields.get(field) ?? [];
    fields.set(field, values);
    if (type === 0) {
      values.push(varint());
      continue;
    }
    const length = Number(varint());
    if (place + length > bytes.length) throw new Error('the message ends within a field');
    values.push(bytes.subarray(place, place + length));
    place += length;
  }
  return fields;
}

export const integers = (message: Message, field: number) => (message.get(field) ?? []).map(Number);
export const texts = (message: Message, field: number) =>
  (message.get(field) ?? []).map((bytes) => new TextDecoder().decode(bytes as Uint8Array));
export const messages = (message: Message, field: number) =>
  (message.get(field) ?? []).map((bytes) => readMessage(bytes as Uint8Array));
