import { checkOptions, readPng } from "@asterite/aster-server";
import { databaseLocation, type ServerValues, tlsOptions } from "../server-settings.ts";
import { type Finding, findingsFor, reasonOf } from "./finding.ts";

const configuration = findingsFor("configuration");
const advice = "Fix the setting; see asterite server --help.";

/** Checks the settings of the server. */
export async function checkConfiguration(values: ServerValues): Promise<Finding[]> {
  try {
    checkOptions({
      host: values.host,
      port: values.port,
      database: databaseLocation(values),
      tls: tlsOptions(values),
      ...(values.nats !== undefined && { nats: values.nats }),
      ...(values.name !== undefined && { name: values.name }),
    });
    for (const file of [values.icon, values.defaultPicture]) if (file !== undefined) await readPng(file);
  } catch (error) {
    return [configuration.problem(reasonOf(error), advice)];
  }
  if (values.rateLimit === Number.POSITIVE_INFINITY) {
    return [
      configuration.warning(
        "no rate limit",
        "Remove --rate-limit off: without a limit one client can flood the server.",
      ),
    ];
  }
  return [configuration.ok("valid")];
}
