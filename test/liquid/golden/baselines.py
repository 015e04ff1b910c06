"""Writes baselines.json: what scikit-learn makes of the rows of ../baselines/rows.ts. pip install scikit-learn==1.9.1; python baselines.py > baselines.json"""

import json
import math
from importlib.metadata import version

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest
from sklearn.metrics import log_loss, roc_auc_score

WIDTH = 6


def mulberry32(seed):
    state = seed & 0xFFFFFFFF

    def draw():
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (1 | state)) & 0xFFFFFFFF
        t = (((t + (((t ^ (t >> 7)) * (61 | t)) & 0xFFFFFFFF)) & 0xFFFFFFFF) ^ t) & 0xFFFFFFFF
        return (t ^ (t >> 14)) / 4294967296

    return draw


def labelled_rows(seed, n):
    """Labels follow a step, a product and a wave; two columns say nothing."""
    draw = mulberry32(seed)
    x, labels = [], []
    for _ in range(n):
        row = [2 * draw() - 1 for _ in range(WIDTH)]
        u = -1.5 + (2 if row[0] > 0.3 else 0) + 3 * row[1] * row[2] + 1.5 * math.sin(4 * row[3])
        labels.append(1 if draw() < 1 / (1 + math.exp(-u)) else 0)
        x.append(row)
    return np.array(x), np.array(labels)


def rows_with_outliers(seed, n):
    """One row in twenty lies apart from the others' cube, by one column."""
    draw = mulberry32(seed)
    x, labels = [], []
    for i in range(n):
        row = [draw() + draw() + draw() for _ in range(WIDTH)]
        apart = 1 if i % 20 == 0 else 0
        if apart:
            row[i // 20 % WIDTH] += 1.5
        labels.append(apart)
        x.append(row)
    return np.array(x), np.array(labels)


training, validation = labelled_rows(1, 3000), labelled_rows(2, 3000)
boosted = HistGradientBoostingClassifier(
    max_iter=100,
    learning_rate=0.1,
    max_depth=4,
    max_leaf_nodes=None,
    l2_regularization=1,
    min_samples_leaf=5,
    early_stopping=False,
).fit(*training)
p = boosted.predict_proba(validation[0])[:, 1]
x, apart = rows_with_outliers(3, 2000)
isolation = [
    roc_auc_score(apart, -IsolationForest(n_estimators=100, max_samples=256, random_state=seed).fit(x).score_samples(x))
    for seed in range(10)
]
print(
    json.dumps(
        {
            "program": "scikit-learn " + version("scikit-learn"),
            "boosting": {"auc": roc_auc_score(validation[1], p), "logLoss": log_loss(validation[1], p)},
            "isolation": {"aucs": isolation},
        }
    )
)
