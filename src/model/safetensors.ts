/**
 * The safetensors format: an 8-byte little-endian header length, a JSON header that gives dtype, shape and byte
 * range of every tensor, then the data. Nothing in a file is trusted: a header must describe its data exactly,
 * without gaps, overlaps or repeated names. Every platform this runs on is little-endian, as the format is.
 */

/** Host arrays by what they hold; F16 and BF16 widen to f32, which represents them exactly. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | BigInt64Array;

export interface Tensor {
  readonly shape: readonly number[];
  /** As stored in the file. */
  readonly dtype: DType;
  /** Row-major elements. */
  readonly data: TensorData;
}

export type DType = "F16" | "BF16" | "F32" | "F64" | "I32" | "U32" | "I64";

/** A file that is not valid safetensors, or holds what this reader does not support. */
export class SafetensorsError extends Error {
  override name = "SafetensorsError";
}

const DTYPES: Readonly<Record<DType, { bytes: number; decode(buffer: ArrayBuffer): TensorData }>> = {
  F16: { bytes: 2, decode: (buffer) => widen(new Uint16Array(buffer), bitsFromF16) },
  BF16: { bytes: 2, decode: (buffer) => widen(new Uint16Array(buffer), (bits) => bits << 16) },
  F32: { bytes: 4, decode: (buffer) => new Float32Array(buffer) },
  F64: { bytes: 8, decode: (buffer) => new Float64Array(buffer) },
  I32: { bytes: 4, decode: (buffer) => new Int32Array(buffer) },
  U32: { bytes: 4, decode: (buffer) => new Uint32Array(buffer) },
  I64: { bytes: 8, decode: (buffer) => new BigInt64Array(buffer) },
};

/** Longest header the format allows, in bytes. */
const MAX_HEADER = 100_000_000;

/** Largest rank accepted; real tensors have at most a few axes. */
const MAX_RANK = 8;

function widen(halves: Uint16Array, toBits: (half: number) => number): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = toBits(halves[i]!);
  return new Float32Array(bits.buffer);
}

/** The f32 bits of an IEEE half: same value, NaN payloads kept. Works on bits, since a host may quiet a NaN. */
function bitsFromF16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // fraction * 2^-24: the leading bit becomes the implicit one of a normal f32.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads every tensor of a safetensors file, in the order of their data.
 * @throws SafetensorsError naming the tensor and what is wrong with it
 */
export function readSafetensors(bytes: Uint8Array): Map<string, Tensor> {
  if (bytes.length < 8) {
    throw new SafetensorsError(`expected at least 8 bytes of header length, found ${bytes.length} bytes`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER || Number(length) > bytes.length - 8) {
    throw new SafetensorsError(
      `header length ${length} is past ${Math.min(MAX_HEADER, bytes.length - 8)} bytes: ` +
        "the file is truncated or not safetensors",
    );
  }
  const start = 8 + Number(length);
  const entries = parseHeader(bytes.subarray(8, start), bytes.length - start);
  return new Map(entries.map(({ name, dtype, shape, begin, end }) => {
    const copy = new Uint8Array(bytes.subarray(start + begin, start + end)).buffer;
    return [name, { shape, dtype, data: DTYPES[dtype].decode(copy) }];
  }));
}

/** The tensors that a header describes; together they cover `dataLength` bytes exactly. */
function parseHeader(header: Uint8Array, dataLength: number): Entry[] {
  let text: string, json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    json = JSON.parse(text);
  } catch (error) {
    throw new SafetensorsError(`the header is not JSON in UTF-8: ${(error as Error).message}`);
  }
  if (!isRecord(json)) throw new SafetensorsError("the header is not a JSON object");
  const repeated = repeatedKey(text);
  if (repeated !== null) {
    throw new SafetensorsError(`the header repeats the name ${JSON.stringify(repeated)}`);
  }

  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === "__metadata__") checkMetadata(value);
    else entries.push(parseEntry(name, value));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      throw new SafetensorsError(
        `tensor ${JSON.stringify(name)} starts at byte ${begin} of the data, ` +
          `${begin < covered ? "inside another tensor" : "after a gap"}; expected ${covered}`,
      );
    }
    covered = end;
  }
  if (covered !== dataLength) {
    throw new SafetensorsError(`the header describes ${covered} bytes of data, the file has ${dataLength}`);
  }
  return entries;
}

function parseEntry(name: string, value: unknown): Entry {
  const fail = (what: string): never => {
    throw new SafetensorsError(`tensor ${JSON.stringify(name)}: ${what}`);
  };
  if (!isRecord(value)) return fail("expected an object with dtype, shape and data_offsets");
  for (const key of Object.keys(value)) {
    if (!["dtype", "shape", "data_offsets"].includes(key)) fail(`unknown field ${JSON.stringify(key)}`);
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPES, dtype)) {
    return fail(`dtype ${JSON.stringify(dtype)} is not one of ${Object.keys(DTYPES).join(", ")}`);
  }
  const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isSize)) {
    return fail(`shape: expected at most ${MAX_RANK} sizes, found ${JSON.stringify(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[0] > offsets[1]) {
    return fail(`data_offsets: expected [begin, end], found ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const bytes = elements(shape) * DTYPES[dtype as DType].bytes;
  if (end - begin !== bytes) {
    return fail(`shape [${shape}] of ${dtype} takes ${bytes} bytes, data_offsets give ${end - begin}`);
  }
  return { name, dtype: dtype as DType, shape, begin, end };
}

function checkMetadata(value: unknown): void {
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === "string")) {
    throw new SafetensorsError("__metadata__: expected an object of strings");
  }
}

/** The first key that an object of a valid JSON text holds twice (`JSON.parse` keeps the last), or null. */
function repeatedKey(json: string): string | null {
  const scopes: Set<string>[] = [];
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g;
  for (const [text, colon] of json.matchAll(token)) {
    if (text === "{") scopes.push(new Set());
    else if (text === "}") scopes.pop();
    else if (colon) {
      const key: string = JSON.parse(text.slice(0, -colon.length));
      if (scopes.at(-1)!.has(key)) return key;
      scopes.at(-1)!.add(key);
    }
  }
  return null;
}

/** What `writeSafetensors` stores; the dtype follows from the array. */
export interface TensorInput {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

function dtypeOf(data: TensorData): DType {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof Uint32Array) return "U32";
  return "I64";
}

/**
 * The bytes of a safetensors file. Equal tensors and metadata give equal bytes whatever their order: 8-byte
 * elements come first, then names ascending by UTF-16 code unit, and the data starts at a multiple of 8, so
 * every tensor is aligned to its element.
 * @throws SafetensorsError if a shape does not fit its data or a name is reserved
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorInput>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].map(([name, { shape, data }]) => {
    if (name === "__metadata__") throw new SafetensorsError(`the name ${name} is reserved`);
    if (shape.length > MAX_RANK || elements(shape) !== data.length) {
      throw new SafetensorsError(
        `tensor ${JSON.stringify(name)}: shape [${shape}] does not fit ${data.length} elements`,
      );
    }
    return { name, shape, data, dtype: dtypeOf(data) };
  }).sort((a, b) =>
    DTYPES[b.dtype].bytes - DTYPES[a.dtype].bytes || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );

  const fields: [string, unknown][] = [];
  if (metadata) {
    const sorted = Object.keys(metadata).sort().map((key) => [key, metadata[key]]);
    fields.push(["__metadata__", Object.fromEntries(sorted)]);
  }
  let size = 0;
  for (const { name, shape, data, dtype } of ordered) {
    const begin = size;
    size += data.byteLength;
    fields.push([name, { dtype, shape: [...shape], data_offsets: [begin, size] }]);
  }
  // Written pair by pair: an object would move integer-like names to its front.
  const json = `{${
    fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")
  }}`;
  const text = new TextEncoder().encode(json);
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(text, 8);
  let at = 8 + headerLength;
  for (const { data } of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
