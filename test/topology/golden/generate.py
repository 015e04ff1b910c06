"""Writes persistence.json and diagrams.json beside this file: what GUDHI and Ripser answer on generated inputs.

Needs: pip install gudhi ripser numpy scipy. Inputs are made from seeds by mulberry32, the same as in ../inputs.ts, so only answers are stored.
GUDHI works in double precision, Ripser in single; the script itself checks that the two agree before it writes.
"""

import json
import math
import os

import gudhi
import gudhi.hera
import gudhi.representations as representations
import gudhi.wasserstein
import numpy as np
import ripser
import scipy.sparse
from importlib.metadata import version

from mulberry32 import mulberry32

HERE = os.path.dirname(os.path.abspath(__file__))
INF = float("inf")


def uniform_points(count, dimension, seed):
    draw = mulberry32(seed)
    return np.array([draw() for _ in range(count * dimension)], dtype=np.float32).astype(float).reshape(count, dimension)


def integer_distances(count, levels, seed):
    draw = mulberry32(seed)
    matrix = np.zeros((count, count))
    for i in range(1, count):
        for j in range(i):
            matrix[i, j] = matrix[j, i] = 1 + math.floor(draw() * levels)
    return matrix


def random_graph(count, chance, levels, latest_birth, seed):
    draw = mulberry32(seed)
    births = [float(math.floor(draw() * (latest_birth + 1))) for _ in range(count)]
    edges = []
    for i in range(1, count):
        for j in range(i):
            is_edge = draw() < chance
            value = max(births[i], births[j]) + math.floor(draw() * levels)
            if is_edge:
                edges.append((j, i, float(value)))
    return births, edges


def bars_of(tree):
    # persistence_dim_max, or a graph without a triangle would be left without its loops.
    tree.compute_persistence(homology_coeff_field=2, min_persistence=0, persistence_dim_max=True)
    return [sorted((float(b), float(d)) for b, d in tree.persistence_intervals_in_dimension(k) if b < d) for k in (0, 1)]


def gudhi_rips(matrix):
    tree = gudhi.RipsComplex(distance_matrix=matrix).create_simplex_tree(max_dimension=2)
    return bars_of(tree)


def gudhi_flag(count, births, edges):
    tree = gudhi.SimplexTree()
    for vertex in range(count):
        tree.insert([vertex], births[vertex])
    for u, v, value in edges:
        tree.insert([u, v], value)
    tree.expansion(2)
    return bars_of(tree)


def ripser_bars(matrix):
    diagrams = ripser.ripser(matrix, maxdim=1, distance_matrix=True)["dgms"]
    return [sorted((float(b), float(d)) for b, d in diagrams[k] if b < d) for k in (0, 1)]


def agree(ours, theirs, tolerance):
    """Equal up to rounding; a bar that rounding alone makes visible is no difference."""
    for a, b in zip(ours, theirs):
        if tolerance == 0:
            assert a == b, (a, b)
            continue
        finite_a, finite_b = ([bar for bar in bars if bar[1] < INF] for bars in (a, b))
        assert len(a) - len(finite_a) == len(b) - len(finite_b)
        assert gudhi.bottleneck_distance(finite_a, finite_b) <= tolerance, (a, b)


def packed(bars):
    """[birth, death or null, multiplicity], so that ties stay short."""
    out = []
    for birth, death in bars:
        death = None if death == INF else death
        if out and out[-1][0] == birth and out[-1][1] == death:
            out[-1][2] += 1
        else:
            out.append([birth, death, 1])
    return out


def short(bars):
    return [[round(b, 9), round(d, 9)] if d < INF else [round(b, 9), None] for b, d in bars]


def persistence_cases():
    cases = []
    checked = {"ripser": 0, "gudhi": 0}
    for seed in range(60):
        count, dimension = 5 + seed % 20, 1 + seed % 4
        points = uniform_points(count, dimension, seed)
        matrix = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=-1))
        bars = gudhi_rips(matrix)
        agree(bars, ripser_bars(matrix), 1e-6)
        checked["ripser"] += 1
        cases.append({"kind": "points", "count": count, "dimension": dimension, "seed": seed, "bars": [short(b) for b in bars]})
    for seed in range(180):
        count, levels = 4 + seed % 24, 1 + seed % 9
        matrix = integer_distances(count, levels, seed)
        bars = gudhi_rips(matrix)
        agree(bars, ripser_bars(matrix), 0)
        checked["ripser"] += 1
        cases.append({"kind": "integers", "count": count, "levels": levels, "seed": seed, "bars": [packed(b) for b in bars]})
    for seed in range(180):
        count, chance, levels = 4 + seed % 30, [0.1, 0.2, 0.35, 0.6][seed % 4], 1 + seed % 7
        latest = [0, 0, 3][seed % 3]
        births, edges = random_graph(count, chance, levels, latest, seed)
        bars = gudhi_flag(count, births, edges)
        if edges and latest == 0:
            # Ripser reads an entry of 0 in a sparse matrix as no edge, so everything is moved up by 1.
            u, v, w = zip(*edges)
            sparse = scipy.sparse.coo_matrix((np.array(w) + 1, (u, v)), shape=(count, count))
            theirs = ripser_bars((sparse + sparse.T).tocoo())
            moved = [[(b + k, d + 1) for b, d in bars[k]] for k in (0, 1)]
            # What died at 0 before was of no length.
            agree(moved, [[bar for bar in theirs[0] if bar[1] != 1], theirs[1]], 0)
            checked["ripser"] += 1
        cases.append({"kind": "graph", "count": count, "chance": chance, "levels": levels, "latestBirth": latest, "seed": seed,
                      "bars": [packed(b) for b in bars]})
    checked["gudhi"] = len(cases)
    return cases, checked


def random_diagram(count, seed):
    draw = mulberry32(seed)
    rows = []
    for _ in range(count):
        birth = draw()
        rows.append((birth, birth + draw()))
    return np.array(rows).reshape(count, 2)


def diagram_cases():
    cases = []
    for seed in range(60):
        a, b = random_diagram(seed % 17, 2 * seed), random_diagram((seed * 7) % 13, 2 * seed + 1)
        cases.append({
            "counts": [len(a), len(b)],
            "seeds": [2 * seed, 2 * seed + 1],
            "bottleneck": gudhi.bottleneck_distance(a, b),
            "w1": gudhi.wasserstein.wasserstein_distance(a, b, order=1, internal_p=np.inf) if len(a) + len(b) else 0.0,
            "w2": gudhi.wasserstein.wasserstein_distance(a, b, order=2, internal_p=np.inf) if len(a) + len(b) else 0.0,
            "w2e": gudhi.wasserstein.wasserstein_distance(a, b, order=2, internal_p=2) if len(a) + len(b) else 0.0,
        })
    vectors = []
    for seed in (3, 8, 21):
        diagram = random_diagram(9, seed)
        grid = [0.0, 2.0]
        vectors.append({
            "count": 9,
            "seed": seed,
            "landscape": (representations.Landscape(num_landscapes=3, resolution=21, sample_range=grid)(diagram) / math.sqrt(2)).tolist(),
            "silhouette": (representations.Silhouette(weight=lambda p: (p[1] - p[0]) ** 2, resolution=21, sample_range=grid)(diagram) / math.sqrt(2)).tolist(),
            "betti": representations.BettiCurve(resolution=21, sample_range=grid)(diagram).tolist(),
            "entropy": float(representations.Entropy(mode="scalar")(diagram)[0]),
        })
    return cases, vectors


def write(name, content):
    with open(os.path.join(HERE, name), "w") as out:
        json.dump(content, out, separators=(",", ":"))
        out.write("\n")


def main():
    programs = {name: version(name) for name in ("gudhi", "ripser", "numpy", "scipy", "POT")}
    cases, checked = persistence_cases()
    write("persistence.json", {"programs": programs, "checked": checked, "cases": cases})
    distances, vectors = diagram_cases()
    write("diagrams.json", {"programs": programs, "distances": distances, "vectors": vectors})


main()
