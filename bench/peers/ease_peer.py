"""Fits EASE with numpy on the pairs that bench/ease.ts wrote, and prints one line of JSON with its times and peak memory.

Usage: ease_peer.py FOLDER SETTINGS_JSON, settings {userCount, itemCount, regularization, writeWeights}
Set OPENBLAS_NUM_THREADS. With scipy the Gram matrix is a sparse product, without it a dense one in blocks. Reads `users` and `items` (int32); writes the dense B (float32) to `weights.numpy` if asked.
"""
import json
import resource
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("numpy is missing: apt-get install python3-numpy libopenblas0-pthread")

try:
    from scipy import __version__ as scipy_version
    from scipy.sparse import csr_matrix
except ImportError:
    csr_matrix, scipy_version = None, None

folder, settings = sys.argv[1], json.loads(sys.argv[2])
user_count, item_count = settings["userCount"], settings["itemCount"]
users = np.fromfile(f"{folder}/users", dtype="<i4")
items = np.fromfile(f"{folder}/items", dtype="<i4")

started = time.perf_counter()
if csr_matrix is not None:
    matrix = csr_matrix((np.ones(len(users), dtype=np.float32), (users, items)), shape=(user_count, item_count))
    gram = np.asarray((matrix.T @ matrix).todense())
else:
    gram = np.zeros((item_count, item_count), dtype=np.float32)
    order = np.argsort(users, kind="stable")
    users, items = users[order], items[order]
    # Users in blocks: the dense matrix of all of them may not fit.
    for first in range(0, user_count, 1024):
        start, end = np.searchsorted(users, [first, first + 1024])
        block = np.zeros((1024, item_count), dtype=np.float32)
        block[users[start:end] - first, items[start:end]] = 1
        gram += block.T @ block
gram[np.diag_indices(item_count)] += np.float32(settings["regularization"])
gram_seconds = time.perf_counter() - started

started = time.perf_counter()
inverse = np.linalg.inv(gram)
inverse_seconds = time.perf_counter() - started

started = time.perf_counter()
weights = inverse / -np.diag(inverse)
weights[np.diag_indices(item_count)] = 0
weights_seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
if settings["writeWeights"]:
    weights.astype("<f4").tofile(f"{folder}/weights.numpy")

# numpy before 1.25 cannot say which BLAS it runs on; the loader can.
with open("/proc/self/maps") as maps:
    libraries = sorted({line.split()[-1] for line in maps if "blas" in line.lower() and ".so" in line})
versions = {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy_version, "blas": " ".join(libraries)}
print(
    json.dumps(
        {
            "gram": gram_seconds,
            "inverse": inverse_seconds,
            "weights": weights_seconds,
            "peakMiB": peak,
            "versions": versions,
        }
    )
)
