// @ts-check
export default {
  name: "Mistake by mistake",
  rule: "At each mistake a weight moves by rate × (target − prediction) × its input. The newest is on top; a step's number takes you there.",
  none_yet: "No mistake yet: press Play, or take a step.",
  none_since: "No mistake since it last began to learn.",
  none_rule: "Choose the perceptron rule to see its mistakes.",
  none_size: "This network has too many inputs for a table of its mistakes.",
  step: "Step",
  weight: "weight of {name}",
  bias: "bias",
  go: "Go to step {step}",
};
