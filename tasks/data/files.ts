/** The data files that tasks are made of: where they are from, and what they are pinned as. */

export interface DataFile {
  /** Path inside a data folder. */
  readonly name: string;
  /** Tried in order; none where no address serves these very bytes, and the file must be provided by hand. */
  readonly urls: readonly string[];
  readonly sha256: string;
  readonly bytes: number;
  /** Of a gzip file: what it holds. Both forms are checked, and only the contents are handed out. */
  readonly unzipped?: { readonly sha256: string; readonly bytes: number };
  readonly rows: number;
  /** SPDX identifier. */
  readonly licence: string;
}

/** A commit first, then the branch: a commit cannot change, a branch outlives rewritten history. */
function rawUrls(repository: string, commit: string, path: string, branch = "main"): string[] {
  return [commit, branch].map((ref) => `https://raw.githubusercontent.com/${repository}/${ref}/${path}`);
}

const D1 = ["dllm-reasoning/d1", "837888f22c21a5da91a0af2b0d7b19e81d9b47ec"] as const;
const SPG = ["facebookresearch/SPG", "a1c712091aee3fde759bbf73b7850546265cd52d"] as const;
const GSM8K = ["openai/grade-school-math", "3101c7d5072418e28b9008a6636bde82a006892c"] as const;
const HUMAN_EVAL = ["openai/human-eval", "6d43fb980f9fee3c892a914eda09951f772ad10d"] as const;
const MBPP = "https://raw.githubusercontent.com/google-research/google-research/master/mbpp";

/** Every data file the tasks use. */
export const dataFiles = {
  sudokuD1: {
    name: "sudoku/4x4_test_sudoku.csv",
    urls: rawUrls(...D1, "dataset/4x4_test_sudoku.csv"),
    sha256: "ef86c7c28ebef88484d85fda59b3909a7b621241aa1abf36343437dbc4a3ffb6",
    bytes: 17016,
    rows: 500,
    licence: "Apache-2.0",
  },
  sudokuSpg: {
    name: "sudoku/spg_test_sudoku_split_new.csv",
    urls: rawUrls(...SPG, "dataset/test_sudoku_split_new.csv"),
    sha256: "bd93420f34f57f6b73c1a4080e70dd2f9366901b9b759132bb8f098c5339929d",
    bytes: 8720,
    rows: 256,
    licence: "MIT",
  },
  countdownD1: {
    name: "countdown/countdown_cd3_test.jsonl",
    urls: rawUrls(...D1, "dataset/countdown_cd3_test.jsonl"),
    sha256: "9916f614621e26fb2b035ed4ea641e35e4fff0d533bb9b9c7bcaaa61017d88c6",
    bytes: 9636,
    rows: 256,
    licence: "Apache-2.0",
  },
  /** The first 11,000 rows of Hugging Face's Jiayi-Pan/Countdown-Tasks-3to4, which is served as parquet only. */
  countdownTrain: {
    name: "countdown/countdown_tasks_3to4_first11000.jsonl",
    urls: [],
    sha256: "9897950eed97cce640e3c2effac5c13566a8a9216f8be5f1e5d5dba83d57030a",
    bytes: 423795,
    rows: 11000,
    licence: "Apache-2.0",
  },
  gsm8kTrain: {
    name: "gsm8k/train.jsonl",
    urls: rawUrls(...GSM8K, "grade_school_math/data/train.jsonl", "master"),
    sha256: "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465",
    bytes: 4166206,
    rows: 7473,
    licence: "MIT",
  },
  gsm8kTest: {
    name: "gsm8k/test.jsonl",
    urls: rawUrls(...GSM8K, "grade_school_math/data/test.jsonl", "master"),
    sha256: "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
    bytes: 749738,
    rows: 1319,
    licence: "MIT",
  },
  math500Test: {
    name: "math500/test.jsonl",
    urls: [
      "https://huggingface.co/datasets/HuggingFaceH4/MATH-500/resolve/main/test.jsonl",
      "https://github.com/openai/prm800k/raw/main/prm800k/math_splits/test.jsonl",
    ],
    sha256: "35dc41080a3680858b27fa7e0533d2d547825316fc5dafe5d316f4ccc5a06132",
    bytes: 446564,
    rows: 500,
    licence: "MIT",
  },
  /** The training half of MATH as JSON lines; Hugging Face's EleutherAI/hendrycks_math has its rows as parquet. */
  mathTrain: {
    name: "math500/math_train_7500.jsonl.gz",
    urls: [],
    sha256: "b8539939ab00c7140aa7b7ccd2574431e5e2f8cbfa8d8b0a3b84ab3de2e8dd6b",
    bytes: 1804340,
    unzipped: { sha256: "6d53bfcb02fd005ca8146a921855aab95e9f11bf6aa745aece006a59a7e6fd1b", bytes: 6802086 },
    rows: 7500,
    licence: "MIT",
  },
  /** The testing half of MATH without the 500 rows of MATH-500, as JSON lines. */
  mathValidation: {
    name: "math500/math_test_minus_math500_4500.jsonl.gz",
    urls: [],
    sha256: "9b2c3c483c958b98aaf60aed50e52834cf36bc31c5adf69d128ff57b41e88da0",
    bytes: 1005172,
    unzipped: { sha256: "036781b576f85807995c049967853c303120da3e4a189968bd4dec04a933c1a8", bytes: 3830966 },
    rows: 4500,
    licence: "MIT",
  },
  humanEval: {
    name: "humaneval/HumanEval.jsonl.gz",
    urls: rawUrls(...HUMAN_EVAL, "data/HumanEval.jsonl.gz", "master"),
    sha256: "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
    bytes: 44877,
    unzipped: { sha256: "1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2", bytes: 214438 },
    rows: 164,
    licence: "MIT",
  },
  mbpp: {
    name: "mbpp/mbpp.jsonl",
    urls: [`${MBPP}/mbpp.jsonl`],
    sha256: "ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
    bytes: 563743,
    rows: 974,
    licence: "CC-BY-4.0",
  },
  mbppSanitized: {
    name: "mbpp/sanitized-mbpp.json",
    urls: [`${MBPP}/sanitized-mbpp.json`],
    sha256: "ca95deaa9a01ef0a6f439f88bcf0dd3db3563d22f22aad6cae04ebb9a8d8c8e9",
    bytes: 255053,
    rows: 427,
    licence: "CC-BY-4.0",
  },
} as const satisfies Record<string, DataFile>;
