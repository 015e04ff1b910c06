"""Answers persistence.live.test.ts: reads one JSON case a line, writes the bars that GUDHI and Ripser find, one JSON line each. Needs gudhi and ripser."""

import json
import sys

import gudhi
import numpy as np
import ripser


def bars(intervals):
    return [[float(b), None if d == float("inf") else float(d)] for b, d in intervals if b < d]


for line in sys.stdin:
    case = json.loads(line)
    count, top, modulus = case["count"], case["top"], case["modulus"]
    matrix = np.zeros((count, count))
    matrix[np.tril_indices(count, -1)] = case["lower"]
    matrix += matrix.T
    tree = gudhi.RipsComplex(distance_matrix=matrix).create_simplex_tree(max_dimension=top + 1)
    tree.compute_persistence(homology_coeff_field=modulus, min_persistence=0, persistence_dim_max=True)
    theirs = ripser.ripser(matrix, maxdim=top, distance_matrix=True, coeff=modulus)["dgms"] if count > 1 else None
    print(json.dumps({
        "gudhi": [bars(tree.persistence_intervals_in_dimension(k)) for k in range(top + 1)],
        "ripser": None if theirs is None else [bars(diagram) for diagram in theirs],
    }), flush=True)
