"""Training steps of SASRec and GRU4Rec in PyTorch, for bench/engine-torch.ts.

Reads one JSON object a line, {"model": "sasrec" | "gru4rec", "steps": n}, takes so many steps and answers with one line
{"ms": [...]}; the first line it writes says which versions it runs. The networks are those of the TypeScript bench: the
same layers, sizes, dropout, full softmax and Adam.
"""

import argparse
import json
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as error:
    print(json.dumps({"error": f"{error}; from Debian: apt-get install python3-torch libopenblas0-pthread"}), flush=True)
    sys.exit(1)


class Block(nn.Module):
    def __init__(self, width, dropout):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-8)
        self.norm2 = nn.LayerNorm(width, eps=1e-8)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask):
        q, k, v = self.qkv(self.norm1(x)).chunk(3, dim=-1)
        weights = torch.softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5 + mask, dim=-1)
        x = x + self.dropout(weights @ v)
        return x + self.dropout(self.outer(torch.relu(self.inner(self.norm2(x)))))


class SasRec(nn.Module):
    def __init__(self, items, length, width, dropout):
        super().__init__()
        self.items = nn.Embedding(items, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.ModuleList([Block(width, dropout) for _ in range(2)])
        self.norm = nn.LayerNorm(width, eps=1e-8)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.full((length, length), -1e9), diagonal=1))
        nn.init.normal_(self.items.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, items):
        x = self.items(items) * self.items.weight.shape[1] ** 0.5 + self.positions.weight
        x = self.dropout(x)
        for block in self.blocks:
            x = block(x, self.mask)
        return self.norm(x) @ self.items.weight.T


class Gru4Rec(nn.Module):
    def __init__(self, items, width, dropout):
        super().__init__()
        self.items = nn.Embedding(items, width)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.output = nn.Linear(width, width, bias=False)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.items.weight, std=0.02)

    def forward(self, items):
        x = self.dropout(self.items(items) * self.items.weight.shape[1] ** 0.5)
        states, _ = self.gru(x)
        return self.norm(self.output(self.dropout(states))) @ self.items.weight.T


def main():
    parser = argparse.ArgumentParser()
    for name, default in [("threads", 2), ("batch", 128), ("length", 50), ("items", 3417), ("width", 64)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--dropout", type=float, default=0.1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    blas = [line.strip() for line in torch.__config__.show().splitlines() if "BLAS" in line.upper()]
    print(json.dumps({"torch": torch.__version__, "python": sys.version.split()[0], "threads": torch.get_num_threads(), "blas": "; ".join(blas)[:200]}), flush=True)

    models = {
        "sasrec": SasRec(args.items, args.length, args.width, args.dropout),
        "gru4rec": Gru4Rec(args.items, args.width, args.dropout),
    }
    optimizers = {name: torch.optim.Adam(model.parameters(), lr=1e-3) for name, model in models.items()}
    items = torch.randint(args.items, (args.batch, args.length))
    targets = torch.randint(args.items, (args.batch * args.length,))
    for line in sys.stdin:
        request = json.loads(line)
        model, optimizer = models[request["model"]], optimizers[request["model"]]
        times = []
        for _ in range(request["steps"]):
            started = time.perf_counter()
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(items).flatten(0, 1), targets)
            loss.backward()
            optimizer.step()
            times.append(1000 * (time.perf_counter() - started))
        print(json.dumps({"ms": times}), flush=True)


if __name__ == "__main__":
    main()
