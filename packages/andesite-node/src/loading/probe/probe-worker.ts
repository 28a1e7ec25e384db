// Runs in a thread of its own, which can be ended when a file keeps it busy.

import { readFacts } from "../../media/open-media.ts";
import { serveProbes } from "./serve-probes.ts";

serveProbes((bytes) => readFacts(bytes));
