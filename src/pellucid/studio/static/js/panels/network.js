// @ts-check
export { mount } from "../network/mount.js";
