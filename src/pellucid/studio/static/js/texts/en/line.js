// @ts-check
export default {
  name: "The prediction for each input",
  samples: "samples",
  answer: "the network's prediction",
  miss: "how far it is off",
  bends: "a unit's bend",
  bend_mark: "┊",
  slope: "Slope",
  intercept: "Intercept",
  formula: "{y} = {slope} × {x} {sign} {intercept}",
  formula_scaled: "{y} = {slope} × ({x}, scaled) {sign} {intercept}",
  bends_at: "{n} bends, at {where}",
  chance: "The curve is the chance of {name}.",
  none_inputs: "This picture is for networks with a single input that is a number.",
  none_answers: "This picture is for networks that predict one number, or one of two classes.",
};
