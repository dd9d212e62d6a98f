// @ts-check
export default {
  name: "Learning curve",
  what: "What is shown",
  log: "log",
  empty: "Press Play: the loss and the scores appear here, step by step.",
  steps: "steps",
  batch: "each batch",
  learned: "learned from",
  held: "held out",
  loss: "Loss",
  accuracy: "Accuracy",
  mae: "Mean absolute error",
  r2: "R²",
  rmse: "Root mean squared error",
  told: "{name} {from} → {to}",
  before: "Left of step 0: the run that trained this network.",
  until: "{parts} (step {first} to step {step})",
};
