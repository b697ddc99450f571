/** SVG as text: elements with escaped contents and coordinates of one form, so that equal figures are equal bytes. */

export type Attributes = Readonly<Record<string, string | number>>;

/** An element. Children are markup that this module made; text goes through `text`. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const list = Object.entries(attributes).map(([key, value]) =>
    ` ${key}="${typeof value === "number" ? coordinate(value) : escapeText(value)}"`
  ).join("");
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join("")}</${name}>`;
}

/** An element that holds text and nothing else. */
export function text(name: string, attributes: Attributes, content: string): string {
  return element(name, attributes, [escapeText(content)]);
}

/** `M x y L x y ...` through points. */
export function path(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${coordinate(x)} ${coordinate(y)}`).join("");
}

/** Pixels with at most two decimals. @throws RangeError for a number that is not finite */
function coordinate(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`a figure has the coordinate ${value}`);
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text inside an element or attribute. Control characters, which XML forbids, become spaces. */
export function escapeText(content: string): string {
  // deno-lint-ignore no-control-regex
  return content.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, " ").replace(
    /[&<>"']/g,
    (c) => ENTITIES[c]!,
  );
}
