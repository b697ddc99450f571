/** Numbers as text, the same on every machine: no locale takes part. */

/** A whole number with commas between thousands. */
export function grouped(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A share as per cent with one decimal, without the sign. */
export function percent(share: number): string {
  return (100 * share).toFixed(1);
}

/** A difference of shares in points, with its sign. */
export function points(difference: number): string {
  const text = percent(Math.abs(difference));
  return text === "0.0" ? "0.0" : `${difference < 0 ? "\u2212" : "+"}${text}`;
}

/** Bytes in binary units with three significant digits. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

/** A count with a decimal prefix: 12.3 k, 4.56 M. */
export function magnitude(value: number): string {
  const units = ["", " k", " M", " G", " T", " P"];
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 && Number.isInteger(value)
    ? String(value)
    : `${Number(value.toPrecision(3))}${units[unit]}`;
}

/** Seconds as 7 s, 3 min 5 s, 2 h 10 min. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

/** Any number at four significant digits, shortest form. */
export function plain(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
