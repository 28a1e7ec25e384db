import { type AddressInfo, connect } from "node:net";
import { WebSocketServer } from "ws";

/** A WebSocket proxy for a line-based server, for browsers. */
export interface LineBridge extends AsyncDisposable {
  readonly port: number;
}

/** Starts a proxy that forwards each message as a line and each line as a message. */
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
