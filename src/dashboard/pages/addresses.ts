/** Addresses of pages that many others lead to, from the root of the site. */

export function taskPath(id: string): string {
  return `tasks/${id.replaceAll("/", ".")}.html`;
}

export function objectivePath(id: string): string {
  return `objectives/${id}.html`;
}

/** Where an objective's page lists its cells. */
export function objectiveCellsPath(id: string): string {
  return `${objectivePath(id)}#cells`;
}

export function cellPath(id: string): string {
  return `cells/${id}.html`;
}
