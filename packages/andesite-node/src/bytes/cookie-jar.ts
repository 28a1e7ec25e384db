/** A cookie, and the domain whose hosts receive it. */
interface Cookie {
  readonly value: string;
  readonly domain: string;
  /** Whether subdomains receive it as well. */
  readonly isForSubdomains: boolean;
}

/** Cookies of one source: more are dropped, and longer ones ignored. */
const maxCookies = 32;
const maxCookieLength = 4096;

const isWithin = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

/**
 * Cookies that servers set on the way to a file (RFC 6265), such as stations that redirect until theirs comes back. They last as
 * long as the source, and only have a name, a value and a domain: paths and dates do not matter in that time.
 */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();

  /** Keeps the cookies of a response. */
  store(url: URL, headers: readonly string[] = []): void {
    for (const header of headers) {
      const [pair = "", ...attributes] = header.split(";");
      const separator = pair.indexOf("=");
      const name = pair.slice(0, separator).trim();
      if (separator < 1 || pair.length > maxCookieLength) continue;
      const given = attributes.map((text) =>
        /^\s*domain\s*=\s*\.?([^\s]+)\s*$/i.exec(text)?.[1]?.toLowerCase(),
      );
      const domain = given.find((text) => text !== undefined);
      // A single label would cover a whole top-level domain.
      if (domain !== undefined && !(isWithin(url.hostname, domain) && domain.includes("."))) continue;
      this.#cookies.set(`${domain ?? url.hostname} ${name}`, {
        value: `${name}=${pair.slice(separator + 1).trim()}`,
        domain: domain ?? url.hostname,
        isForSubdomains: domain !== undefined,
      });
      const [oldest] = this.#cookies.keys();
      if (this.#cookies.size > maxCookies && oldest !== undefined) this.#cookies.delete(oldest);
    }
  }

  /** Returns the cookies for a URL, after those that are sent anyway; undefined if there are none. */
  headerFor(url: URL, sent?: string): string | undefined {
    const values = [...this.#cookies.values()]
      .filter(({ domain, isForSubdomains }) =>
        isForSubdomains ? isWithin(url.hostname, domain) : url.hostname === domain,
      )
      .map(({ value }) => value);
    const all = sent === undefined ? values : [sent, ...values];
    return all.length > 0 ? all.join("; ") : undefined;
  }
}
