// npm asks the repository of Sigstore for a registry's keys first, whatever the registry. Here that repository answers at once
// that it has none, as the real one does for every registry but npm's own; what npm does then is its own.
const Module = require("node:module");
const load = Module._load;
const none = async () => {
  throw Object.assign(new Error("there is no such target"), { code: "TUF_FIND_TARGET_ERROR" });
};
Module._load = function (request, ...rest) {
  const found = load.call(this, request, ...rest);
  return request === "@sigstore/tuf" ? { ...found, initTUF: async () => ({ getTarget: none }) } : found;
};
