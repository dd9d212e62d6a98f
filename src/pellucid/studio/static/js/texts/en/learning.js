// @ts-check
export default {
  rate: "Learning rate",
  rate_means: "how far each step goes; it can be changed while the network learns",
  rate_slider: "Learning rate, from 0.00001 to 10",
  schedule: "Over the steps",
  batch_automatic: "auto: {n}",
  loss_automatic: "automatic: {loss}",
  loss_means: "the number that learning makes small",
  other: "Another",
  other_seed: "Begin with other random weights",
  more: "More of {name}",
  fit: "Begin anew with one layer that this rule can teach",
};
