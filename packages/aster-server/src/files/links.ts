import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Reader of a link that a message shows: whoever has it. */
export const anyone = 0;

/** What a link grants. */
export interface LinkGrant {
  readonly file: string;
  /** Account that the link was made for, or {@link anyone}. */
  readonly user: number;
  /** Unix time in seconds at which it ends. */
  readonly expires: number;
}

/** Signs the addresses of files. */
export class Links {
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
  }

  /** Opens the key in the folder, which all processes that use the folder share; creates it if missing. */
  static async open(folder: string): Promise<Links> {
    const path = join(folder, "link-key");
    try {
      const file = await open(path, "wx", 0o600);
      await file.writeFile(randomBytes(32));
      await file.sync();
      await file.close();
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const key = await readFile(path);
    if (key.length !== 32) throw new Error(`${path} is damaged; remove it to have another one made`);
    return new Links(key);
  }

  /** Returns the path of a link. */
  pathOf(grant: LinkGrant, name: string): string {
    const { file, user, expires } = grant;
    return `/files/${file}/${encodeURIComponent(name)}?u=${user}&e=${expires}&s=${this.#sign(grant)}`;
  }

  /** Returns whether the signature is that of the grant. */
  isSigned(grant: LinkGrant, signature: string): boolean {
    const given = Buffer.from(signature);
    const right = Buffer.from(this.#sign(grant));
    return given.length === right.length && timingSafeEqual(given, right);
  }

  #sign({ file, user, expires }: LinkGrant): string {
    return createHmac("sha256", this.#key).update(`${file} ${user} ${expires}`).digest("base64url");
  }
}
