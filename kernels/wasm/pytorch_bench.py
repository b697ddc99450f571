"""PyTorch's side of the comparison: no part of the product, asked by gemm_bench.ts and step_bench.ts.

Answers requests on stdin, one JSON object per line, with the best of `rounds` of `seconds` by CPU time on one thread:
  {"gemm": [m, n, k], "layout": "ab" | "abt" | "atb", "seconds", "rounds"} -> {"milliseconds"}
  {"step": {"dim", "layers", "heads", "hidden", "vocab", "batch", "sequence"}, "seconds", "rounds"}
    -> {"milliseconds", "parameters"}
Needs PyTorch (Debian: python3-torch, and libopenblas0-pthread for a fast matrix product).
"""

import json
import os
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

torch.set_num_threads(1)
torch.manual_seed(1)


def milliseconds(run, seconds, rounds):
    run()
    start = time.process_time()
    run()
    repeats = max(1, int(seconds / max(1e-7, time.process_time() - start)))
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(repeats):
            run()
        best = min(best, (time.process_time() - start) / repeats)
    return 1e3 * best


def gemm(shape, layout):
    m, n, k = shape
    a = torch.randn(k, m).t() if layout == "atb" else torch.randn(m, k)
    b = torch.randn(n, k).t() if layout == "abt" else torch.randn(k, n)
    c = torch.empty(m, n)
    return lambda: torch.mm(a, b, out=c)


class RmsNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * self.weight


class Block(nn.Module):
    """LLaDA's block: RMSNorm, bidirectional attention, SwiGLU, no biases; projections fused as in the product."""

    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.heads = heads
        self.attention_norm, self.mlp_norm = RmsNorm(dim), RmsNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.attention_out = nn.Linear(dim, dim, bias=False)
        self.gate_up = nn.Linear(dim, 2 * hidden, bias=False)
        self.mlp_out = nn.Linear(hidden, dim, bias=False)

    def forward(self, x):
        batch, sequence, dim = x.shape
        qkv = self.qkv(self.attention_norm(x)).view(batch, sequence, 3, self.heads, dim // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        scores = torch.matmul(q * (dim // self.heads) ** -0.5, k.transpose(-1, -2))
        mixed = torch.matmul(torch.softmax(scores, -1), v).transpose(1, 2).reshape(batch, sequence, dim)
        x = x + self.attention_out(mixed)
        gate, up = self.gate_up(self.mlp_norm(x)).chunk(2, -1)
        return x + self.mlp_out(functional.silu(gate) * up)


class Model(nn.Module):
    def __init__(self, dim, layers, heads, hidden, vocab, sequence):
        super().__init__()
        self.embedding, self.position = nn.Embedding(vocab, dim), nn.Embedding(sequence, dim)
        self.blocks = nn.ModuleList(Block(dim, heads, hidden) for _ in range(layers))
        self.final_norm, self.head = RmsNorm(dim), nn.Linear(dim, vocab, bias=False)

    def forward(self, ids, targets):
        x = self.embedding(ids) + self.position.weight
        for block in self.blocks:
            x = block(x)
        return self.head(self.final_norm(x.flatten(0, 1)[targets]))


def training_step(dim, layers, heads, hidden, vocab, batch, sequence):
    """Forward, backward, clipping and AdamW; the loss is on every second position."""
    model = Model(dim, layers, heads, hidden, vocab, sequence)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.01, foreach=True)
    ids = torch.randint(vocab, (batch, sequence))
    targets = torch.arange(0, batch * sequence, 2)
    labels = torch.randint(vocab, (len(targets),))

    def run():
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(model(ids, targets), labels).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return run, sum(p.numel() for p in model.parameters())


def answer(request):
    effort = request["seconds"], request["rounds"]
    if "gemm" in request:
        return {"milliseconds": milliseconds(gemm(request["gemm"], request["layout"]), *effort)}
    run, parameters = training_step(**request["step"])
    return {"milliseconds": milliseconds(run, *effort), "parameters": parameters}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
