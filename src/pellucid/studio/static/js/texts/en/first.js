// @ts-check
/** What the home page and the list of lessons say: they are painted before the rest is there. */

import app from "./app.js";
import home from "./home.js";
import lessons from "./lessons.js";

export default {
  app,
  home,
  lessons,
};
