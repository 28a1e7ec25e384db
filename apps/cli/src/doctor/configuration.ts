import { checkOptions, readPng } from "@asterite/aster-server";
import { databaseFile, type ServerValues, tlsOptions } from "../server-settings.ts";
import { about, type Finding, reasonOf } from "./finding.ts";

const configuration = about("configuration");
const mend = "Mend the setting; asterite server --help tells what is allowed.";

/** Looks at what the server would be told. */
export async function checkConfiguration(values: ServerValues): Promise<Finding[]> {
  try {
    checkOptions({
      host: values.host,
      port: values.port,
      database: databaseFile(values),
      tls: tlsOptions(values),
      ...(values.nats !== undefined && { nats: values.nats }),
      ...(values.name !== undefined && { name: values.name }),
    });
    for (const file of [values.icon, values.defaultPicture]) if (file !== undefined) await readPng(file);
  } catch (error) {
    return [configuration.problem(reasonOf(error), mend)];
  }
  if (values.rateLimit === Number.POSITIVE_INFINITY) {
    return [
      configuration.warning("no rate limit", "Leave --rate-limit out: one client can flood all others."),
    ];
  }
  return [configuration.ok("complete and free of contradictions")];
}
