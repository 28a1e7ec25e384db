import { expect, it } from "vitest";
import { CookieJar } from "./cookie-jar.ts";

const at = (host: string): URL => new URL(`http://${host}/path`);

it("returns cookies to the host that set them, after those that are sent anyway", () => {
  const jar = new CookieJar();
  jar.store(at("a.example"), ["one=1; Path=/; HttpOnly", "two=2", "one=3"]);
  expect(jar.headerFor(at("a.example"))).toBe("one=3; two=2");
  expect(jar.headerFor(at("a.example"), "own=x")).toBe("own=x; one=3; two=2");
  expect(jar.headerFor(at("b.a.example"))).toBe(undefined);
  expect(jar.headerFor(at("example"), "own=x")).toBe("own=x");
});

it("returns cookies with a domain to its subdomains, and to no others", () => {
  const jar = new CookieJar();
  jar.store(at("a.example.org"), [
    "one=1; Domain=.example.org",
    "two=2; domain=other.org",
    "three=3; domain=org",
  ]);
  expect(jar.headerFor(at("b.example.org"))).toBe("one=1");
  expect(jar.headerFor(at("other.org"))).toBe(undefined);
  expect(jar.headerFor(at("badexample.org"))).toBe(undefined);
});

it("keeps no endless number of cookies, and ignores what is none", () => {
  const jar = new CookieJar();
  jar.store(at("a.example"), ["", "=1", "name", `long=${"x".repeat(5000)}`]);
  expect(jar.headerFor(at("a.example"))).toBe(undefined);
  jar.store(
    at("a.example"),
    Array.from({ length: 1000 }, (_, index) => `c${index}=1`),
  );
  expect(jar.headerFor(at("a.example"))?.split("; ")).toHaveLength(32);
});
