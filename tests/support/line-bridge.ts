import { type AddressInfo, connect } from "node:net";
import { WebSocketServer } from "ws";

/** WebSocket in front of a server that speaks lines, as a browser needs it. */
export interface LineBridge extends AsyncDisposable {
  readonly port: number;
}

/** Passes each message on as a line and each line back as a message. */
export async function startLineBridge(target: () => number): Promise<LineBridge> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (webSocket) => {
    const socket = connect(target(), "127.0.0.1");
    let rest = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) webSocket.send(line);
    });
    socket.on("error", () => webSocket.terminate());
    socket.on("close", () => webSocket.terminate());
    webSocket.on("message", (data) => socket.write(`${String(data)}\n`));
    webSocket.on("close", () => socket.destroy());
    // The first byte of a raw connection is the client's.
    webSocket.on("error", () => socket.destroy());
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
