"""Golden values for the metrics and the logistic regression: python scores.py > scores.json"""
import json
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

rng = np.random.default_rng(1)
cases = []
for n, levels in [(20, 0), (50, 4), (200, 0), (200, 10)]:
    labels = rng.integers(0, 2, n)
    scores = 1 / (1 + np.exp(-(rng.normal(size=n) + labels)))
    if levels:
        scores = np.round(scores * levels) / levels  # ties
    cases.append({
        "labels": labels.tolist(), "scores": scores.tolist(),
        "auc": roc_auc_score(labels, scores), "ap": average_precision_score(labels, scores),
        "brier": brier_score_loss(labels, scores),
    })
x = rng.normal(size=(120, 3))
y = (x @ [1.0, -2.0, 0.5] + rng.logistic(size=120) > 0.3).astype(int)
fit = LogisticRegression(C=1 / 0.7, tol=1e-12, max_iter=10000).fit(x, y)
print(json.dumps({
    "program": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "metrics": cases,
    "logistic": {"x": x.flatten().tolist(), "labels": y.tolist(), "width": 3, "ridge": 0.7,
                 "weights": fit.coef_[0].tolist(), "bias": float(fit.intercept_[0])},
}))
