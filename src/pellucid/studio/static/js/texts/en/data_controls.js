// @ts-check
export default {
  samples: "Samples",
  classes: "{n} classes",
  numbers: "a number to predict",
  size: "{rows} {rows|row|rows}, {what}",
  held: "{learned} rows to learn from, {held} held out: they show how well it does on rows that it has not seen",
  none_held: "no rows are held out; hold some out to see how well it does on rows that it has not seen",
  again: "Try again",
  own: "Your own table or pictures",
};
