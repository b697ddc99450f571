/** Exports that no file imports, on purpose: reasons by "path name". */
export const INTENDED: Readonly<Record<string, string>> = {};
