"""Writes random files of every format that Ripser reads into the folder named, and expected.json with Ripser's bars of each.

Needs: pip install ripser numpy scipy. Run by ../../cli/persistence-ripser.test.ts.
"""

import json
import os
import sys

import numpy as np
import ripser
import scipy.sparse

KINDS = ["point-cloud", "lower-distance", "ldm-bin", "sparse"]
INF = float("inf")


def single_precision_distances(points):
    """Rounded after every step, as Ripser's own program does; ripser.py takes the matrix as it is."""
    count, dimension = points.shape
    matrix = np.zeros((count, count), np.float32)
    for i in range(count):
        for j in range(count):
            total = np.float32(0)
            for k in range(dimension):
                difference = np.float32(points[i, k] - points[j, k])
                total = np.float32(total + np.float32(difference * difference))
            matrix[i, j] = np.sqrt(total)
    return matrix


def write_case(seed, path):
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % 4]
    count = int(rng.integers(3, 36))
    has_ties = seed // 4 % 2 == 1
    if kind == "point-cloud":
        size = (count, int(rng.integers(1, 5)))
        points = (rng.integers(0, 4, size) if has_ties else rng.random(size)).astype(np.float32)
        write_lines(path, [", ".join(repr(float(x)) for x in row) for row in points])
        return kind, single_precision_distances(points)
    values = rng.integers(1, 6, (count, count)) if has_ties else rng.random((count, count))
    matrix = np.tril(values, -1).astype(np.float32)
    if kind == "sparse":
        matrix = np.where(rng.random((count, count)) < 0.4, matrix, 0).astype(np.float32)
        # The last point has an edge, as the file's greatest number tells how many there are.
        matrix[count - 1, 0] = 1
        pairs = [(i, j) for i in range(count) for j in range(i) if matrix[i, j] > 0]
        write_lines(path, [f"{j} {i} {float(matrix[i, j])!r}" for i, j in pairs])
    elif kind == "ldm-bin":
        np.concatenate([matrix[i, :i] for i in range(1, count)]).astype("<f4").tofile(path)
    else:
        write_lines(path, [",".join(repr(float(x)) for x in matrix[i, :i]) for i in range(1, count)])
    return kind, matrix + matrix.T


def write_lines(path, lines):
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")


def bars_of(diagram):
    bars = [(float(birth), float(death)) for birth, death in diagram if birth < death]
    return [[birth, None if death == INF else death] for birth, death in sorted(bars)]


def main(folder):
    cases = []
    for seed in range(120):
        name = f"case-{seed}"
        kind, matrix = write_case(seed, os.path.join(folder, name))
        dim = 1 + seed // 8 % 2
        threshold = 0.75 if seed % 3 == 0 else None
        given = scipy.sparse.coo_matrix(matrix) if kind == "sparse" else matrix
        diagrams = ripser.ripser(given, maxdim=dim, distance_matrix=True, thresh=INF if threshold is None else threshold)["dgms"]
        cases.append({"name": name, "format": kind, "dim": dim, "threshold": threshold, "points": len(matrix), "bars": [bars_of(d) for d in diagrams]})
    with open(os.path.join(folder, "expected.json"), "w") as out:
        json.dump(cases, out)


main(sys.argv[1])
