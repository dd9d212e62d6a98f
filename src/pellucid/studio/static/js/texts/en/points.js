// @ts-check
export default {
  tools: "What a click does",
  choose: "Choose",
  draw: "Draw",
  erase: "Erase",
  clear: "Start empty",
  class: "Class of new points",
  of: "Draw points of class {name}",
  more: "Another class",
  value: "Value of new points",
  some: "Points cannot be drawn here: {n} of {all} rows are shown, and the others would be lost.",
  two: "Draw points of at least two classes; then the network can learn to tell them apart.",
  cleared: "Draw points of at least two classes. What was there comes back with undo.",
};
