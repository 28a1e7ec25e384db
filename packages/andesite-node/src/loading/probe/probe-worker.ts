// Runs in a thread of its own, which can be ended when a file keeps it busy.

import { readArtwork, readFacts } from "@asterite/audio/media";
import { serveProbes } from "./serve-probes.ts";

serveProbes({
  readFacts: (bytes) => readFacts(bytes),
  readArtwork: (bytes, maxArtworkBytes) => readArtwork(bytes, { limits: { maxArtworkBytes } }),
});
