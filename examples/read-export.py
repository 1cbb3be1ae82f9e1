"""Reads an exported release and gets Matinee's own scores: python3 examples/read-export.py FOLDER
Needs: pip install numpy onnxruntime pyarrow usearch"""

import json
import sys

import numpy as np
import onnxruntime as ort
import pyarrow.parquet as parquet
from usearch.index import Index

folder = sys.argv[1]
export, checks = (json.load(open(f"{folder}/{name}.json")) for name in ("export", "checks"))
TYPES = {"tensor(int32)": np.int32, "tensor(float)": np.float32}
differences = []


def run(file, **inputs):
    """The outputs of an ONNX file by name."""
    session = ort.InferenceSession(f"{folder}/{file}")
    shape = lambda each: [size if isinstance(size, int) else -1 for size in each.shape]
    feeds = {i.name: np.array(inputs[i.name], TYPES[i.type]).reshape(shape(i)) for i in session.get_inputs()}
    return dict(zip([each.name for each in session.get_outputs()], session.run(None, feeds)))


def vectors(source, of):
    table = parquet.read_table(f"{folder}/{source}/{of}-vectors.parquet")
    return table.column(0).to_numpy(), table.column(1).to_pylist(), np.stack(table["vector"].to_numpy())


def compare(what, ours, theirs):
    differences.append(float(np.max(np.abs(np.asarray(ours) - theirs))))
    print(f"{what}: differs by {differences[-1]:.1e} at most")


# A source: the network makes a vector of a history, and an item's score is its inner product with the item's vector.
for check in checks["sources"]:
    (user,) = next(iter(run(check["file"], **check["inputs"]).values()))
    items, _, table = vectors(check["source"], "item")
    scores = dict(zip(items, table @ user))
    compare(f"{check['source']}, user {check['userId']}", [scores[i] for i in check["itemIndices"]], check["scores"])
    _, ids, users = vectors(check["source"], "user")
    compare("  the user's vector in the table", users[ids.index(check["userId"])], user)

# The ranker: a weighted sum of trees and a network over a row of features.
for check in checks["ranker"]:
    rows = np.array(check["features"], np.float32)  # None becomes NaN
    terms = export["ranker"]["terms"]
    scores = sum(t["factor"] * run(f"ranker/{t['file']}", features=rows)[t["output"]][:, 0] for t in terms)
    compare(f"ranker, user {check['userId']}", scores, check["scores"])

# A graph finds nearly all of the best items without comparing every vector.
for source in [s["name"] for s in export["sources"] if f"{s['name']}/items.usearch" in export["files"]]:
    graph = Index.restore(f"{folder}/{source}/items.usearch")
    (items, _, table), (_, _, users) = vectors(source, "item"), vectors(source, "user")
    best = items[np.argsort(-(users[:50] @ table.T), axis=1)[:, :20]]
    found = [set(graph.search(user, 20).keys.tolist()) for user in users[:50]]
    recall = np.mean([len(set(row) & each) / 20 for row, each in zip(best.tolist(), found)])
    print(f"{source}: the graph of {len(graph)} vectors finds {recall:.1%} of the best 20")
    differences.append(0.0 if recall > 0.95 else 1.0)

sys.exit(0 if differences and max(differences) < 1e-3 else "an export must give the scores that Matinee gave")
