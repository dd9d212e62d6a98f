// @ts-check
export default {
  name: "The loss, seen from above",
  move: "Map of the loss. The arrow keys move the network over it.",
  across: "The parameter to the right",
  up: "The parameter upwards",
  slope: "slope",
  intercept: "intercept",
  low: "a small loss",
  here: "the network",
  way: "its way until here",
  down: "the way down from here",
  arrow_mark: "➔",
  says: "{a} {x}, {b} {y}: a loss of {loss}",
  none_targets: "This network learns without targets, so there is no loss to draw.",
  none_parameters: "A surface is drawn over two parameters; this network has fewer.",
};
