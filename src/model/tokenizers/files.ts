/** The `tokenizer.json` of a model folder. */

import { replaceFile } from "../../files/durable.ts";
import { byteTokenizerFrom, isByteTokenizerFile } from "./byte.ts";
import { type Tokenizer, TokenizerError } from "./tokenizer.ts";

const FILE = "tokenizer.json";

/** Whether a model folder has a tokenizer; models of the generated puzzles have none. */
export async function hasTokenizer(folder: string): Promise<boolean> {
  try {
    return (await Deno.stat(`${folder}/${FILE}`)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/**
 * The tokenizer of a model folder.
 * @param model the vocabulary it must be of
 * @throws TokenizerError saying what was expected and found
 */
export async function loadTokenizer(
  folder: string,
  model: { readonly vocab: number; readonly maskId: number; readonly eosId: number },
): Promise<Tokenizer> {
  const path = `${folder}/${FILE}`;
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new TokenizerError(`${path} cannot be read: ${(error as Error).message}`);
  }
  if (!isByteTokenizerFile(json)) {
    throw new TokenizerError(`${path}: expected "type": "byte"; tokenizers of other types are not supported`);
  }
  const tokenizer = byteTokenizerFrom(json, path);
  const { size, maskId, endId } = tokenizer;
  if (size <= model.vocab && maskId === model.maskId && endId === model.eosId) return tokenizer;
  throw new TokenizerError(
    `${path} has ${size} tokens with mask ${maskId} and end ${endId}; the model beside it has ${model.vocab} ` +
      `with mask ${model.maskId} and end ${model.eosId}`,
  );
}

/** Writes a tokenizer into a model folder. */
export async function saveTokenizer(folder: string, tokenizer: Tokenizer): Promise<void> {
  await replaceFile(`${folder}/${FILE}`, JSON.stringify(tokenizer.toJson(), null, 2) + "\n");
}
