/** Reads tar archives (POSIX ustar) in memory. */

const BLOCK = 512;

/** Text of a fixed-width header field, up to its first NUL. */
function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end)).trim();
}

function octal(header: Uint8Array, start: number, length: number, what: string): number {
  const digits = text(header, start, length);
  if (!/^[0-7]+$/.test(digits)) throw new SyntaxError(`tar: ${what} is no octal number: "${digits}"`);
  return parseInt(digits, 8);
}

/** Sum of all bytes of a header, its own checksum field counted as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

/** A name that stays inside the folder it is unpacked to. */
function safeName(name: string): string {
  if (!name || name.startsWith("/") || /[\\\0]/.test(name) || name.split("/").includes("..")) {
    throw new SyntaxError(`tar: "${name}" leaves the folder`);
  }
  return name.replace(/^(\.\/)+/, "");
}

/**
 * The regular files of an archive, by name. Folders are skipped.
 * @throws SyntaxError for a damaged archive, a name that leaves the folder, a repeated name, or an entry that is
 * neither a file nor a folder
 */
export function readTar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    if (octal(header, 148, 8, "checksum") !== checksum(header)) {
      throw new SyntaxError(`tar: wrong checksum of the header at byte ${at}`);
    }
    const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : "";
    const name = safeName(prefix ? `${prefix}/${text(header, 0, 100)}` : text(header, 0, 100));
    const size = octal(header, 124, 12, "size");
    const start = at + BLOCK, type = String.fromCharCode(header[156]!);
    if (start + size > archive.length) throw new SyntaxError(`tar: the archive ends inside "${name}"`);
    if (type === "0" || type === "\0") {
      if (files.has(name)) throw new SyntaxError(`tar: "${name}" occurs twice`);
      files.set(name, archive.subarray(start, start + size));
    } else if (type !== "5") throw new SyntaxError(`tar: "${name}" is no regular file (type "${type}")`);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new SyntaxError("tar: the archive has no end mark");
}
