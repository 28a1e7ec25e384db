// npm run bench -- NAME [ARGUMENT …]: runs bench/NAME.ts; without a name it lists them.

import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = new URL("../bench/", import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));
const name = process.argv[2]?.replace(/\.ts$/, "");

if (name === undefined || !names.includes(name)) {
  if (name !== undefined) console.error(`There is no benchmark "${name}".`);
  console.error(`Usage: npm run bench -- NAME [ARGUMENT …], where NAME is one of: ${names.join(", ")}`);
  process.exit(2);
}
const file = fileURLToPath(new URL(`${name}.ts`, folder));
process.argv.splice(1, 2, file);
await import(pathToFileURL(file).href);
