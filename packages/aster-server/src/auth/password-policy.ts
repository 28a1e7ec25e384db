/** Rules for new passwords. Existing ones stay valid. */
export interface PasswordPolicy {
  /** Minimum length in characters, 1 to 128. Default 8. */
  readonly minLength: number;
  /** Whether passwords that are guessed first, such as `password1`, are allowed. Default `false`. */
  readonly allowCommon: boolean;
}

/** Default values of {@link PasswordPolicy}. */
export const defaultPasswordPolicy: PasswordPolicy = Object.freeze({ minLength: 8, allowCommon: false });

let common: Promise<ReadonlySet<string>> | undefined;

/** Loads the list, about 49 000 passwords, with the first password that is checked against it. */
async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"]);
}

/** Returns why a new password is refused; undefined if it is allowed. */
export async function findPasswordProblem(
  password: string,
  { minLength, allowCommon }: PasswordPolicy,
): Promise<"too short" | "common" | undefined> {
  if ([...password].length < minLength) return "too short";
  if (allowCommon) return undefined;
  common ??= loadCommonPasswords();
  return (await common).has(password.toLowerCase()) ? "common" : undefined;
}
