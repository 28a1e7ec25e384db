import { basename } from "node:path";

/** One line of a stack trace in the form of the protocol (section 5.2), which is Java's. */
export interface StackFrame {
  /** Node has none: always null. */
  readonly classLoader: string | null;
  /** `node` for the runtime's own code, else null. */
  readonly moduleName: string | null;
  /** Version of the runtime for its own code, else null. */
  readonly moduleVersion: string | null;
  /** What the function belongs to; empty for a plain function. */
  readonly className: string;
  readonly methodName: string;
  /** Name without folders, so that nobody learns where the node is installed. */
  readonly fileName: string | null;
  readonly lineNumber: number | null;
  /** The frame in one line. */
  readonly pretty: string;
}

/** `at async new Name.method [as other] (place)`, in which all but the place may be missing. */
const frameLine = /^\s*at (?:async )?(?:(new )?(.+?)(?: \[as .+\])? \((.*)\)|(.+))$/;
const sourcePosition = /^(.*?):(\d+)(?::\d+)?$/;
const runtimePrefix = "node:";

/** Reads the text of `Error.stack`; lines that are no frames, such as the message, are left out. */
export function parseStack(stack: string | undefined, maxFrames: number): StackFrame[] {
  const frames: StackFrame[] = [];
  for (const line of (stack ?? "").split("\n")) {
    const match = frameLine.exec(line);
    if (!match || frames.length === maxFrames) continue;
    const [, constructing, called, where, bare] = match;
    frames.push(parseFrame(constructing ? `${called}.<init>` : (called ?? ""), where ?? bare ?? ""));
  }
  return frames;
}

function parseFrame(called: string, where: string): StackFrame {
  // The name of a symbol stands in brackets and may have dots of its own.
  const symbol = called.endsWith("]") ? called.lastIndexOf("[") : called.length;
  const dot = called.lastIndexOf(".", symbol);
  const className = dot < 0 ? "" : called.slice(0, dot);
  const methodName = called.slice(dot + 1) || "<anonymous>";
  const [, path, line] = sourcePosition.exec(where) ?? [];
  const isRuntime = path?.startsWith(runtimePrefix) === true;
  // A path of another system's form has backslashes.
  const fileName = path === undefined ? null : basename(path.replaceAll("\\", "/"));
  const lineNumber = line === undefined ? null : Number(line);
  return {
    classLoader: null,
    moduleName: isRuntime ? "node" : null,
    moduleVersion: isRuntime ? process.versions.node : null,
    className,
    methodName,
    fileName,
    lineNumber,
    pretty: `${className === "" ? "" : `${className}.`}${methodName}(${fileName ?? "unknown"}${line === undefined ? "" : `:${line}`})`,
  };
}
