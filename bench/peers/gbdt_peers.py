"""Trains one peer on a table that bench/gbdt.ts wrote, and prints one line of JSON with its time and peak memory.

Usage: gbdt_peers.py {sklearn,xgboost} FOLDER SETTINGS_JSON PREDICTIONS_FILE
Set OMP_NUM_THREADS for scikit-learn; settings.threads for XGBoost.
"""
import json
import resource
import sys
import time

import numpy as np

peer, folder, settings_text, predictions_path = sys.argv[1:5]
settings = json.loads(settings_text)


def read(name, kind):
    return np.fromfile(f"{folder}/{name}", dtype=kind)


train = read("train.features", "<f4").reshape(-1, settings["featureCount"])
labels = read("train.labels", "<f4")
held = read("held.features", "<f4").reshape(-1, settings["featureCount"])
is_ranking = settings["objective"] == "lambdamart"

if peer == "sklearn":
    from sklearn.ensemble import HistGradientBoostingClassifier

    started = time.perf_counter()
    model = HistGradientBoostingClassifier(
        max_iter=settings["treeCount"],
        max_leaf_nodes=settings["maxLeaves"],
        max_bins=settings["maxBins"],
        learning_rate=settings["learningRate"],
        l2_regularization=settings["l2Regularization"],
        min_samples_leaf=1,
        early_stopping=False,
    ).fit(train, labels)
    seconds = time.perf_counter() - started
    predictions = model.decision_function(held)
else:
    import xgboost

    # 1.7 names the gain of a grade itself; labels stay small whole numbers.
    objective = "rank:ndcg" if is_ranking else "binary:logistic"
    started = time.perf_counter()
    data = xgboost.DMatrix(train, label=labels, nthread=settings["threads"])
    if is_ranking:
        data.set_group(read("train.groups", "<i4"))
    model = xgboost.train(
        {
            "objective": objective,
            "tree_method": "hist",
            "grow_policy": "lossguide",
            "max_leaves": settings["maxLeaves"],
            "max_depth": 0,
            "max_bin": settings["maxBins"],
            "eta": settings["learningRate"],
            "lambda": settings["l2Regularization"],
            "min_child_weight": settings["minChildWeight"],
            "nthread": settings["threads"],
        },
        data,
        settings["treeCount"],
    )
    seconds = time.perf_counter() - started
    predictions = model.predict(xgboost.DMatrix(held), output_margin=True)

predictions.astype("<f8").tofile(predictions_path)
print(json.dumps({"seconds": seconds, "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
