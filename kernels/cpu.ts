/**
 * The CPU backend: kernels in WASM with 128-bit SIMD, on one thread and one linear memory. A kernel runs when it is
 * given, so `flush` has nothing to do and `read` only copies. The portable build gives equal bits on every machine.
 */

import {
  alignElements,
  type Backend,
  type DeviceBuffer,
  type DeviceDescription,
  DeviceError,
  DeviceMemoryError,
  type DeviceTraits,
  type HostArray,
  type KernelSpec,
  type MemoryUse,
  type View,
  VIEW_ALIGNMENT,
} from "./backend.ts";
import { Allocator } from "./wasm/allocator.ts";
import { type Build, kernelModule } from "./wasm/build.ts";

const PAGE = 65536;
/** 1 GiB: part of how parameters are laid out, so not a property of the machine. */
const MAX_BUFFER_ELEMENTS = 2 ** 28;
/** Bytes behind the last buffer that a kernel may read when it takes the tail of a row as a whole vector. */
const READ_AHEAD = 64;

class CpuBuffer implements DeviceBuffer {
  constructor(
    readonly id: number,
    readonly label: string,
    readonly capacity: number,
    readonly address: number,
  ) {}
}

type WasmFunction = (...args: number[]) => void;

interface Binding {
  readonly call: WasmFunction;
  readonly buffers: readonly string[];
  readonly scalars: readonly string[];
}

/**
 * Opens the CPU backend.
 * @param options build: `fast` (default `portable`) may fuse multiply and add, and then depends on the machine
 * @throws Error if this engine has no SIMD, or no relaxed SIMD for `fast`
 */
export async function openCpu({ build = "portable" }: { build?: Build } = {}): Promise<CpuBackend> {
  return new CpuBackend(await WebAssembly.instantiate(await kernelModule(build), {}), build);
}

/** See the head of this file. Made by `openCpu`. */
class CpuBackend implements Backend {
  readonly description: DeviceDescription;
  readonly traits: DeviceTraits = {
    subgroupSize: 0,
    software: true,
    readsAreFree: true,
    maxBufferElements: MAX_BUFFER_ELEMENTS,
  };
  readonly ran = new Set<string>();
  readonly #exports: WebAssembly.Exports;
  readonly #memory: WebAssembly.Memory;
  readonly #allocator: Allocator;
  readonly #bindings = new Map<KernelSpec, Binding>();
  readonly #buffers = new Map<number, CpuBuffer>();
  #words: Uint32Array;
  #scratch: View | null = null;
  #nextId = 1;
  #bytes = 0;
  #peakBytes = 0;

  constructor(instance: WebAssembly.Instance, build: Build) {
    this.#exports = instance.exports;
    this.#memory = instance.exports.memory as WebAssembly.Memory;
    this.#words = new Uint32Array(this.#memory.buffer);
    // What the module came with holds its constants.
    this.#allocator = new Allocator(this.#memory.buffer.byteLength);
    this.description = {
      backend: "cpu",
      adapter: `WASM SIMD, ${build}`,
      vendor: "",
      device: "",
      software: true,
      features: build === "fast" ? ["relaxed-simd"] : [],
    };
  }

  allocate(label: string, length: number): View {
    const capacity = alignElements(Math.max(1, length));
    if (capacity > MAX_BUFFER_ELEMENTS) {
      throw new DeviceMemoryError(
        `buffer "${label}" needs ${capacity * 4} bytes, this backend holds at most ${
          MAX_BUFFER_ELEMENTS * 4
        } in one; ` +
          "use a smaller micro-batch or model",
      );
    }
    const end = this.#allocator.end, address = this.#allocator.allocate(capacity * 4);
    try {
      this.#reserve(address + capacity * 4 + READ_AHEAD);
    } catch {
      this.#allocator.free(address, capacity * 4);
      throw new DeviceMemoryError(
        `buffer "${label}" needs ${
          capacity * 4
        } bytes beside ${this.#bytes} in use, which this machine does not ` +
          "have (WASM memory ends at 4 GiB); use a smaller micro-batch or model",
      );
    }
    const buffer = new CpuBuffer(this.#nextId++, label, capacity, address);
    // Memory that no buffer had before is zero, and takes no place until it is written.
    if (address < end) this.#words.fill(0, address / 4, address / 4 + capacity);
    this.#buffers.set(buffer.id, buffer);
    this.#bytes += capacity * 4;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    return { buffer, offset: 0, length };
  }

  free(view: View): void {
    const { id, address, capacity } = this.#own(view);
    this.#buffers.delete(id);
    this.#allocator.free(address, capacity * 4);
    this.#bytes -= capacity * 4;
  }

  write(view: View, data: HostArray): void {
    if (data.length > view.length) {
      throw new RangeError(
        `${data.length} elements do not fit ${view.buffer.label}, which has ${view.length}`,
      );
    }
    this.#wordsOf(view).set(new Uint32Array(data.buffer, data.byteOffset, data.length));
  }

  clear(view: View): void {
    this.#wordsOf(view).fill(0);
  }

  copy(from: View, to: View): void {
    if (from.length > to.length) {
      throw new RangeError(
        `${from.length} elements of ${from.buffer.label} do not fit ${to.buffer.label} (${to.length})`,
      );
    }
    this.#wordsOf(to).set(this.#wordsOf(from));
  }

  run<B extends string, S extends string>(
    kernel: KernelSpec<B, S>,
    buffers: Readonly<Record<NoInfer<B>, View>>,
    scalars: Readonly<Record<NoInfer<S>, number>>,
  ): void {
    this.ran.add(kernel.cpu?.name ?? kernel.name);
    if (kernel.cpu?.run) {
      const words = Object.entries<View>(buffers).map(([name, view]) => [name, this.#wordsOf(view)]);
      kernel.cpu.run(Object.fromEntries(words), scalars);
      return;
    }
    const binding = this.#binding(kernel as KernelSpec);
    const args: number[] = [];
    for (const name of binding.buffers) args.push(this.#address(buffers[name as B]));
    for (const name of binding.scalars) args.push(scalars[name as S]);
    if (kernel.cpu?.scratch) args.push(this.#scratchOf(kernel.cpu.scratch(scalars)));
    binding.call(...args);
  }

  flush(): void {}

  // deno-lint-ignore require-await -- what is thrown must reject, as on other backends
  async read(...views: View[]): Promise<ArrayBuffer[]> {
    return views.map((view) => this.#wordsOf(view).slice().buffer as ArrayBuffer);
  }

  memory(): MemoryUse {
    return { bytes: this.#bytes, peakBytes: this.#peakBytes };
  }

  resetPeak(): void {
    // Scratch grown by earlier work would count towards the peak of what follows.
    if (this.#scratch) this.free(this.#scratch);
    this.#scratch = null;
    this.#peakBytes = this.#bytes;
  }

  [Symbol.dispose](): void {
    this.#buffers.clear();
  }

  #own({ buffer, offset, length }: View): CpuBuffer {
    const own = this.#buffers.get(buffer.id);
    if (!own || own !== buffer) {
      throw new DeviceError(`buffer "${buffer.label}" was freed or belongs to another backend`);
    }
    if (offset < 0 || length < 0 || offset + length > own.capacity) {
      throw new RangeError(
        `elements [${offset}, ${offset + length}) leave buffer "${own.label}", which has ${own.capacity}`,
      );
    }
    return own;
  }

  #address(view: View): number {
    if (view.offset % VIEW_ALIGNMENT !== 0) {
      throw new RangeError(
        `a view of "${view.buffer.label}" starts at element ${view.offset}, expected a multiple of ${VIEW_ALIGNMENT}`,
      );
    }
    return this.#own(view).address + view.offset * 4;
  }

  #wordsOf(view: View): Uint32Array {
    const start = this.#own(view).address / 4 + view.offset;
    return this.#words.subarray(start, start + view.length);
  }

  /** Work space that kernels share, since only one runs at a time. */
  #scratchOf(elements: number): number {
    if (!this.#scratch || this.#scratch.length < elements) {
      if (this.#scratch) this.free(this.#scratch);
      this.#scratch = null;
      this.#scratch = this.allocate("kernel scratch", elements);
    }
    return this.#address(this.#scratch);
  }

  /** Grows the memory to `bytes`. @throws RangeError if the machine does not have them */
  #reserve(bytes: number): void {
    const missing = Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    this.#memory.grow(missing);
    this.#words = new Uint32Array(this.#memory.buffer);
  }

  #binding(kernel: KernelSpec): Binding {
    const known = this.#bindings.get(kernel);
    if (known) return known;
    const name = kernel.cpu?.name ?? kernel.name;
    const call = this.#exports[name];
    const buffers = Object.keys(kernel.buffers), scalars = Object.keys(kernel.scalars);
    const parameters = buffers.length + scalars.length + (kernel.cpu?.scratch ? 1 : 0);
    if (typeof call !== "function") {
      throw new DeviceError(
        `the CPU backend has no kernel ${name}: export a function of that name from a file *.as.ts beside ` +
          "the WGSL, or give the kernel another CPU form",
      );
    }
    if (call.length !== parameters) {
      throw new DeviceError(
        `the CPU kernel ${name} takes ${call.length} parameters, expected ${parameters}: ` +
          [...buffers, ...scalars].join(", ") + (kernel.cpu?.scratch ? " and its scratch" : ""),
      );
    }
    const binding = { call: call as WasmFunction, buffers, scalars };
    this.#bindings.set(kernel, binding);
    return binding;
  }
}
