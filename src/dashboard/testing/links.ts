/** Links of an exported site that lead nowhere. Used by tests. */

/** What a site's links are. */
export interface Links {
  readonly count: number;
  /** Each as "page: link", sorted. */
  readonly broken: readonly string[];
}

/**
 * Follows every link, image and script of every page of a folder, parts of pages included.
 * @param files paths of all files below the folder
 */
export async function linksOf(folder: string, files: Iterable<string>): Promise<Links> {
  const paths = new Set(files), anchors = new Map<string, ReadonlySet<string>>();
  const wanted: { readonly page: string; readonly link: string; readonly target: URL }[] = [];
  for (const page of paths) {
    if (!page.endsWith(".html")) continue;
    const text = await Deno.readTextFile(`${folder}/${page}`);
    anchors.set(page, new Set([...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!)));
    for (const [, link] of text.matchAll(/ (?:href|src|action)="([^"]*)"/g)) {
      wanted.push({
        page,
        link: link!,
        target: new URL(link!.replaceAll("&amp;", "&"), `http://site/${page}`),
      });
    }
  }
  const leads = ({ link, target }: { link: string; target: URL }) => {
    // A site may stand below any folder, and nothing answers parameters.
    if (/^([a-z]+:|\/)/i.test(link) || target.search !== "") return false;
    const path = decodeURIComponent(target.pathname.slice(1)),
      part = decodeURIComponent(target.hash.slice(1));
    return paths.has(path) && (part === "" || anchors.get(path)?.has(part) === true);
  };
  const broken = wanted.filter((each) => !leads(each)).map(({ page, link }) => `${page}: ${link}`);
  return { count: wanted.length, broken: [...new Set(broken)].sort() };
}
