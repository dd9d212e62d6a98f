// @ts-check
import attribution from "./attribution.js";
import boundary from "./boundary.js";
import compare from "./compare.js";
import confusion from "./confusion.js";
import curves from "./curves.js";
import data from "./data.js";
import data_controls from "./data_controls.js";
import digit from "./digit.js";
import fields from "./fields.js";
import functions from "./functions.js";
import gradients from "./gradients.js";
import learning from "./learning.js";
import line from "./line.js";
import map from "./map.js";
import maps from "./maps.js";
import memory from "./memory.js";
import mistakes from "./mistakes.js";
import network from "./network.js";
import network_controls from "./network_controls.js";
import play from "./play.js";
import points from "./points.js";
import race from "./race.js";
import sample from "./sample.js";
import share from "./share.js";
import stage from "./stage.js";
import steps from "./steps.js";
import surface from "./surface.js";
import terms from "./terms.js";
import truth from "./truth.js";
import upload from "./upload.js";
import weights from "./weights.js";
import watch from "./watch.js";
import workbench from "./workbench.js";

export default {
  attribution,
  boundary,
  compare,
  confusion,
  curves,
  data,
  data_controls,
  digit,
  fields,
  functions,
  gradients,
  learning,
  line,
  map,
  maps,
  memory,
  mistakes,
  network,
  network_controls,
  play,
  points,
  race,
  sample,
  share,
  stage,
  steps,
  surface,
  terms,
  truth,
  upload,
  weights,
  watch,
  workbench,
};
