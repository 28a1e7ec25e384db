import { expect, it } from "vitest";
import { AllowedOrigins, isOrigin } from "./allowed-origins.ts";

const request = (origin: string | undefined, host = "chat.example.org:2345") => ({
  headers: { host, ...(origin !== undefined && { origin }) },
});

it("allows pages of the own host and programs, whatever the port", () => {
  const origins = new AllowedOrigins(undefined, false);
  for (const origin of [undefined, "https://chat.example.org", "https://chat.example.org:8443"]) {
    expect(origins.allows(request(origin)), origin).toBe(true);
  }
  expect(origins.allows(request("http://[::1]:8080", "[::1]:2346"))).toBe(true);
  const others = ["https://example.org", "https://evil.example", "null", "", "chat.example.org", "file://"];
  for (const origin of others) expect(origins.allows(request(origin)), origin).toBe(false);
  expect(origins.allows(request("https://evil.example", ""))).toBe(false);
});

it("allows listed origins beside the own host, and all with an asterisk or without a list where it may", () => {
  const listed = new AllowedOrigins(["https://page.example"], true);
  expect(listed.allows(request("https://page.example"))).toBe(true);
  expect(listed.allows(request("https://chat.example.org"))).toBe(true);
  expect(listed.allows(request("http://page.example"))).toBe(false);
  expect(new AllowedOrigins(["*"], false).allows(request("https://evil.example"))).toBe(true);
  expect(new AllowedOrigins(undefined, true).allows(request("https://evil.example"))).toBe(true);
  expect(new AllowedOrigins([], true).allows(request("https://evil.example"))).toBe(false);
});

it("recognises pages of other sites, and public names that could resolve to any server", () => {
  const origins = new AllowedOrigins(["https://page.example"], true);
  const own = [undefined, "https://page.example", "https://chat.example.org", "http://localhost:5173"];
  for (const origin of own) expect(origins.isForeign(request(origin), true), origin).toBe(false);
  for (const origin of ["https://evil.example", "null", "", "file://", "https://localhost.example"]) {
    expect(origins.isForeign(request(origin), true), origin).toBe(true);
  }
  const isRebound = (host: string) => origins.isForeign(request(`http://${host}`, host), false);
  for (const host of ["evil.example", "local.evil.example", "127.0.0.1.evil.example"]) {
    expect(isRebound(host), host).toBe(true);
  }
  for (const host of [
    "127.0.0.1",
    "192.168.1.5:2345",
    "[fd00::5]:2345",
    "chat",
    "chat.local",
    "chat.home.arpa",
  ]) {
    expect(isRebound(host), host).toBe(false);
  }
  expect(new AllowedOrigins(["*"], true).isForeign(request("https://evil.example"), true)).toBe(true);
});

it("recognises origins", () => {
  for (const text of ["*", "null", "https://a.example", "http://localhost:8080"])
    expect(isOrigin(text)).toBe(true);
  for (const text of ["", "a.example", "https://a.example/", "https://a.example/x"])
    expect(isOrigin(text)).toBe(false);
});
