/**
 * What an op needs from a machine: buffers of 32-bit words, kernels over them, and a way back to the host.
 *
 * A kernel is a function of buffers and scalars. Its description (`KernelSpec`) is data, so that every backend
 * can run the same op bindings: WebGPU takes the WGSL text, a CPU backend the function of the same name.
 */

/** 32-bit elements on the host. */
export type HostArray = Float32Array | Uint32Array | Int32Array;

/** Storage owned by a backend. `id` is unique within it; `capacity` counts 32-bit elements, padding included. */
export interface DeviceBuffer {
  readonly id: number;
  readonly label: string;
  readonly capacity: number;
}

/** A contiguous range of 32-bit elements of a device buffer. Offsets are multiples of `VIEW_ALIGNMENT`. */
export interface View {
  readonly buffer: DeviceBuffer;
  readonly offset: number;
  readonly length: number;
}

/** Elements to which the start of every view is aligned: 256 bytes, the portable WebGPU value. */
export const VIEW_ALIGNMENT = 64;

/** Rounds a number of elements up to the view alignment. */
export function alignElements(elements: number): number {
  return Math.ceil(elements / VIEW_ALIGNMENT) * VIEW_ALIGNMENT;
}

/**
 * The elements `[offset, offset + length)` of `view`.
 * @throws RangeError if the range leaves the view or its start is not aligned.
 */
export function slice(view: View, offset: number, length: number): View {
  if (offset < 0 || length < 0 || offset + length > view.length) {
    throw new RangeError(
      `slice [${offset}, ${offset + length}) leaves ${view.buffer.label}, which has ${view.length} elements`,
    );
  }
  if (offset % VIEW_ALIGNMENT !== 0) {
    throw new RangeError(
      `slice of ${view.buffer.label} starts at element ${offset}, expected a multiple of ${VIEW_ALIGNMENT}`,
    );
  }
  return { buffer: view.buffer, offset: view.offset + offset, length };
}

/** How a kernel uses a buffer. A "write" buffer is written completely and never read. */
export type Access = "read" | "write" | "readwrite";
export type ScalarType = "u32" | "i32" | "f32";

/** What a kernel may adapt to; fixed for the life of a backend. */
export interface DeviceTraits {
  /** Lanes of a subgroup when it is the same for every dispatch and subgroup operations work, else 0. */
  readonly subgroupSize: number;
  /** True on a driver that runs on the CPU, where workgroup barriers are very expensive. */
  readonly software: boolean;
  /** Whether `read` costs no wait, so that the host may look at what it needs at every step. */
  readonly readsAreFree: boolean;
  /** 32-bit elements of the largest buffer that a kernel can bind. */
  readonly maxBufferElements: number;
}

/** Numbers of workgroups in x, y and z. */
export type Grid = readonly [number, number, number];

/** How a kernel runs on the CPU, where that is not the WASM function of its own name. */
export interface CpuForm<B extends string = string, S extends string = string> {
  /** The WASM function that computes the same, for kernels that differ only in how they use a GPU. */
  readonly name?: string;
  /** 32-bit elements of work space for these scalars; its address follows the last scalar. Contents are undefined. */
  scratch?(scalars: Readonly<Record<S, number>>): number;
  /** Instead of WASM: the kernel as a host function of the words of its buffers. Scalars are not rounded. */
  run?(buffers: Readonly<Record<B, Uint32Array>>, scalars: Readonly<Record<S, number>>): void;
}

/**
 * One kernel. `buffers` lists the storage bindings 0, 1, ... in order; the scalars form one uniform struct, in
 * order, at the binding after the last buffer. The CPU form is the WASM function `name` (`<op>.as.ts`) with the
 * addresses of the buffers, then the scalars, as its parameters.
 */
export interface KernelSpec<B extends string = string, S extends string = string> {
  /** Unique name, `<op>_<entry>`. */
  readonly name: string;
  readonly cpu?: CpuForm<B, S>;
  /** Whole WGSL files, concatenated. */
  readonly wgsl: readonly string[];
  readonly entry: string;
  readonly buffers: Readonly<Record<B, Access>>;
  readonly scalars: Readonly<Record<S, ScalarType>>;
  /** Pipeline override constants. */
  readonly constants?: Readonly<Record<string, number>>;
  grid(scalars: Readonly<Record<S, number>>): Grid;
}

/** Keeps the literal types of a kernel description. */
export function defineKernel<B extends string, S extends string>(spec: KernelSpec<B, S>): KernelSpec<B, S> {
  return spec;
}

/** The device in words, for records and messages. */
export interface DeviceDescription {
  readonly backend: "webgpu" | "cpu";
  readonly adapter: string;
  readonly vendor: string;
  readonly device: string;
  readonly software: boolean;
  readonly features: readonly string[];
}

export interface MemoryUse {
  readonly bytes: number;
  readonly peakBytes: number;
}

/**
 * Commands run in the order they are given. They may be buffered: `read` and `flush` submit them. A failure on
 * the device (invalid dispatch, out of memory, lost device) rejects the next `read`.
 */
export interface Backend extends Disposable {
  readonly description: DeviceDescription;
  readonly traits: DeviceTraits;

  /** A new zero-filled buffer of `length` elements. @throws DeviceMemoryError if it exceeds a device limit. */
  allocate(label: string, length: number): View;
  /** Returns the whole buffer of a view that `allocate` made. Using it afterwards is an error. */
  free(view: View): void;
  /** Copies host elements to the start of `view`. */
  write(view: View, data: HostArray): void;
  /** Sets every element of `view` to zero. */
  clear(view: View): void;
  /** Copies `from.length` elements to the start of `to`. The views lie in different buffers. */
  copy(from: View, to: View): void;
  /** Runs a kernel. */
  run<B extends string, S extends string>(
    kernel: KernelSpec<B, S>,
    buffers: Readonly<Record<NoInfer<B>, View>>,
    scalars: Readonly<Record<NoInfer<S>, number>>,
  ): void;
  /** Names of the kernels that ran since the set was last cleared: they tell which variants were chosen. */
  readonly ran: Set<string>;
  /** Submits what is buffered, without waiting. */
  flush(): void;
  /** Submits, waits, and returns the raw words of each view, in order. One wait for all of them. */
  read(...views: View[]): Promise<ArrayBuffer[]>;
  /** Live and peak bytes of device buffers. */
  memory(): MemoryUse;
  /** Starts a new peak at the bytes that are live now. */
  resetPeak(): void;
}

/** A buffer that the device cannot hold. */
export class DeviceMemoryError extends Error {
  override name = "DeviceMemoryError";
}

/** The device rejected a command or went away. */
export class DeviceError extends Error {
  override name = "DeviceError";
}

/** Reads one view as f32. */
export async function readFloats(backend: Backend, view: View): Promise<Float32Array> {
  const [words] = await backend.read(view);
  return new Float32Array(words!);
}

/** Reads one view as u32. */
export async function readWords(backend: Backend, view: View): Promise<Uint32Array> {
  const [words] = await backend.read(view);
  return new Uint32Array(words!);
}

/** A new buffer with the given contents. */
export function upload(backend: Backend, label: string, data: HostArray): View {
  const view = backend.allocate(label, data.length);
  backend.write(view, data);
  return view;
}

/** Largest number of workgroups in one grid dimension that every device accepts. */
const MAX_GROUPS = 65535;

/** A grid of at least `groups` workgroups in x and y; the kernel returns early past its end (`flat_index`). */
export function flatGrid(groups: number): Grid {
  if (groups <= MAX_GROUPS) return [Math.max(1, groups), 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}
