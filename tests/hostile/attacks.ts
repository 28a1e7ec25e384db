import { randomInt } from "node:crypto";
import { type Stranger, textFrame, type Wire } from "./stranger.ts";

/** One kind of attack, carried out by several strangers at once. */
export interface Attack {
  readonly name: string;
  /** What the strangers do, for the person who reads the table. */
  readonly what: string;
  /** All strangers come from one address. */
  readonly isOneAddress?: true;
  /** The server may let it pass, as long as it costs others nothing. */
  readonly mayPass?: true;
  /** Attacks until the stranger's signal is aborted. */
  run(stranger: Stranger): Promise<void>;
}

const mebibyte = 1024 * 1024;

/** Holds connections open: a wire that the server ends is replaced by a new one. */
async function hold(stranger: Stranger, count: number, open: () => Promise<Wire>): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () =>
      stranger.repeat(async () => {
        const wire = await open();
        await wire.closed;
      }),
    ),
  );
}

/** Sends requests over wires of one account, a batch at a time, and waits for the last reply of each. */
async function flood(
  stranger: Stranger,
  wires: number,
  perBatch: number,
  request: () => Promise<object> | object,
): Promise<void> {
  const each = async () => {
    let wire = await stranger.logIn();
    await stranger.repeat(async () => {
      if (!wire.isOpen) wire = await stranger.logIn();
      for (let count = 0; count < perBatch; count++) await wire.send(await request());
      await wire.ask("ping");
    });
  };
  await Promise.all(Array.from({ length: wires }, each));
}

const words = (count: number): string =>
  Array.from({ length: count }, () => randomInt(36 ** 4).toString(36)).join(" ");

/** A valid picture of one pixel, as the server accepts it. */
const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const channelOf = async (wire: Wire): Promise<number> =>
  Number(/"uuid": ?(\d+)/.exec((await wire.askLine("list_channels")) ?? "")?.[1]);

/** Attacks that need no account. */
const beforeLogin: readonly Attack[] = [
  {
    name: "unfinished-frames",
    what: "30 WebSockets each announce 4 MiB and withhold the last byte",
    run: (stranger) =>
      hold(stranger, 30, async () => {
        const wire = await stranger.openWebSocket();
        await wire.write(textFrame(Buffer.alloc(mebibyte, 97), 4 * mebibyte));
        return wire;
      }),
  },
  {
    name: "control-frames",
    what: "2 WebSockets full of pings, pongs and binary messages, all empty",
    mayPass: true,
    run: async (stranger) => {
      const frames = Buffer.concat([9, 10, 2].map((opcode) => Buffer.of(0x80 | opcode, 0x80, 0, 0, 0, 0)));
      const flood = Buffer.alloc(60_000, frames);
      const each = async () => {
        let wire = await stranger.openWebSocket();
        await stranger.repeat(async () => {
          if (!wire.isOpen) wire = await stranger.openWebSocket();
          await wire.write(flood);
        });
      };
      await Promise.all([each(), each()]);
    },
  },
  {
    name: "unfinished-lines",
    what: "30 connections each send 60,000 bytes of a line and stop",
    mayPass: true,
    run: (stranger) =>
      hold(stranger, 30, async () => {
        const wire = await stranger.open();
        await wire.write(`{"command":"${"x".repeat(60_000)}`);
        return wire;
      }),
  },
  {
    name: "fractions",
    what: "lines of 4 MiB full of fractions",
    run: async (stranger) => {
      const line = `{"command":"ping","x":[${"1.5,".repeat(mebibyte)}1]}\n`;
      await stranger.repeat(async () => {
        const wire = await stranger.open();
        await wire.write(line);
        await Promise.race([wire.ask("ping"), wire.closed]);
        wire.close();
      });
    },
  },
  {
    name: "deep-nesting",
    what: "objects and arrays nested 20,000 deep",
    run: (stranger) =>
      stranger.repeat(async () => {
        const wire = await stranger.open();
        await wire.write(`{"command":"ping","x":${'{"x":['.repeat(10_000)}${"]}".repeat(10_000)}}\n`);
        await wire.ask("ping");
        wire.close();
      }),
  },
  {
    name: "unread-metadata",
    what: "2 connections each ask for all users and read nothing",
    mayPass: true,
    run: (stranger) =>
      hold(stranger, 2, async () => {
        const wire = await stranger.open();
        wire.socket.pause();
        for (let count = 0; count < 20; count++) await wire.send({ command: "get_metadata" });
        return wire;
      }),
  },
  {
    name: "unread-pages",
    what: "2,000 pipelined GET requests, of which no response is read",
    run: (stranger) =>
      hold(stranger, 3, async () => {
        const wire = await stranger.open();
        wire.socket.pause();
        await wire.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2000));
        return wire;
      }),
  },
  {
    name: "idle-connections",
    what: "300 connections after the handshake, of one address",
    isOneAddress: true,
    run: (stranger) => hold(stranger, 300, () => stranger.open()),
  },
  {
    name: "handshakes",
    what: "8 connections at a time that end right after the handshake",
    mayPass: true,
    run: async (stranger) => {
      const each = () =>
        stranger.repeat(async () => {
          const wire = await stranger.open();
          wire.close();
        });
      await Promise.all(Array.from({ length: 8 }, each));
    },
  },
  {
    name: "slow-handshakes",
    what: "50 connections that send nothing at all before TLS",
    mayPass: true,
    run: (stranger) => hold(stranger, 50, () => Promise.resolve(stranger.dial())),
  },
  {
    name: "guest-requests",
    what: "pipelined requests without a login, each refused or small",
    run: (stranger) =>
      stranger.repeat(async () => {
        const wire = await stranger.open();
        const batch = ['{"command":"get_icon"}', '{"command":"history","num":1,"channel":1}', "{", '{"x":'];
        await wire.write(`${batch.join("\n")}\n`.repeat(500));
        await wire.ask("ping");
        wire.close();
      }),
  },
  {
    name: "registrations",
    what: "new accounts, 4 connections at a time",
    mayPass: true,
    run: async (stranger) => {
      const each = () =>
        stranger.repeat(async () => {
          const wire = await stranger.open();
          await wire.ask("register", { uname: words(3), passwd: words(4) });
          wire.close();
        });
      await Promise.all(Array.from({ length: 4 }, each));
    },
  },
  {
    name: "lookalikes",
    what: "registers names that look like that of the witness",
    run: async (stranger) => {
      const names = ["wіtness", "witn\u200bess", " witness", "witness\u00ad", "WITNESS", "wit\u001b[2Jness"];
      await stranger.repeat(async () => {
        const wire = await stranger.open();
        for (const uname of names) {
          const status = await wire.ask("register", { uname, passwd: words(4) });
          if (status === 200) throw new Error(`${JSON.stringify(uname)} was registered`);
        }
        wire.close();
      });
    },
  },
  {
    name: "guesses",
    what: "guesses the password of the witness, 10 connections at a time",
    run: async (stranger) => {
      const each = () =>
        stranger.repeat(async () => {
          const wire = await stranger.open();
          await wire.ask("login", { uname: "witness", passwd: words(2) });
          wire.close();
        });
      await Promise.all(Array.from({ length: 10 }, each));
    },
  },
];

/** Attacks of accounts that anyone may register. */
const afterLogin: readonly Attack[] = [
  {
    name: "message-flood",
    what: "one account sends over 20 connections as fast as they take it",
    mayPass: true,
    run: async (stranger) => {
      const channel = await channelOf(await stranger.logIn());
      await flood(stranger, 20, 50, () => ({ command: "send", channel, content: words(10) }));
    },
  },
  {
    name: "edit-flood",
    what: "one account edits one message over 4 connections",
    mayPass: true,
    run: async (stranger) => {
      const wire = await stranger.logIn();
      const channel = await channelOf(wire);
      const reply = await wire.askLine("send", { channel, content: "x" });
      const message = Number(/"message": ?(\d+)/.exec(reply ?? "")?.[1]);
      await flood(stranger, 4, 50, () => ({ command: "edit", message, new_content: words(500) }));
    },
  },
  {
    name: "searches",
    what: "4 connections of one account search for 128 rare words at a time",
    mayPass: true,
    run: (stranger) =>
      flood(stranger, 4, 10, () => ({ command: "search", query: words(60).slice(0, 256), limit: 100 })),
  },
  {
    name: "long-searches",
    what: "searches of 32,000 words",
    run: async (stranger) => {
      const query = words(32_000);
      await flood(stranger, 2, 2, () => ({ command: "search", query, limit: 100 }));
    },
  },
  {
    name: "pictures",
    what: "4 connections of one account change its picture",
    run: (stranger) => flood(stranger, 4, 20, () => ({ command: "pfp", data: pixel })),
  },
  {
    name: "names",
    what: "4 connections of one account change its name",
    run: (stranger) => flood(stranger, 4, 20, () => ({ command: "nick", nick: `stranger ${words(2)}` })),
  },
  {
    name: "sync-data",
    what: "stores 1 MB of synchronised data again and again",
    mayPass: true,
    run: async (stranger) => {
      const pfp = "x".repeat(mebibyte);
      await flood(stranger, 1, 2, () => ({ command: "sync_set", uname: "x", pfp }));
    },
  },
  {
    name: "sync-profiles",
    what: "changes the profile beside a list of servers of 1 MB, over 4 connections",
    mayPass: true,
    run: async (stranger) => {
      const wire = await stranger.logIn();
      const entry = { uuid: null, uname: "x", ip: "x", port: 1, pfp: null, name: "n".repeat(2000), idx: 0 };
      await wire.ask("sync_set_servers", { servers: Array.from({ length: 450 }, () => entry) });
      await flood(stranger, 4, 50, () => ({ command: "sync_set", uname: "x", pfp: "" }));
    },
  },
  {
    name: "histories",
    what: "asks for 100 pages of history on 4 connections and reads none of them",
    mayPass: true,
    run: (stranger) =>
      hold(stranger, 4, async () => {
        const wire = await stranger.logIn();
        const channel = await channelOf(wire);
        wire.socket.pause();
        for (let count = 0; count < 100; count++) {
          await wire.send({ command: "history", channel, num: 4_294_967_295 });
        }
        return wire;
      }),
  },
  {
    name: "long-histories",
    what: "fills a channel with long messages, asks for 1,000 on 8 connections and reads none",
    mayPass: true,
    run: async (stranger) => {
      const sender = await stranger.logIn();
      const channel = await channelOf(sender);
      const content = "€".repeat(10_000);
      for (let count = 0; count < 100; count++) await sender.send({ command: "send", channel, content });
      await sender.ask("ping");
      await hold(stranger, 8, async () => {
        const wire = await stranger.logIn();
        wire.socket.pause();
        await wire.send({ command: "history", channel, num: 1000 });
        return wire;
      });
    },
  },
  {
    name: "comings-and-goings",
    what: "logs in and leaves",
    mayPass: true,
    run: (stranger) =>
      stranger.repeat(async () => {
        const wire = await stranger.logIn();
        wire.close();
      }),
  },
  {
    name: "rights",
    what: "tries every command that changes rights, channels, groups and others' accounts",
    run: async (stranger) => {
      const everything = [85, 85, 5];
      const requests = [
        ["set_base_permissions", { permissions: everything }],
        ["create_group", { name: "x", colour: 0, position: 0, permissions: everything }],
        ["create_channel", { name: "x", permissions: {} }],
        ["update_user_groups", { user: 1, groups: [1] }],
        ["delete_channel", { channel: 1 }],
        ["ban_user", { user: 1 }],
      ] as const;
      const wire = await stranger.logIn();
      await stranger.repeat(async () => {
        for (const [command, fields] of requests) {
          if ((await wire.ask(command, fields)) === 200) throw new Error(`${command} was allowed`);
        }
      });
    },
  },
];

/** All attacks, in the order of the table. */
export const attacks: readonly Attack[] = [...beforeLogin, ...afterLogin];
