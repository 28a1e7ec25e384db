import type { Permissions } from "@asterite/aster-protocol";
import { encodePermissions } from "../encode-permissions.ts";
import { checkOptions } from "../errors.ts";
import { checkText } from "../limits.ts";
import type { ModelServer } from "./model-server.ts";

/** Permission overrides of a channel, keyed by `user:<uuid>` or `group:<uuid>`. */
export type ChannelOverrides = Readonly<Record<string, Permissions>>;

/** Changes to a channel. Fields that are left out keep their value. */
export interface ChannelChanges {
  /** Name, 1 to 64 characters, without `#`. */
  readonly name?: string;
  /** Position in the channel list, from 0 (top). */
  readonly position?: number;
  /** Replaces all permission overrides; needs the extension `overrides`. */
  readonly overrides?: ChannelOverrides;
  /**
   * Slow mode: minimum seconds between two messages of an account, 0 for off; needs the extension `slowmode`.
   */
  readonly slowSeconds?: number;
}

const changeTypes = { name: "string", position: "number", overrides: "object", slowSeconds: "number" };

/**
 * Returns the changes as fields of `create_channel` and `update_channel`.
 *
 * @throws ExtensionError for overrides or slow mode if the server lacks the extension.
 */
export function channelFields(server: ModelServer, changes: ChannelChanges) {
  checkOptions("changes", changes, changeTypes);
  const { name, position, overrides, slowSeconds } = changes;
  if (name !== undefined) checkText("name", name, server.limits["name"]);
  if (overrides && Object.keys(overrides).length > 0) server.requireExtension("overrides");
  if (slowSeconds !== undefined) server.requireExtension("slowmode");
  return {
    name,
    position,
    permissions:
      overrides &&
      Object.fromEntries(
        Object.entries(overrides).map(([entity, permissions]) => [
          entity,
          encodePermissions(`overrides.${entity}`, permissions),
        ]),
      ),
    slow_seconds: slowSeconds,
  };
}
