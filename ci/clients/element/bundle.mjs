// Bundles page.mjs with what it takes from Element's published packages: their own sources, which Element Web bundles.
//
// What stands in for something else, since it is another part of a whole Element Web or has nothing to say about
// notifications:
// - the folder of a built Element Web, which has the translations: where the driver serves them;
// - styles, images and fonts: nothing, and where an image is a component, one that shows nothing;
// - cryptography and the composer, which are WebAssembly: nothing. Element starts no cryptography in its low-bandwidth
//   mode, and that is how it is configured here;
// - the dictionaries that rate passwords, and what records voice messages: nothing.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

const nothing = [
    /^@matrix-org\/matrix-sdk-crypto-wasm/, /^@vector-im\/matrix-wysiwyg/, /^@zxcvbn-ts\/language-/, /^opus-recorder\//,
    /\/RecorderWorklet$/,
];

const standIns = {
    name: "stand-ins",
    setup(bundle) {
        for (const filter of nothing) bundle.onResolve({ filter }, ({ path }) => ({ path, namespace: "nothing" }));
        bundle.onLoad({ filter: /^/, namespace: "nothing" }, () => ({ contents: "module.exports = {};" }));
        bundle.onLoad({ filter: /\.svg$/ }, () => ({ contents: "export default ''; export const Icon = () => null;" }));
        bundle.onResolve({ filter: /^\$webapp\// }, ({ path }) => ({ path, namespace: "webapp" }));
        bundle.onLoad({ filter: /^/, namespace: "webapp" }, ({ path }) => {
            return { contents: JSON.stringify(path.slice("$webapp/".length)), loader: "json" };
        });
    },
};

await build({
    absWorkingDir: here,
    entryPoints: {
        page: "page.mjs",
        // Where the package looks for it: beside the page, under the name of the source.
        "indexeddb.worker": "matrix-react-sdk/src/workers/indexeddb.worker.ts",
    },
    outdir: ".work",
    bundle: true,
    minify: true,
    charset: "utf8",
    format: "iife",
    platform: "browser",
    logLevel: "warning",
    define: {
        global: "globalThis",
        "import.meta.url": "location.href",
        "process.env": "{}",
        "process.env.NODE_ENV": '"production"',
    },
    loader: Object.fromEntries([".css", ".pcss", ".png", ".wasm", ".woff2"].map((kind) => [kind, "empty"])),
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, jsx: "react" } },
    plugins: [standIns],
});
