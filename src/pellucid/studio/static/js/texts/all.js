// @ts-check
/** All texts: a page that says more than the first imports them before all else. */

import { add } from "../texts.js";
import en from "./en/index.js";

add(en);
