/** Ports by the flags that set them. */
type PortFlags = Readonly<Record<string, number | undefined>>;

/** Adds to a listen error the flag of the port that it names. */
export function withPortFlag(message: string, flags: PortFlags): string {
  const flag = Object.entries(flags).find(
    ([, port]) => port !== undefined && port > 0 && message.includes(`port ${port} `),
  )?.[0];
  return flag ? `${message} (${flag})` : message;
}
