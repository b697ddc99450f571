/** What a reader must know, folded where it is long. */

import { visibleLine } from "../../tables/visible_text.ts";

const SHOWN = 4, MOST = 200;

export function Notes({ title, notes }: { title: string; notes: readonly string[] }) {
  if (notes.length === 0) return null;
  const items = (part: readonly string[]) => part.map((note) => <li>{visibleLine(note, 500)}</li>);
  return (
    <div class="notice">
      <strong>{title}</strong>
      <ul>{items(notes.slice(0, SHOWN))}</ul>
      {notes.length > SHOWN && (
        <details>
          <summary>{notes.length - SHOWN} more</summary>
          <ul>{items(notes.slice(SHOWN, MOST))}</ul>
          {notes.length > MOST && <p>{notes.length - MOST} are not shown.</p>}
        </details>
      )}
    </div>
  );
}
