/** How a connection authenticates. */
export const ConnectionMode = {
  /** Log in with a password and a name or uuid, or with a token. */
  Login: 1,
  /** Register an account with a name and password. */
  Register: 2,
  /** Do not authenticate: only public commands work. */
  Neither: 3,
} as const;

/** One of the numbers in {@link ConnectionMode}. */
export type ConnectionMode = (typeof ConnectionMode)[keyof typeof ConnectionMode];
