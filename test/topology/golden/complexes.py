"""Writes complexes.json beside this file: what GUDHI answers on generated cubical, alpha, lower-star and explicit complexes.

Needs: pip install gudhi numpy. Inputs are made from seeds, the same as in ../complexes.ts, so only answers are stored, one case a line:
[seed, bars by dimension], a bar as [birth, death or null, how many times].
"""

import json
import math
import os
from importlib.metadata import version
from itertools import combinations

import gudhi
import numpy as np

from mulberry32 import mulberry32

HERE = os.path.dirname(os.path.abspath(__file__))
INF = float("inf")
MODULI = [2, 3, 5]

# The least triangulations of the projective plane (6 vertices) and the torus (7), and a Klein bottle (3 x 3 with a twist).
PROJECTIVE_PLANE = [(0, 1, 4), (0, 1, 5), (0, 2, 3), (0, 2, 5), (0, 3, 4), (1, 2, 3), (1, 2, 4), (1, 3, 5), (2, 4, 5), (3, 4, 5)]
TORUS = [tuple(sorted((k, (k + a) % 7, (k + 3) % 7))) for k in range(7) for a in (1, 2)]


def klein_bottle():
    def vertex(row, column):
        return 3 * (row % 3) + (column if row < 3 else -column) % 3

    triangles = []
    for row in range(3):
        for column in range(3):
            a, b = vertex(row, column), vertex(row, column + 1)
            c, d = vertex(row + 1, column), vertex(row + 1, column + 1)
            triangles += [tuple(sorted((a, b, d))), tuple(sorted((a, c, d)))]
    return triangles


SURFACES = [PROJECTIVE_PLANE, TORUS, klein_bottle()]


def grid_case(seed):
    draw = mulberry32(seed)
    axes = 1 + seed % 3
    shape = [2 + math.floor(draw() * [16, 9, 4][axes - 1]) for _ in range(axes)]
    levels = [2, 4, 9, 50][seed % 4]
    values = [float(math.floor(draw() * levels)) for _ in range(math.prod(shape))]
    periodic = [draw() < 0.5 and seed % 5 < 2 for _ in range(axes)]
    on_vertices = seed % 2 == 1
    return np.array(values).reshape(shape), periodic, on_vertices


def points_case(seed):
    """Uniform points, points of a small grid (repeats, lines, circles), points on a circle of radius 5 or 25 with whole coordinates, points on a line."""
    draw = mulberry32(seed)
    count = 1 + math.floor(draw() * 24)
    kind = seed % 4
    if kind == 0:
        return [(draw(), draw()) for _ in range(count)]
    if kind == 1:
        size = 2 + math.floor(draw() * 5)
        return [(float(math.floor(draw() * size)), float(math.floor(draw() * size))) for _ in range(count)]
    if kind == 2:
        triples = [(3, 4), (5, 0), (7, 24), (15, 20)]
        points = []
        for _ in range(count):
            x, y = triples[math.floor(draw() * 4)]
            if draw() < 0.5:
                x, y = y, x
            points.append((float(x if draw() < 0.5 else -x), float(y if draw() < 0.5 else -y)))
        return points
    slope = math.floor(draw() * 4)
    return [(float(t), float(slope * t)) for t in (math.floor(draw() * 12) for _ in range(count))]


def lower_star_case(seed):
    draw = mulberry32(seed)
    surface = SURFACES[seed % 3]
    count = 1 + max(v for t in surface for v in t)
    # From every other surface some triangles are taken out.
    kept = [t for t in surface if draw() < [1.1, 0.7][seed // 3 % 2]]
    heights = [float(math.floor(draw() * [3, 6, 100][seed % 3])) - 2 for _ in range(count)]
    return heights, kept


def explicit_case(seed):
    """Random simplices with all faces; values fall no more along a face than chance has it."""
    draw = mulberry32(seed)
    count = 3 + math.floor(draw() * 7)
    levels = [2, 5, 40][seed % 3]
    maximal = []
    for _ in range(3 + math.floor(draw() * 9)):
        size = 1 + math.floor(draw() * 4)
        maximal.append(tuple(sorted({math.floor(draw() * count) for _ in range(size)})))
    cells = sorted({face for top in maximal for size in range(1, len(top) + 1) for face in combinations(top, size)} | {(v,) for v in range(count)},
                   key=lambda cell: (len(cell), cell))
    values = {}
    for cell in cells:
        least = max((values[face] for face in combinations(cell, len(cell) - 1)), default=0.0) if len(cell) > 1 else 0.0
        values[cell] = least + math.floor(draw() * levels)
    return values


def packed(bars, digits=None):
    out = []
    for birth, death in sorted(bars):
        if digits is not None:
            birth, death = round(birth, digits), (death if death == INF else round(death, digits))
        birth, death = whole(birth), None if death == INF else whole(death)
        if out and out[-1][0] == birth and out[-1][1] == death:
            out[-1][2] += 1
        else:
            out.append([birth, death, 1])
    return out


def whole(value):
    return int(value) if float(value).is_integer() else value


def by_dimension(complex_, top, digits=None):
    return [packed([(float(b), float(d)) for b, d in complex_.persistence_intervals_in_dimension(k) if b < d], digits) for k in range(top + 1)]


def modulus_of(seed):
    return MODULI[seed // 6 % 3]


def grid_bars(seed):
    values, periodic, on_vertices = grid_case(seed)
    given = {"vertices" if on_vertices else "top_dimensional_cells": values}
    if any(periodic):
        complex_ = gudhi.PeriodicCubicalComplex(periodic_dimensions=periodic, **given)
    else:
        complex_ = gudhi.CubicalComplex(**given)
    complex_.compute_persistence(homology_coeff_field=modulus_of(seed), min_persistence=0)
    return by_dimension(complex_, values.ndim)


def alpha_bars(seed):
    tree = gudhi.AlphaComplex(points=points_case(seed), precision="exact").create_simplex_tree()
    tree.compute_persistence(homology_coeff_field=2, min_persistence=0, persistence_dim_max=True)
    # Values of one exact number may come out a last digit apart.
    bars = []
    for k in range(2):
        own = [(float(b), float(d)) for b, d in tree.persistence_intervals_in_dimension(k)]
        bars.append(packed([(b, d) for b, d in own if d - b > 1e-12 * max(1.0, b)], 10))
    return bars


def tree_bars(seed, values, top):
    tree = gudhi.SimplexTree()
    for cell, value in values.items():
        tree.insert(list(cell), value)
    tree.compute_persistence(homology_coeff_field=modulus_of(seed), min_persistence=0, persistence_dim_max=True)
    return by_dimension(tree, top)


def lower_star_bars(seed):
    heights, triangles = lower_star_case(seed)
    values = {(v,): height for v, height in enumerate(heights)}
    for triangle in triangles:
        for size in (2, 3):
            for face in combinations(triangle, size):
                values[face] = max(heights[v] for v in face)
    return tree_bars(seed, dict(sorted(values.items(), key=lambda item: len(item[0]))), 2)


def explicit_bars(seed):
    return tree_bars(seed, explicit_case(seed), 3)


def main():
    kinds = {"grid": (grid_bars, 240), "alpha": (alpha_bars, 240), "lower-star": (lower_star_bars, 180), "explicit": (explicit_bars, 180)}
    with open(os.path.join(HERE, "complexes.json"), "w") as out:
        out.write('{"programs":%s' % json.dumps({"gudhi": version("gudhi")}))
        for kind, (bars_of, count) in kinds.items():
            rows = ",\n".join(json.dumps([seed, bars_of(seed)], separators=(",", ":")) for seed in range(count))
            out.write(f',\n"{kind}":[\n{rows}\n]')
        out.write("}\n")


main()
