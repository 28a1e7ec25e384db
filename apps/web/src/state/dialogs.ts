/** Part of the window that an element takes up, in pixels. */
export type Place = Readonly<Record<"left" | "right" | "top" | "bottom", number>>;

/** State of an open dialog. */
export type DialogState =
  | { readonly type: "account" | "preferences" | "add-server" | "shortcuts" | "switch" }
  | { readonly type: "profile"; readonly user: number; readonly place: Place }
  | { readonly type: "server-settings"; readonly tab?: string }
  | {
      readonly type: "confirm";
      readonly title: string;
      readonly text: string;
      readonly action: string;
      /** Performs the action. If it rejects, the dialog displays the error and stays open. */
      readonly run: () => Promise<unknown> | undefined;
    };
