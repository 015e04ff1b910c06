"""Writes flags.json beside this file: diagrams of flag complexes in dimensions 0 to 3 over Z/2, Z/3 and Z/5, by GUDHI and, where it takes the input, Ripser.

Needs: pip install gudhi ripser numpy. Inputs are made from seeds, the same as in ../inputs.ts and ../golden-flags.test.ts, so only answers are
stored. Distances are whole numbers, or such that single precision holds them: the script checks that the two programs agree exactly before it writes.
"""

import json
import math
import os
from importlib.metadata import version

import gudhi
import numpy as np
import ripser
from mulberry32 import mulberry32

HERE = os.path.dirname(os.path.abspath(__file__))
INF = float("inf")
MODULI = (2, 3, 5)

# The projective plane on six vertices: ten triangles.
PROJECTIVE_PLANE = [
    (0, 1, 2), (0, 1, 3), (0, 2, 4), (0, 3, 5), (0, 4, 5),
    (1, 2, 5), (1, 3, 4), (1, 4, 5), (2, 3, 4), (2, 3, 5),
]


def barycentric(triangles):
    """Edges of the barycentric subdivision, whose vertices are the simplices in order of size, then lexicographically."""
    simplices = set()
    for triangle in triangles:
        for mask in range(1, 8):
            simplices.add(tuple(v for k, v in enumerate(triangle) if mask >> k & 1))
    order = sorted(simplices, key=lambda simplex: (len(simplex), simplex))
    return len(order), [
        (i, j) for j in range(len(order)) for i in range(j) if set(order[i]) < set(order[j])
    ]


def bars_of(tree, top, modulus):
    tree.compute_persistence(homology_coeff_field=modulus, min_persistence=0, persistence_dim_max=True)
    return [sorted((float(b), float(d)) for b, d in tree.persistence_intervals_in_dimension(k) if b < d) for k in range(top + 1)]


def gudhi_rips(matrix, top, modulus):
    return bars_of(gudhi.RipsComplex(distance_matrix=matrix).create_simplex_tree(max_dimension=top + 1), top, modulus)


def gudhi_flag(count, edges, top, modulus):
    tree = gudhi.SimplexTree()
    for vertex in range(count):
        tree.insert([vertex], 0)
    for u, v, value in edges:
        tree.insert([u, v], value)
    tree.expansion(top + 1)
    return bars_of(tree, top, modulus)


def ripser_rips(matrix, top, modulus):
    diagrams = ripser.ripser(matrix, maxdim=top, distance_matrix=True, coeff=modulus)["dgms"]
    return [sorted((float(b), float(d)) for b, d in diagrams[k] if b < d) for k in range(top + 1)]


def distances(count, draw_distance):
    matrix = np.zeros((count, count))
    for i in range(1, count):
        for j in range(i):
            matrix[i, j] = matrix[j, i] = draw_distance()
    return matrix


def packed(bars):
    out = []
    for birth, death in bars:
        death = None if death == INF else death
        if out and out[-1][0] == birth and out[-1][1] == death:
            out[-1][2] += 1
        else:
            out.append([birth, death, 1])
    return [bar if bar[2] > 1 else bar[:2] for bar in out]


def main():
    cases = []
    checked = 0
    for seed in range(240):
        top = 3 if seed % 4 == 0 else 2
        count = 3 + seed % (12 if top == 3 else 20)
        levels = [2, 3, 5, 9, 40, 1000][seed % 6]
        modulus = MODULI[seed % 3]
        draw = mulberry32(seed)
        matrix = distances(count, lambda: 1 + math.floor(draw() * levels))
        bars = gudhi_rips(matrix, top, modulus)
        assert bars == ripser_rips(matrix, top, modulus), seed
        checked += 1
        cases.append({"kind": "integers", "count": count, "levels": levels, "seed": seed, "top": top, "modulus": modulus,
                      "bars": [packed(b) for b in bars]})
    for seed in range(60):
        # Squared distances of points of a small lattice: real clouds, with many ties, and whole numbers.
        count, dimension, size = 12 + seed % 20, 2 + seed % 2, 3 + seed % 9
        modulus = MODULI[seed % 3]
        draw = mulberry32(seed)
        points = np.array([math.floor(draw() * size) for _ in range(count * dimension)]).reshape(count, dimension)
        matrix = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=-1).astype(float)
        bars = gudhi_rips(matrix, 2, modulus)
        assert bars == ripser_rips(matrix, 2, modulus), seed
        checked += 1
        cases.append({"kind": "lattice", "count": count, "dimension": dimension, "size": size, "seed": seed, "top": 2,
                      "modulus": modulus, "bars": [packed(b) for b in bars]})
    count, pairs = barycentric(PROJECTIVE_PLANE)
    for seed in range(30):
        modulus = MODULI[seed % 3]
        draw = mulberry32(seed)
        levels = 1 + seed % 7
        edges = [(u, v, 1 + math.floor(draw() * levels)) for u, v in pairs]
        cases.append({"kind": "projectivePlane", "levels": levels, "seed": seed, "top": 2, "modulus": modulus,
                      "bars": [packed(b) for b in gudhi_flag(count, edges, 2, modulus)]})
    programs = {name: version(name) for name in ("gudhi", "ripser", "numpy")}
    with open(os.path.join(HERE, "flags.json"), "w") as out:
        json.dump({"programs": programs, "checked": {"gudhi": len(cases), "ripser": checked}, "cases": cases}, out, separators=(",", ":"))
        out.write("\n")


main()
