"""One peer of the topology bench, kept alive: requests and answers are lines of JSON on standard input and output.

peer.py NAME prints {"version", "python"} and then answers
  {"do": "load", "input", "path", "count"}: a lower triangle of float32, row by row, without the diagonal, to be kept in memory as a matrix
  {"do": "run", "input", "maxDimension", "threshold", "threads"}: {"ms", "bars": [[count, sum of finite lengths] by dimension]}
  {"do": "memory", "path", "count", "maxDimension", "threshold"}: {"idleKiB", "peakKiB"} of this process, reading the file included
The clock runs around the peer's call alone, with the matrix in memory.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np


def open_ripser():
    import ripser

    def run(matrix, max_dimension, threshold, _threads):
        limit = np.inf if threshold is None else threshold
        return ripser.ripser(matrix, distance_matrix=True, maxdim=max_dimension, thresh=limit)["dgms"]

    return run, version("ripser")


def open_giotto_ph():
    from gph import ripser_parallel

    def run(matrix, max_dimension, threshold, threads):
        limit = np.inf if threshold is None else threshold
        found = ripser_parallel(matrix, metric="precomputed", maxdim=max_dimension, thresh=limit, n_threads=threads)
        return found["dgms"]

    return run, version("giotto-ph")


def open_gudhi():
    import gudhi

    def run(matrix, max_dimension, threshold, _threads):
        # What Ripser does by itself: nothing happens above the enclosing radius.
        limit = float(matrix.max(axis=1).min())
        if threshold is not None:
            limit = min(limit, threshold)
        tree = gudhi.RipsComplex(distance_matrix=matrix, max_edge_length=limit).create_simplex_tree(max_dimension=1)
        tree.collapse_edges()
        tree.expansion(max_dimension + 1)
        # Its own default is the field of 11 elements; the others compute over 2, which tells O(3) and the projective plane differently.
        tree.compute_persistence(homology_coeff_field=2)
        return [tree.persistence_intervals_in_dimension(d) for d in range(max_dimension + 1)]

    return run, version("gudhi")


OPEN = {"ripser": open_ripser, "giotto-ph": open_giotto_ph, "gudhi": open_gudhi}


def read_matrix(path, count):
    matrix = np.zeros((count, count), dtype=np.float32)
    matrix[np.tril_indices(count, -1)] = np.fromfile(path, dtype="<f4")
    matrix += matrix.T
    return matrix


def summary(diagrams):
    bars = []
    for diagram in diagrams:
        diagram = np.asarray(diagram, dtype=np.float64).reshape(-1, 2)
        diagram = diagram[diagram[:, 1] > diagram[:, 0]]
        lengths = (diagram[:, 1] - diagram[:, 0])[np.isfinite(diagram[:, 1])]
        bars.append([len(diagram), float(lengths.sum())])
    return bars


def status_kib(field):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise RuntimeError("no %s in /proc/self/status" % field)


def answer(run, matrices, request):
    if request["do"] == "load":
        matrices[request["input"]] = read_matrix(request["path"], request["count"])
        return {}
    if request["do"] == "run":
        matrix = matrices[request["input"]]
        start = time.perf_counter()
        diagrams = run(matrix, request["maxDimension"], request["threshold"], request["threads"])
        elapsed = time.perf_counter() - start
        return {"ms": 1000 * elapsed, "bars": summary(diagrams)}
    # Once on something small, so that what is loaded late does not count.
    run(np.ones((10, 10), dtype=np.float32) - np.eye(10, dtype=np.float32), 1, None, 1)
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    idle = status_kib("VmRSS")
    run(read_matrix(request["path"], request["count"]), request["maxDimension"], request["threshold"], 1)
    return {"idleKiB": idle, "peakKiB": status_kib("VmHWM")}


def main():
    run, peer_version = OPEN[sys.argv[1]]()
    matrices = {}
    print(json.dumps({"version": peer_version, "python": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        try:
            reply = answer(run, matrices, json.loads(line))
        except Exception as error:  # Told to the bench, which names it.
            reply = {"error": "%s: %s" % (type(error).__name__, error)}
        print(json.dumps(reply), flush=True)


main()
