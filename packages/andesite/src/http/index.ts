export { AbstractHTTP, type RequestOptions } from "./abstract-http.ts";
export { HTTP, type HTTPConstructor } from "./http.ts";
export { defaultHTTPOptions, HTTPBase, type HTTPOptions } from "./http-base.ts";
export { HTTPError } from "./http-error.ts";
export {
  type DecodeTrackOptions,
  HTTPInterface,
  type ListenLink,
  type ListenOptions,
  type LoadOptions,
  type SearchOptions,
} from "./http-interface.ts";
export { RequestError } from "./request-error.ts";
export { getSearcher, Searcher, type SearcherType } from "./searcher.ts";
export { type Answer, type Fetch, HTTPSession } from "./session.ts";
export { USER_AGENT } from "./user-agent.ts";
