"""Writes vectors.json beside this file: sliced Wasserstein distances by GUDHI, exact distances of large diagrams by GUDHI and POT, persistence
images by persim.

Needs: pip install gudhi persim POT numpy. Diagrams are made from seeds, as in ../golden-vectors.test.ts, so only answers are stored.
"""

import json
import math
import os
from importlib.metadata import version

import gudhi
import gudhi.wasserstein
import numpy as np
import persim
from gudhi.representations.metrics import SlicedWassersteinDistance

from mulberry32 import mulberry32

HERE = os.path.dirname(os.path.abspath(__file__))


def random_diagram(count, longest, seed):
    draw = mulberry32(seed)
    rows = []
    for _ in range(count):
        birth = draw()
        rows.append((birth, birth + draw() * longest))
    return np.array(rows).reshape(count, 2)


def sliced():
    cases = []
    for seed in range(40):
        counts = [1 + seed % 17, (seed * 7) % 13]
        a, b = random_diagram(counts[0], 1, 2 * seed), random_diagram(counts[1], 1, 2 * seed + 1)
        directions = [3, 10, 51][seed % 3]
        cases.append([counts, [2 * seed, 2 * seed + 1], directions, SlicedWassersteinDistance(num_directions=directions)(a, b)])
    return cases


def large():
    cases = []
    for count, other, longest in ((1000, 1000, 0.3), (1500, 1200, 0.05), (700, 300, 1)):
        a, b = random_diagram(count, longest, count), random_diagram(other, longest, other + 1)
        cases.append([[count, other], longest, gudhi.bottleneck_distance(a, b),
                      gudhi.wasserstein.wasserstein_distance(a, b, order=1, internal_p=np.inf),
                      gudhi.wasserstein.wasserstein_distance(a, b, order=2, internal_p=2)])
    return cases


def images():
    cases = []
    for seed, sigma, power in ((5, 0.1, 1), (6, 0.02, 2), (7, 0.5, 0)):
        imager = persim.PersistenceImager(birth_range=(0, 1), pers_range=(0, 1), pixel_size=0.25, weight="persistence", weight_params={"n": float(power)},
                                          kernel_params={"sigma": [[sigma**2, 0.0], [0.0, sigma**2]]})
        # persim gives births x lengths.
        image = imager.transform(random_diagram(6, 1, seed), skew=True)
        cases.append([seed, sigma, power, image.T.flatten().tolist()])
    return cases


def main():
    programs = {name: version(name) for name in ("gudhi", "persim", "POT", "numpy")}
    with open(os.path.join(HERE, "vectors.json"), "w") as out:
        json.dump({"programs": programs, "sliced": sliced(), "large": large(), "images": images()}, out, separators=(",", ":"))
        out.write("\n")


main()
