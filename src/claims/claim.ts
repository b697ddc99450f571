/** What a claim is: which measurements it needs, and how they are read. */

import type { Table } from "../tables/table.ts";
import type { Backend } from "../../kernels/backend.ts";
import type { Suite } from "../suite/suite.ts";
import { identityOf } from "../files/identity.ts";
import type { Drawing } from "../figures/mod.ts";
import type { NamedTensors } from "../model/parameters.ts";
import type { Profile } from "./profile.ts";
import type { Check } from "./verdict.ts";

/** Claims by the paper that makes them; `gradients` compares the estimators of all of them. */
export const GROUPS = ["bgpo", "egspo", "dppo", "gradients"] as const;
export type Group = typeof GROUPS[number];

/** Where a measurement happens. */
export interface Site {
  readonly backend: Backend;
  readonly suite: Suite;
  /** Parameters of the base model of a place: whoever runs measurements keeps them. */
  base(place: Place): Promise<NamedTensors>;
  readonly warn: (message: string) => void;
  /** Tells that `share` of the work, from 0 to 1, is done. */
  readonly report: (share: number) => void;
  /** Aborted: throw its reason between two steps. */
  readonly signal: AbortSignal;
}

/** The base model that a measurement starts from. */
export interface Place {
  readonly task: string;
  /** Of the base model and of everything random after it. */
  readonly seed: number;
}

/** A kind of measurement: a pure function of its parameters, plain data in and out. */
export interface Measurement<P extends Place, R> {
  readonly name: string;
  /** Reads the clock: its results vary, so they are kept apart, and it runs alone. */
  readonly timed?: true;
  measure(site: Site, parameters: P): Promise<R>;
}

/** One cell of work: a measurement and its parameters, kept by identity once it is done. */
export interface Piece<R = unknown> {
  readonly measurement: string;
  readonly parameters: Place;
  readonly timed: boolean;
  /** Type of the result; never set. */
  readonly result?: R;
}

export function piece<P extends Place, R>({ name, timed }: Measurement<P, R>, parameters: P): Piece<R> {
  return { measurement: name, parameters, timed: timed ?? false };
}

/** Equal for pieces that are the same work. */
export function pieceIdentity({ measurement, parameters }: Piece): string {
  return identityOf({ measurement, parameters });
}

/** The results of finished pieces. @throws Error for a piece that was not measured */
export type Results = <R>(piece: Piece<R>) => R;

export interface Figure extends Drawing {
  /** Part of a file name. */
  readonly name: string;
  /** What it shows, for readers who do not see it. */
  readonly caption: string;
}

/** What the measurements say. */
export interface Reading {
  /** At least one; they decide the verdict. */
  readonly checks: readonly Check[];
  /** What else a reader must know: findings beside the claim, and what limits it. */
  readonly notes: readonly string[];
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  /** Everything that figures and tables show, as numbers. */
  readonly data: unknown;
}

export interface Claim {
  /** Name of its files. */
  readonly id: string;
  readonly group: Group;
  readonly title: string;
  readonly paper: string;
  /** What is claimed, and by whom. */
  readonly statement: string;
  /** How it is measured here. */
  readonly method: string;
  /** Its report has times: not compared by bytes. */
  readonly timed?: true;
  pieces(profile: Profile): readonly Piece[];
  read(results: Results, profile: Profile): Reading;
}
