"""How good a trained network is: parts of the data, baselines, scores, the report."""
