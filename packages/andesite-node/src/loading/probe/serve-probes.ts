import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { TrackError } from "@asterite/audio/media";
import { Dialler } from "../../bytes/dialler.ts";
import { HttpStatusError } from "../../bytes/http-errors.ts";
import type { ProbeRequest, ProbeResponse, ProbeSettings, SerializedTrackError } from "./messages.ts";
import { type MediaReaders, probe, probeArtwork } from "./probe.ts";

/** Serves the requests of the parent thread's Prober. */
export function serveProbes(readers: MediaReaders): void {
  if (parentPort) serve(parentPort, workerData as ProbeSettings, readers);
}

function serve(port: MessagePort, settings: ProbeSettings, readers: MediaReaders): void {
  const dialler = new Dialler({ allowPrivateAddresses: settings.bytes.allowPrivateAddresses });
  const running = new Map<number, AbortController>();
  const respond = (message: ProbeResponse): void => port.postMessage(message);
  port.on("message", (request: ProbeRequest) => {
    const { id } = request;
    if ("cancel" in request) {
      running.get(id)?.abort(new TrackError("Loading was cancelled.", "COMMON"));
      return;
    }
    const controller = new AbortController();
    running.set(id, controller);
    const runProbe = request.operation === "artwork" ? probeArtwork : probe;
    runProbe(request.location, { settings, dialler, readers }, controller.signal)
      .then(
        (result) => respond({ id, result }),
        (error: unknown) => respond({ id, error: serializeTrackError(error) }),
      )
      .finally(() => running.delete(id));
  });
}

function serializeTrackError(error: unknown): SerializedTrackError {
  if (error instanceof TrackError) {
    const status = error instanceof HttpStatusError ? error.status : null;
    return { message: error.message, severity: error.severity, status };
  }
  return { message: "The file could not be read.", severity: "FAULT", status: null };
}
