// @ts-check
export default {
  title: "Neural networks you can see through",
  lead: "Watch a network learn, stop it at any step, touch every weight, and check every sum by hand. What you see here is the real engine, running on your own machine.",
  learn: "Learn from the beginning",
  learn_words: "Eighteen short lessons, from one neuron to your own pictures and tables. High-school maths is enough.",
  learn_go: "Start with a neuron",
  play: "Go to the workbench",
  play_words: "Build a network, give it data of your own, and look inside while it learns. Rewind, branch, compare, take it with you.",
  play_go: "Open the workbench",
  local: "Nothing leaves this machine: no account, no network, no tracking.",
};
