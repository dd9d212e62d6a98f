// @ts-check
export default {
  name: "Chosen row",
  row: "Number of the row",
  before: "The row before",
  next: "The next row",
  answer: "It predicts {answer}.",
  right: "Right.",
  wrong: "Wrong: the target is {wanted}.",
  wanted_number: "target {wanted}, off by {error}",
  held: "held out: the network does not learn from this row",
  learned: "the network learns from this row",
  none: "This network learns without targets.",
  more: "and {n} more columns",
  missing: "missing",
};
