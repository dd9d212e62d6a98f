// @ts-check
export default {
  name: "Pellucid",
  pages: "Pages",
  home: "Home",
  lessons: "Lessons",
  workbench: "Workbench",
  close: "Close",
  skip: "Skip to the page",
  lost: "The connection to the studio is lost; trying again. If it has ended, start it again in the terminal.",
  missing: "A part of the page did not arrive. If the studio has ended, start it again in the terminal; then reload the page.",
  back: "Connected again; nothing was lost.",
  anew: "The studio was started anew, so this page begins anew as well.",
  loading: "Loading …",
};
