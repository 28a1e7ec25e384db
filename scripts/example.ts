// npm run example -- NAME [ARGUMENT …]: runs examples/NAME.ts, or NAME/main.ts; without a name it lists them.
// Names of bots begin with bots/.

import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = new URL("../examples/", import.meta.url);
const hasMain = (name: string): boolean => existsSync(new URL(`${name}/main.ts`, folder));
const bots = readdirSync(new URL("bots", folder)).map((file) => `bots/${file}`);
const names = [...readdirSync(folder), ...bots]
  .filter((file) => file.endsWith(".ts") || hasMain(file))
  .map((file) => file.replace(/\.ts$/, ""));
const name = process.argv[2]?.replace(/\.ts$/, "");

if (name === undefined || !names.includes(name)) {
  if (name !== undefined) console.error(`There is no example "${name}".`);
  console.error(`Usage: npm run example -- NAME [ARGUMENT …], where NAME is one of: ${names.join(", ")}`);
  process.exit(2);
}
const file = fileURLToPath(new URL(hasMain(name) ? `${name}/main.ts` : `${name}.ts`, folder));
process.argv.splice(1, 2, file);
await import(pathToFileURL(file).href);
