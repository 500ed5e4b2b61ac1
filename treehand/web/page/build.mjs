// Bundles the page, its editor and the script of reports into built/ and writes the notices of the packages in it.
import { build } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

rmSync("built", { recursive: true, force: true });
mkdirSync("built");
const inputs = new Set();
for (const [source, output] of [["main", "page"], ["editor", "editor"], ["report", "report"]]) {
  const result = await build({
    entryPoints: [`source/${source}.js`],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    outfile: `built/${output}.js`,
    metafile: true,
  });
  for (const input of Object.keys(result.metafile.inputs)) inputs.add(input);
}
copyFileSync("source/index.html", "built/index.html");
copyFileSync("source/page.css", "built/page.css");
copyFileSync("source/icon.svg", "built/icon.svg");

const names = new Set();
for (const input of inputs) {
  const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/);
  if (found) names.add(found[1]);
}
const notices = [...names].sort().map((name) => {
  const about = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const licence = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  return `${name} ${about.version} (${about.license})\n\n${licence}\n`;
});
const head = "The page of Treehand holds these packages, bundled and minified.\n";
writeFileSync("built/THIRD_PARTY_NOTICES", [head, ...notices].join(`\n${"-".repeat(78)}\n\n`));
