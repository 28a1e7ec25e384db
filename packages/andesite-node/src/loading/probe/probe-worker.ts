// Entry point of the probe thread, which is terminated if a file keeps it busy.

import { readArtwork, readFacts, readHlsFacts } from "@asterite/audio/media";
import { serveProbes } from "./serve-probes.ts";

serveProbes({
  readFacts: (bytes) => readFacts(bytes),
  readHlsFacts,
  readArtwork: (bytes, maxArtworkBytes) => readArtwork(bytes, { limits: { maxArtworkBytes } }),
});
