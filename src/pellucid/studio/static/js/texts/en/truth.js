// @ts-check
export default {
  name: "Truth table",
  row: "Chosen",
  sum: "Sum",
  sum_of: "Sum of {k}",
  right: "Right?",
  error: "Off by",
  yes: "✓ right",
  no: "✗ wrong",
  choose: "Choose row {k}",
  count: "{right} of {all} right",
  none_size: "A truth table has at most {most} rows; these data have more.",
  none_kind: "A truth table needs inputs that are numbers, and targets.",
};
