#!/bin/sh
# Pyth's client for posting prices, installed today as its README says, cannot be loaded: `require` and `import` both
# end with ERR_PACKAGE_PATH_NOT_EXPORTED. Three packages down, jito-ts keeps @solana/web3.js at 1.77.4, whose range of
# rpc-websockets now brings a version without the file that it asks for. No version of the client itself is wrong; an
# override of the old web3.js in one's own package.json cures it.
#
# Why it matters: where nobody keeps the push oracle's account fresh, whoever trades posts the price first, from
# TypeScript by this package. Freeboard's own client posts by itself, in Rust.
#
# Seen with @pythnetwork/pyth-solana-receiver 0.12.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
attempt() {
    node -e '
      const tell = (error) => console.log(`${process.argv[1]}: ${error ? error.code : "loads"}`);
      try { require("@pythnetwork/pyth-solana-receiver"); tell(); } catch (error) { tell(error); }
    ' "$1" 2> /dev/null
    node --input-type=module -e '
      const error = await import("@pythnetwork/pyth-solana-receiver").then(() => null, (error) => error);
      console.log(`${process.argv[1]}, import: ${error ? error.code : "loads"}`);
    ' "$1" 2> /dev/null
}
mkdir installed overridden
echo '{}' > installed/package.json
echo '{ "overrides": { "@solana/web3.js": "1.98.4" } }' > overridden/package.json
for what in installed overridden; do
    cd "$folder/$what"
    npm install --silent --no-audit --no-fund --ignore-scripts @pythnetwork/pyth-solana-receiver@0.12.0 > /dev/null
    attempt "$what" >> "$folder/seen"
done
cd "$folder"
cat > expected <<'END'
installed: ERR_PACKAGE_PATH_NOT_EXPORTED
installed, import: ERR_PACKAGE_PATH_NOT_EXPORTED
overridden: loads
overridden, import: loads
END
cat seen
diff expected seen
