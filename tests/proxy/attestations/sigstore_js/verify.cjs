// Reads {root, keys, bundles} and writes for each bundle null, or why it is refused. NODE_PATH names the packages.
const { bundleFromJSON } = require("@sigstore/bundle");
const { PublicKey, TrustedRoot } = require("@sigstore/protobuf-specs");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");

const { root, keys, bundles } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const known = Object.fromEntries(keys.map((row) => [row.keyId, PublicKey.fromJSON(row.publicKey)]));
const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(root), known));
const verdicts = bundles.map((bundle) => {
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(bundle)));
    return null;
  } catch (error) {
    return `${error.code ?? error.name}: ${error.message}`;
  }
});
process.stdout.write(JSON.stringify(verdicts));
