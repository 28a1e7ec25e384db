export { Client, type ClientConstructor, type CreateClientOptions, createClient } from "./client.ts";
export { ClientBase } from "./client-base.ts";
