// @ts-check
export default {
  title: "You are watching",
  words: "This is the network on another screen in the room, as it learns there. It can only be changed there.",
  learning: "Learning: step {step}",
  paused: "Paused at step {step}",
};
